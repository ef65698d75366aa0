"""An edition as plain text, 72 columns wide, for terminals and for mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from digest.model import Edition, FeedHealth
from digest.publish.plain import counted
from digest.publish.view import Item, Line, View, view

WIDTH = 72
"""Columns; Chinese, Japanese and Korean characters take two. Only addresses may be longer."""

_CONSOLE = Console()  # rich asks for one to wrap text, and prints nothing to it


def plaintext(edition: Edition) -> str:
    """The edition with numbered sources under each story."""
    return "\n".join(lines(view(edition))) + "\n"


def lines(shown: View) -> Iterator[str]:
    """A view line by line, for a mail as well."""
    yield from wrap(f"{shown.title}, {shown.date}")
    if shown.topic:
        yield from wrap(f"On {shown.topic}")
    yield "=" * WIDTH
    yield from wrap(shown.standfirst)
    for number, story in enumerate(shown.stories, start=1):
        yield ""
        yield from _story(number, story)
    if shown.feeds:
        yield from _section("Feeds")
        for status, feeds in shown.feeds:
            yield from _feeds(status, feeds)
    if shown.omissions:
        yield from _section("Left out, or told in part")
        for omission in shown.omissions:
            yield from wrap(omission.reason)
            for thing in omission.things:
                yield from wrap(f"  - {thing.title}", hang="    ")
    yield from _section()
    for sentence in shown.undelivered:
        yield from wrap(sentence)
    if shown.method:
        yield from wrap(shown.method)
    yield from wrap(f"Articles from {shown.start} to {shown.cutoff}, {shown.timezone}.")


def _story(number: int, story: Item) -> Iterator[str]:
    yield "-" * WIDTH
    yield from wrap(f"{number}. {story.headline}", hang="   ")
    yield f"   {', '.join(story.facts)}"
    yield ""
    if story.lines:
        yield from wrap(" ".join(map(_sentence, story.lines)))
        yield ""
    for note in story.notes:
        yield from wrap(f"* {note}", hang="  ")
    if story.notes:
        yield ""
    for source in story.sources:
        when = f", {source.published}" if source.published else ""
        yield from wrap(f"[{source.number}] {source.outlet}{when}", hang="    ")
        if source.url:
            yield f"    {source.url}"


def _feeds(status: str, feeds: Sequence[FeedHealth]) -> Iterator[str]:
    if status == "ok":
        yield from wrap(f"{counted(len(feeds), 'feed')} fine")
        return
    for feed in feeds:
        reason = f": {feed.reason}" if feed.reason else ""
        yield from wrap(f"{status.capitalize()}: {feed.title}{reason}", hang="  ")


def _section(title: str = "") -> Iterator[str]:
    yield ""
    yield "=" * WIDTH
    if title:
        yield title.upper()
        yield ""


def _sentence(line: Line) -> str:
    numbers = ", ".join(str(ref.source.number) for ref in line.refs)
    return f"{line.text} [{numbers}]" if numbers else line.text


def wrap(text: str, hang: str = "") -> Iterator[str]:
    """Lines of at most ``WIDTH`` columns, all but the first after ``hang``."""
    for row, line in enumerate(Text(text).wrap(_CONSOLE, WIDTH - len(hang), overflow="fold")):
        yield f"{hang if row else ''}{line.plain}".rstrip()
