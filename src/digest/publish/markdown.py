"""An edition as Markdown (CommonMark), for notes, chats and the run's artifact.

It looks the same on GitHub and in Obsidian, which agree on little beyond CommonMark. So each number
links to its article at once, where the two would show footnotes elsewhere; and headings are plain
text, so that both can link to a story by its headline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

import yaml

from digest.model import Edition, FeedHealth
from digest.publish.plain import counted, distinct
from digest.publish.view import Item, Line, Source, View, view

_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_INLINE = re.compile(
    r"([\\`*_\[\]~|$^])"
    r"|(#)(?=\w)"  # a tag of Obsidian
    r"|(%)(?=%)|(=)(?==)"  # its comments and its highlighting
    r"|(:)(?=//)|(?<=www)(\.)"  # what GitHub would make a link of
)
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BLOCK = re.compile(r"^(\d*)([#+\-=.)])")
_TAGGED = re.compile(r"[^\w/-]+")


def markdown(edition: Edition) -> str:
    """The edition as a note: front matter in YAML, then ``body``."""
    return f"---\n{_front_matter(edition)}---\n\n{body(edition)}"


def body(edition: Edition) -> str:
    """The edition as headings, paragraphs and lists; every sentence is followed by its links."""
    return "\n\n".join(_blocks(view(edition))) + "\n"


def _front_matter(edition: Edition) -> str:
    """What Obsidian calls properties; GitHub shows them as a table."""
    shown = view(edition)
    sources = distinct(source.url for story in shown.stories for source in story.sources)
    tags = ("digest", edition.name.partition(".")[0], shown.topic)
    properties = {
        "title": f"{shown.name}, {shown.date}",
        "date": date.fromisoformat(shown.cutoff.day),
        "edition": edition.name,
        "slot": edition.slot,
        "tags": list(distinct(tag for tag in map(_tag, tags) if tag)),
        "stories": len(shown.stories),
        "sources": len(sources),
    }
    text: str = yaml.safe_dump(properties, allow_unicode=True, sort_keys=False, width=10**6)
    return text


def _tag(text: str) -> str:
    """As Obsidian allows it: no spaces, and something besides digits."""
    tag = _TAGGED.sub("-", text).strip("-/").lower()
    return "" if tag.isdigit() else tag


def _blocks(shown: View) -> Iterator[str]:
    yield f"# {escape(shown.title)}, {shown.date}"
    if shown.topic:
        yield f"On *{escape(shown.topic)}*"
    yield escape(shown.standfirst)
    for story in shown.stories:
        yield from _story(story)
    if shown.feeds:
        yield "## Feeds"
        for status, feeds in shown.feeds:
            if status == "ok":
                yield f"{counted(len(feeds), 'feed')} fine"
            else:
                yield f"### {status.capitalize()}"
                yield _list(map(_feed, feeds))
    if shown.omissions:
        yield "## Left out, or told in part"
        for omission in shown.omissions:
            yield f"### {escape(omission.reason)}"
            yield _list(linked(thing.title, thing.url) for thing in omission.things)
    yield "---"
    yield from map(escape, shown.undelivered)
    window = f"Articles from {shown.start} to {shown.cutoff}, {shown.timezone}."
    yield escape(f"{shown.method} {window}".strip())


def _story(story: Item) -> Iterator[str]:
    yield f"## {escape(story.headline)}"
    yield escape(" · ".join(story.facts))
    if story.lines:
        yield " ".join(map(_line, story.lines))
    for note in story.notes:
        yield f"> {escape(note)}"
    yield "\n".join(f"{source.number}. {_source(source)}" for source in story.sources)


def _line(line: Line) -> str:
    marks = "".join(_linked_mark(ref.source) for ref in line.refs)
    return f"{escape(line.text)} {marks}".rstrip()


def _linked_mark(source: Source) -> str:
    mark = str(source.number).translate(_SUPERSCRIPT)
    return f"[{mark}]({_target(source.url)})" if source.url else mark


def _source(source: Source) -> str:
    when = f", {source.published}" if source.published else ""
    return f"{linked(source.title, source.url)}, {escape(source.outlet)}{when}"


def _feed(feed: FeedHealth) -> str:
    named = linked(feed.title, feed.url)
    return f"{named}: {escape(feed.reason)}" if feed.reason else named


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def linked(text: str, url: str) -> str:
    """Text as a link, or as text where there is nothing to link to."""
    return f"[{escape(text)}]({_target(url)})" if url else escape(text)


def escape(text: str) -> str:
    """One line of plain text that Markdown prints as it stands.

    Angle brackets become entities, not backslash escapes, which some renderers pass on as HTML.
    """
    text = _ENTITY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return _BLOCK.sub(r"\1\\\2", _INLINE.sub(r"\\\g<0>", text))


def _target(url: str) -> str:
    return _ENTITY.sub("&amp;", url.replace("(", "%28").replace(")", "%29").replace("*", "%2A"))
