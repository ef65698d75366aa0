import hashlib
import json
import os
import pickle
import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import lxml.html
import pandas as pd
import pytest
from rich.cells import cell_len

from digest.model import Article, Counts, Sentence, Story, Summary, Told
from digest.publish.markdown import body
from digest.publish.pace import minutes_to_read
from digest.publish.render import html, markdown, plaintext, render, to_json
from digest.publish.schema import json_schema
from digest.publish.table import COLUMNS

FILES = ["digest.html", "digest.md", "digest.txt", "digest.json", "articles.csv"]
"""The texts among them, which golden files can hold."""


def text_of(page):
    return " ".join(lxml.html.fromstring(page.decode()).text_content().split())


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_edition_is_as_agreed(edition, golden, name):
    golden(name, render(edition)[name])


def test_another_machine_in_another_place_renders_the_same_bytes(edition):
    program = (
        "import pickle, sys, hashlib; from digest.publish.render import render;"
        "from digest.publish.schema import json_schema;"
        "files = render(pickle.load(sys.stdin.buffer));"
        "print(*(hashlib.sha256(data).hexdigest() for data in (*files.values(), json_schema())))"
    )
    elsewhere = os.environ | {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    there = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps(edition),
        env=elsewhere | {"COLUMNS": "20", "TERM": "dumb", "FORCE_COLOR": "1"},
        capture_output=True,
        check=True,
    )
    ours = (*render(edition).values(), json_schema())
    here = [hashlib.sha256(data).hexdigest() for data in ours]
    assert there.stdout.decode().split() == here


def test_no_file_carries_an_articles_text_or_the_time_a_machine_saw_it(edition):
    later = datetime(2027, 1, 1, tzinfo=UTC)

    def seen_later(told):
        articles = tuple(replace(article, first_seen=later) for article in told.story.articles)
        return replace(told, story=replace(told.story, articles=articles))

    elsewhen = replace(edition, stories=tuple(map(seen_later, edition.stories)))
    assert render(elsewhen) == render(edition)
    for data in render(edition).values():
        assert b"nobody" not in data


def test_every_sentence_links_to_the_articles_it_rests_on(edition):
    page = lxml.html.fromstring(html(edition).decode())
    for told in edition.stories:
        article = page.get_element_by_id(f"story-{told.story.key}")
        shown = [[a.get("href") for a in sup.iter("a")] for sup in article.iter("sup")]
        cited = [
            list(dict.fromkeys(c.article for c in s.sources if c.article.startswith("https:")))
            for s in told.summary.sentences
        ]
        assert shown == cited


def test_contents_and_feed_readers_can_point_to_each_story(edition):
    page = lxml.html.fromstring(html(edition).decode())
    targets = [a.get("href").removeprefix("#") for a in page.find(".//nav").iter("a")]
    assert targets == [f"story-{told.story.key}" for told in edition.stories]
    assert [article.get("id") for article in page.iter("article")] == targets


def test_a_sentence_of_another_language_says_so(edition):
    page = lxml.html.fromstring(html(edition).decode())
    (german,) = page.xpath("//p[@class='told']/span")
    assert (german.get("lang"), german.get("dir")) == ("de", "ltr")
    arabic = page.xpath("//article/h2[@lang='ar']")
    assert [h2.get("dir") for h2 in arabic] == ["rtl"]


def test_nothing_on_the_page_is_asked_from_anywhere(edition):
    page = lxml.html.fromstring(html(edition).decode())
    assert not page.xpath("//script | //img | //iframe | //link[@rel='stylesheet'] | //@style")
    assert "url(" not in page.findtext(".//style")
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    digest = hashlib.sha256(page.findtext(".//style").encode()).digest()
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{b64encode(digest).decode()}'" in policy


def test_ids_on_the_page_are_unique_and_every_label_finds_its_text(edition):
    page = lxml.html.fromstring(html(edition).decode())
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(page.xpath("//@aria-labelledby")) <= set(ids)
    assert [page.tag, *(e.tag for e in page.find("body") if e.tag != "a")] == [
        "html",
        "header",
        "nav",
        "main",
        "nav",
        "footer",
    ]


def test_colours_have_enough_contrast_by_day_and_by_night(edition):
    style = lxml.html.fromstring(html(edition).decode()).findtext(".//style")
    themes = [
        dict(re.findall(r"--(\w+): (#\w{6});", block))
        for block in re.findall(r":root {([^}]+)}", style)
    ]
    screen = [theme for theme in themes if "paper" in theme]
    assert len(screen) == 2
    for theme in screen:
        for ink in ("ink", "muted", "accent", "warning"):
            assert contrast(theme[ink], theme["paper"]) >= 4.5, (ink, theme)


def contrast(one, other):
    """WCAG 2 contrast ratio of two colours."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_a_written_paragraph_names_its_model_and_a_replaced_one_its_reason(edition):
    for shown in (text_of(html(edition)), " ".join(plaintext(edition).split()), markdown(edition)):
        assert "Written by example/tiny-bart@1f00." in shown
        assert "Not the summary asked for: the written one said “14 ovens”" in shown
        assert "No paragraph: the article has no text to choose from." in shown
        assert "Only the feed’s summary could be read: Coast Radio." in shown


def test_a_written_paragraph_that_was_not_found_in_its_articles_says_so(edition):
    written = edition.stories[3]
    doubted = replace(written, summary=replace(written.summary, doubt="nothing was looked up"))
    shown = text_of(html(replace(edition, stories=(doubted,))))
    assert "Written by example/tiny-bart@1f00. Read it with care: nothing was looked up." in shown
    assert "were looked up" not in shown.replace("nothing was looked up", "")


def test_each_story_says_how_many_tell_it_since_when_and_how_long_it_takes(edition):
    page = lxml.html.fromstring(html(edition).decode())
    facts = [" ".join(p.text_content().split()) for p in page.xpath("//p[@class='facts']")]
    assert facts == [
        "4 outlets · first told 2026-11-22 20:00 · 1 min",
        "2 outlets · first told 03:00 · 1 min",
        "1 outlet · first told 2026-11-22 19:00 · 1 min",
        "2 outlets · first told 2026-11-22 01:00 · 1 min",
        "3 outlets · first told 05:00 · 1 min",
        "1 outlet",
    ]
    for name in ("digest.md", "digest.txt"):
        shown = render(edition)[name].decode().replace(" · ", ", ")
        assert all(fact.replace(" · ", ", ") in shown for fact in facts), name


def test_the_top_says_how_long_the_page_takes(edition):
    long = Sentence(" ".join(["word"] * 230), ())
    ferry = edition.stories[0]
    told = replace(ferry, summary=replace(ferry.summary, sentences=(long, long)))
    shown = text_of(html(replace(edition, stories=(told, *edition.stories))))
    assert "7 of 8 stories, from 19 articles of 7 feeds, 3 minutes to read" in shown


@pytest.mark.parametrize(
    ("language", "words", "minutes"),
    [
        ("en", "word " * 690, 3),
        ("en", "a — b " * 345, 3),
        ("ja", "読" * 1500, 3),
        ("ko", "말 " * 690, 3),
    ],
)
def test_reading_takes_a_minute_for_230_words_or_500_chinese_and_japanese_characters(
    language, words, minutes
):
    summary = Summary((Sentence(words, ()),), "extractive", "m")
    story = Story((Article("https://a.example/", "", ()),), "")
    assert minutes_to_read([Told(story, summary)]) == minutes
    assert minutes_to_read([]) == 0


def test_failing_feeds_come_first_and_say_why(edition):
    for shown in (text_of(html(edition)), " ".join(plaintext(edition).split()), markdown(edition)):
        order = [shown.index(w) for w in ("404 Not Found", "Nothing new for 41", "Now read from")]
        assert order == sorted(order)
        assert "3 feeds fine" in shown
        assert shown.index("Minor league") < shown.index("Weather stays") < shown.index("(update)")


@pytest.mark.parametrize(
    ("counts", "topic", "sentence"),
    [
        (
            Counts(7, 0, 0),
            "",
            "Nothing new since 2026-11-22 07:00: no article came in from 7 feeds.",
        ),
        (Counts(0, 0, 0), "", "Nothing new since 2026-11-22 07:00: no feed is subscribed to."),
        (
            Counts(1, 1, 1),
            "ferries",
            "No story about “ferries” this time: "
            "1 article of 1 feed came in, and none is told here.",
        ),
    ],
)
def test_an_edition_without_stories_is_a_sentence(edition, counts, topic, sentence):
    empty = replace(edition, stories=(), health=(), left_out=(), counts=counts, topic=topic)
    files = render(empty)
    assert sentence in text_of(files["digest.html"])
    assert sentence in " ".join(files["digest.txt"].decode().split())
    assert sentence in files["digest.md"].decode()
    assert json.loads(files["digest.json"])["stories"] == []
    assert len(pd.read_csv(BytesIO(files["articles.csv"]))) == 0


def test_a_topic_stands_above_its_edition(edition):
    about = replace(edition, topic="Seoul *Security* Meeting")
    assert "On Seoul *Security* Meeting" in text_of(html(about))
    assert r"On *Seoul \*Security\* Meeting*" in markdown(about)
    assert "On Seoul *Security* Meeting" in plaintext(about)


def test_two_editions_of_a_day_are_told_apart_by_their_time(edition):
    morning = replace(edition, slot="2026-11-23T0700")
    assert body(morning).startswith("# Morning Digest, 2026-11-23 07:00\n")
    assert body(edition).startswith("# Morning Digest, 2026-11-23\n")


def test_all_stories_told_needs_no_of(edition):
    whole = replace(edition, counts=Counts(feeds=1, articles=9, stories=6))
    assert "6 stories from 9 articles of 1 feed" in markdown(whole)


def test_a_kept_paragraph_that_cites_an_old_address_still_links_to_it(edition):
    ferry = edition.stories[0]
    moved = tuple(a for a in ferry.story.articles if "tidewire" not in a.url)
    kept = replace(ferry, story=replace(ferry.story, articles=moved))
    shown = markdown(replace(edition, stories=(kept,)))
    assert "4. [tidewire.example](https://tidewire.example/a/ferry_%28busan%29)" in shown
    assert "crossing. [¹](https://harbourpost.example/world/ferry-line)[⁴](" in shown


def test_times_are_told_in_the_editions_zone_across_a_clock_change(edition):
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 summer time, told an hour before
    after = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 winter time
    berlin = replace(edition, timezone="Europe/Berlin", start=before, cutoff=after)
    page = lxml.html.fromstring(html(berlin).decode())
    assert page.xpath("//footer/p/time/@datetime") == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
    ]


def test_plain_text_is_at_most_72_columns_wide_but_for_addresses(edition):
    long = Article("https://long.example/" + "x" * 90, "長" * 80, ("",), language="zh")
    story = replace(edition.stories[0].story, articles=(long,), headline="長" * 80)
    told = replace(edition.stories[0], story=story)
    for line in plaintext(replace(edition, stories=(told, *edition.stories))).splitlines():
        assert cell_len(line) <= 72 or line.strip().startswith("https://")
        assert line == line.rstrip()


def test_json_says_what_a_program_needs(edition):
    document = json.loads(to_json(edition))
    assert document["schema"] == 1
    assert (document["edition"], document["slot"]) == ("daily", "2026-11-23")
    assert document["cutoff"] == "2026-11-22T22:00:00Z"
    ferry = document["stories"][0]
    assert ferry["key"] == edition.stories[0].story.key
    assert ferry["url"] == ferry["articles"][0]["url"]
    assert ferry["articles"][3]["published"] is None
    assert ferry["summary"]["sentences"][1]["sources"][1] == {
        "article": "https://www.meridian.example/travel/1182?lang=en",
        "sentence": 5,
        "text": "Both leave at 10.30 p.m.",
    }


def test_the_table_has_one_row_an_article(edition):
    table = pd.read_csv(BytesIO(render(edition)["articles.csv"]), keep_default_na=False)
    assert len(table) == sum(len(told.story.articles) for told in edition.stories)
    assert table["lead"].sum() == len(edition.stories)
    assert list(table["rank"].unique()) == [1, 2, 3, 4, 5, 6]


def test_parquet_has_the_rows_of_the_table_with_their_types(edition):
    files = render(edition)
    typed = pd.read_parquet(BytesIO(files["articles.parquet"]))
    assert {name: str(kind) for name, kind in typed.dtypes.items()} == COLUMNS
    assert typed["published"][0] == edition.stories[0].story.lead.published
    assert typed["published"].isna().sum() == 2
    assert "=HYPERLINK(1)" in set(typed["title"])
    table = pd.read_csv(BytesIO(files["articles.csv"]), keep_default_na=False)
    for name in ("story", "rank", "headline", "lead", "url", "source", "origin"):
        assert list(typed[name]) == list(table[name]), name


def test_parquet_of_an_edition_without_stories_has_the_same_types(edition):
    empty = pd.read_parquet(BytesIO(render(replace(edition, stories=()))["articles.parquet"]))
    assert {name: str(kind) for name, kind in empty.dtypes.items()} == COLUMNS
    assert len(empty) == 0
