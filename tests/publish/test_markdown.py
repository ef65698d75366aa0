"""Markdown as GitHub and Obsidian read it."""

from dataclasses import replace
from datetime import date

import pytest
import yaml
from markdown_it import MarkdownIt

from digest.publish.markdown import body, escape, markdown


def front_matter(note):
    """The properties of a note, and the rest."""
    start, properties, rest = note.split("---\n", 2)
    assert start == ""
    return yaml.safe_load(properties), rest


def rendered(text):
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)


def test_a_note_begins_with_its_properties(edition):
    properties, rest = front_matter(markdown(edition))
    assert properties == {
        "title": "Morning Digest, 2026-11-23",
        "date": date(2026, 11, 23),
        "edition": "daily",
        "slot": "2026-11-23",
        "tags": ["digest", "daily"],
        "stories": 6,
        "sources": 13,
    }
    assert rest == f"\n{body(edition)}"


@pytest.mark.parametrize(
    "title",
    [
        "News: today",
        "'quoted' \"twice\"",
        "--- # no comment",
        "null",
        "{a: b}",
        "!!python/object:os.system",
        "Zeitung für München — 新聞",
        "a" * 300,
        "- x",
    ],
)
def test_properties_hold_any_title_as_it_is(edition, title):
    note = markdown(replace(edition, title=title, topic="Seoul & 2026: talks #1"))
    properties, _ = front_matter(note)
    assert properties["title"] == f"{title}: Seoul & 2026: talks #1, 2026-11-23"
    assert properties["tags"] == ["digest", "daily", "seoul-2026-talks-1"]
    assert len(note.split("---\n")[1].splitlines()) == 10


def test_a_tag_is_one_that_obsidian_takes(edition):
    for topic, tags in (("2026", []), ("한강 다리", ["한강-다리"]), ("!!", []), ("a/b", ["a/b"])):
        properties, _ = front_matter(markdown(replace(edition, topic=topic)))
        assert properties["tags"] == ["digest", "daily", *tags], topic


def test_each_story_is_a_heading_a_paragraph_and_a_numbered_list(edition):
    tokens = MarkdownIt("commonmark").parse(body(edition))
    headings = [
        tokens[i + 1].content for i, t in enumerate(tokens) if t.tag == "h2" and t.nesting == 1
    ]
    assert headings[:2] == [
        "Night ferry between Busan and Fukuoka returns after nine years",
        "서울시, 한강에 새 보행교 착공",
    ]
    lists = [t for t in tokens if t.type == "ordered_list_open"]
    assert len(lists) == len(edition.stories)
    page = rendered(body(edition))
    assert '<a href="https://harbourpost.example/world/ferry-line">¹</a>' in page
    assert '<li><a href="https://tidewire.example/a/ferry_%28busan%29">Busan–' in page


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 or $10, and 5% or 10%",
        "#MeToo and #2, but C# stays",
        "==marked== %%hidden%% ^block a^b^",
        "see https://evil.example/x, http://b.example or www.evil.example",
        "| a | b | ~~c~~ [[note]] ![[picture]] [^1]",
        "a && b &lt; c < d > e \\ f",
        "1) first",
        "+ more",
        "===",
    ],
)
def test_what_other_readers_take_for_markup_stays_text(text):
    escaped = escape(text)
    (_, inline, _) = MarkdownIt("commonmark").parse(escaped)
    assert "".join(span.content for span in inline.children) == text
    # GitHub links bare addresses; Obsidian knows tags, comments, highlights and formulas.
    for mark in ("$", "#M", "%%", "==", "^", "[[", "://", "www."):
        assert mark not in escaped.replace(f"\\{mark}", "").replace("%\\%", ""), mark
