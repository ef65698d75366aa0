"""What became of an edition's slots: published, late, missed or still due.

A slot counts as missed by the present schedule, from the oldest of the given editions on that
keeps to it, as nobody keeps the schedules of the past.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile

from digest.editing.window import latest_cutoff, next_cutoff, slot_of
from digest.model import Delivery, Edition, Issue

ISSUES = 30
"""How far back a history goes."""


@dataclass(frozen=True, slots=True)
class Record:
    """A history in figures."""

    published: int
    late: int
    """Of the published ones."""
    missed: int
    due: int
    fallbacks: int
    sent: int
    refused: int


def issue(edition: Edition, published_at: datetime, deliveries: Iterable[Delivery]) -> Issue:
    """The history's line for an edition that was published, with the deliveries of its slot."""
    counted = Counter(each.status for each in deliveries)
    return Issue(
        slot=edition.slot,
        cutoff=edition.cutoff,
        status="published",
        published_at=published_at,
        late_minutes=edition.late_minutes,
        stories=len(edition.stories),
        articles=edition.counts.articles,
        fallbacks=sum(bool(told.summary.fallback) for told in edition.stories),
        failing=sum(feed.status == "failing" for feed in edition.health),
        sent=counted["sent"],
        refused=counted.total() - counted["sent"],
    )


def history(
    published: Sequence[Issue],
    schedule: str,
    timezone: str,
    until: datetime,
    limit: int = ISSUES,
) -> list[Issue]:
    """The published issues of an edition and the slots between and after them, newest first.

    Args:
        published: Its newest issues.
        schedule: The edition's cron line.
        timezone: IANA name.
        until: No later slot is looked at: the clock's time, or the newest issue's cut-off.
        limit: At most so many lines.
    """
    regular = [each.cutoff for each in published if _keeps_to(each, schedule, timezone)]
    if not regular:
        return list(published[:limit])
    first, newest = min(regular), max(each.cutoff for each in published)
    known = {each.slot for each in published}
    # As many slots as there may be lines, and those that turn out to be known.
    slots = islice(_back(schedule, timezone, until), limit + len(known))
    due = takewhile(lambda cutoff: cutoff > first, slots)
    gaps = (
        _gap(slot, cutoff, newest, until)
        for cutoff in due
        if (slot := slot_of(cutoff, schedule, timezone)) not in known
    )
    return sorted([*published, *gaps], key=lambda each: each.cutoff, reverse=True)[:limit]


def record(issues: Iterable[Issue]) -> Record:
    """How often it went how."""
    issues = list(issues)
    counted = Counter(each.status for each in issues)
    return Record(
        published=counted["published"],
        late=sum(each.status == "published" and each.late_minutes > 0 for each in issues),
        missed=counted["missed"],
        due=counted["due"],
        fallbacks=sum(each.fallbacks for each in issues),
        sent=sum(each.sent for each in issues),
        refused=sum(each.refused for each in issues),
    )


def _keeps_to(issue: Issue, schedule: str, timezone: str) -> bool:
    """Whether the schedule has that slot at that time."""
    just_before = issue.cutoff - timedelta(minutes=1)
    return (
        next_cutoff(schedule, timezone, just_before) == issue.cutoff
        and slot_of(issue.cutoff, schedule, timezone) == issue.slot
    )


def _back(schedule: str, timezone: str, until: datetime) -> Iterable[datetime]:
    """The schedule's cut-offs up to a time, newest first, without end."""
    while True:
        until = latest_cutoff(schedule, timezone, until)
        yield until
        until -= timedelta(seconds=1)


def _gap(slot: str, cutoff: datetime, newest: datetime, until: datetime) -> Issue:
    if cutoff < newest:
        return Issue(slot, cutoff, "missed")
    return Issue(slot, cutoff, "due", late_minutes=(until - cutoff) // timedelta(minutes=1))
