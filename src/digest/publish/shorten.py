"""What of an edition goes into a mail, where all of it would not fit: decisions, no bytes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from digest.model import FeedHealth
from digest.publish.plain import counted
from digest.publish.view import Item, View

NAMED = 12
"""So many feeds are named for each kind of trouble, and so many readers who were not reached; the
others are counted."""


def for_mail(whole: View) -> View:
    """What a mail tells of an edition: its stories, which feeds are in bad health, and which
    readers an earlier edition did not reach. What the edition left out is told by its page.
    """
    feeds = tuple(
        (status, feeds if status == "ok" else _named(feeds)) for status, feeds in whole.feeds
    )
    undelivered = whole.undelivered
    if len(undelivered) > NAMED + 1:
        more = counted(len(undelivered) - NAMED, "more reader")
        undelivered = (*undelivered[:NAMED], f"{more} could not be reached.")
    return replace(whole, feeds=feeds, omissions=(), undelivered=undelivered)


def fitting(whole: View, size: Callable[[View], int], limit: int) -> View:
    """The most of a view whose size is within the limit.

    Fewer words first: the last sentences of the longest paragraphs go, from the lowest story on,
    until each has one. Then outlets that no sentence cites, then whole stories, the lowest first.
    """
    if size(whole) <= limit:
        return whole
    shorter = list(_shorter(whole))
    first = bisect_left(shorter, True, key=lambda view: size(view) <= limit)
    return shorter[min(first, len(shorter) - 1)]


def shortage(whole: View, shown: View) -> str:
    """By how much a view was shortened, in a sentence; empty where it was not."""
    kept = whole.stories[: len(shown.stories)]
    pairs = list(zip(kept, shown.stories, strict=True))
    cuts = (
        (sum(len(a.lines) - len(b.lines) for a, b in pairs), "sentence", ""),
        (sum(len(a.sources) - len(b.sources) for a, b in pairs), "outlet", ""),
        (len(whole.stories) - len(kept), "story", "stories"),
    )
    named = [counted(number, one, many) for number, one, many in cuts if number]
    return f"Shortened to fit into a mail, by {', '.join(named)}." if named else ""


def _shorter(view: View) -> Iterator[View]:
    """One view after the other, each a little less than the one before it."""
    longest = max((len(story.lines) for story in view.stories), default=0)
    for length in range(longest, 1, -1):
        for place, story in _upwards(view):
            if len(story.lines) == length:
                view = _with(view, place, replace(story, lines=story.lines[:-1]))
                yield view
    for place, story in _upwards(view):
        cited = {ref.source for line in story.lines for ref in line.refs}
        for source in reversed(story.sources):
            if source not in cited and len(story.sources) > 1:
                story = replace(story, sources=tuple(s for s in story.sources if s != source))
                view = _with(view, place, story)
                yield view
    while view.stories:
        view = replace(view, stories=view.stories[:-1])
        yield view
    yield replace(view, feeds=(), undelivered=())


def _upwards(view: View) -> Sequence[tuple[int, Item]]:
    return list(enumerate(view.stories))[::-1]


def _with(view: View, place: int, story: Item) -> View:
    return replace(view, stories=(*view.stories[:place], story, *view.stories[place + 1 :]))


def _named(feeds: Sequence[FeedHealth]) -> tuple[FeedHealth, ...]:
    if len(feeds) <= NAMED + 1:
        return tuple(feeds)
    more = counted(len(feeds) - NAMED, "more feed")
    return (*feeds[:NAMED], FeedHealth("", more, feeds[0].status))
