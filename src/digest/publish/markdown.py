"""An edition as Markdown (CommonMark), for notes, chats and the run's artifact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from digest.model import Edition, FeedHealth
from digest.publish.plain import counted
from digest.publish.view import Item, Line, Source, View, view

_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_INLINE = re.compile(r"([\\`*_\[\]~|])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BLOCK = re.compile(r"^(\d*)([#+\-=.)])")


def markdown(edition: Edition) -> str:
    """The edition as headings, paragraphs and lists; every sentence is followed by its links."""
    return "\n\n".join(_blocks(view(edition))) + "\n"


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
        yield "## What is missing"
        for omission in shown.omissions:
            yield f"### {escape(omission.reason)}"
            yield _list(linked(thing.title, thing.url) for thing in omission.things)
    yield "---"
    window = f"Articles from {shown.start} to {shown.cutoff}, {shown.timezone}."
    yield escape(f"{shown.method} {window}".strip())


def _story(story: Item) -> Iterator[str]:
    yield f"## {linked(story.headline, story.url)}"
    if story.lines:
        yield " ".join(map(_line, story.lines))
    for note in story.notes:
        yield f"> {escape(note)}"
    told = " · ".join(
        f"{_mark(source)} {linked(source.outlet, source.url)}" for source in story.sources
    )
    first = f" · first told {story.first_told}" if story.first_told else ""
    yield f"{told}{first}"


def _line(line: Line) -> str:
    marks = "".join(_linked_mark(ref.source) for ref in line.refs)
    return f"{escape(line.text)} {marks}".rstrip()


def _mark(source: Source) -> str:
    return str(source.number).translate(_SUPERSCRIPT)


def _linked_mark(source: Source) -> str:
    return f"[{_mark(source)}]({_target(source.url)})" if source.url else _mark(source)


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
    return _BLOCK.sub(r"\1\\\2", _INLINE.sub(r"\\\1", text))


def _target(url: str) -> str:
    return _ENTITY.sub("&amp;", url.replace("(", "%28").replace(")", "%29").replace("*", "%2A"))
