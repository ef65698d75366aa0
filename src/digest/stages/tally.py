"""What ingest did, told from what it left in the store, whichever processes did it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import chain

from digest.ingest.article import page_of
from digest.model import Feed, FeedState, Origin
from digest.stages.gather import FeedCheck, Reading
from digest.stages.waiting import Waiting

States = Mapping[str, FeedState]

NOT_ASKED = "was not asked, as the process that had taken it on did not get to it"


def unchecked(due: Collection[str], before: States, after: States) -> set[str]:
    """Those of the feeds that were due which nobody has checked."""
    return {url for url in due if _checked_at(url, before) == _checked_at(url, after)}


def checks_of(
    feeds: Sequence[Feed],
    due: Collection[str],
    before: States,
    after: States,
    new: Mapping[str, int],
) -> list[FeedCheck]:
    """What the check of each feed brought, given how many of its entries are ``new``.

    A feed that answered and had nothing new counts as unchanged.
    """
    passed_over = unchecked(due, before, after)

    def check(feed: Feed) -> FeedCheck:
        if feed.url not in due:
            return FeedCheck(feed, "not due", reason=before[feed.url].problem)
        if feed.url in passed_over:
            return FeedCheck(feed, "failed", reason=NOT_ASKED)
        if problem := after[feed.url].problem:
            return FeedCheck(feed, "failed", reason=problem)
        found = new.get(feed.url, 0)
        return FeedCheck(feed, "read" if found else "unchanged", found)

    return [check(feed) for feed in feeds]


def untried(before: Waiting, after: Waiting) -> set[str]:
    """The addresses of which an entry still waits that nobody has tried to find an article for."""
    attempts = {entry.id: entry.attempts for entry in chain.from_iterable(after.values())}
    return {
        address
        for address, entries in before.items()
        if any(attempts.get(entry.id) == entry.attempts for entry in entries)
    }


def reading_of(
    before: Waiting, known: Collection[str], left: Collection[str], origins: Mapping[int, Origin]
) -> Reading:
    """What became of the entries that waited.

    Args:
        before: Those that waited.
        known: The addresses whose article was there already.
        left: The addresses that nobody has tried.
        origins: Where the text of an entry's article came from, by the entry's id.
    """
    tried = {a: entries[0] for a, entries in before.items() if a not in known and a not in left}
    origin = Counter(origins.get(first.id) for first in tried.values())
    return Reading(
        fetched=sum(1 for first in tried.values() if page_of(first.entry)),
        known=len(known),
        from_feed=origin["content"] + origin["summary"],
        failed=origin[None],
    )


def _checked_at(url: str, states: States) -> datetime | None:
    return states[url].checked_at if url in states else None
