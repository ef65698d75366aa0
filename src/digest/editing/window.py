"""Which articles an edition is about: from the last edition's cut-off to its own.

An edition is named after its scheduled cut-off, not after the moment somebody ran it, so that a run
that comes late, or twice, makes the same edition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from digest.model import UsageError

_SLOT = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d):?(\d\d))?")


@dataclass(frozen=True, slots=True)
class Window:
    """The span of time an edition covers. All times aware UTC.

    What was published before ``start`` but after ``floor``, and what bears no date, belongs to the
    first edition made after it reached us: it may have come late, but it is not lost.
    """

    start: datetime
    """The last published edition's cut-off, or the look-back limit where there is none."""
    cutoff: datetime
    floor: datetime
    """Nothing published before is news any more."""
    next_cutoff: datetime
    """What bears no date and was first seen later belongs to a later edition."""


def window(
    cutoff: datetime,
    next_cutoff: datetime,
    look_back: timedelta,
    previous_cutoff: datetime | None,
) -> Window:
    """The window of the edition cut off at ``cutoff``, between two others of its name."""
    limit = cutoff - look_back
    start = previous_cutoff or limit
    return Window(start, cutoff, min(start, limit), next_cutoff)


def latest_cutoff(schedule: str, timezone: str, now: datetime) -> datetime:
    """The last scheduled cut-off that is not after ``now``, UTC."""
    # Walking back, CronSim passes over a time that the end of summer time brings twice; walking
    # forward it does not. So: back to a safe place, then forward.
    safe = next(CronSim(schedule, (now - timedelta(days=1)).astimezone(ZoneInfo(timezone)), True))
    latest = safe
    for cutoff in CronSim(schedule, safe):
        if cutoff > now:
            break
        latest = cutoff
    return latest.astimezone(UTC)


def next_cutoff(schedule: str, timezone: str, cutoff: datetime) -> datetime:
    """The scheduled cut-off that follows, UTC."""
    return next(CronSim(schedule, cutoff.astimezone(ZoneInfo(timezone)))).astimezone(UTC)


def meant(schedule: str, timezone: str, due: datetime) -> datetime:
    """The cut-off for which a scheduler starts a run that is ``due``, UTC.

    A time of day that summer time skips is an hour later for us, and up to an hour earlier for
    Prefect: its run would find that the edition before is there, and none would make this one.
    """
    following = next_cutoff(schedule, timezone, due)
    before, after = (at.astimezone(ZoneInfo(timezone)).utcoffset() for at in (due, following))
    early = before != after and following - due <= timedelta(hours=1)
    return following if early and latest_cutoff(schedule, timezone, due) != due else due


def cutoff_of(slot: str, schedule: str, timezone: str, now: datetime) -> datetime:
    """The scheduled cut-off of a slot, UTC; of a date with several, the last that is over.

    Args:
        slot: ``2026-11-23`` or ``2026-11-23T0700`` (also with a colon), local to ``timezone``.
        schedule: The edition's cron line.
        timezone: IANA name.
        now: Where none of the date's is over, its first is given all the same.

    Raises:
        UsageError: it is no date, or the schedule has no edition then.
    """
    match = _SLOT.fullmatch(slot)
    try:
        day = date.fromisoformat(match[1]) if match else None
        cutoffs = _cutoffs_on(day, schedule, timezone) if day else []
    except (ValueError, OverflowError):
        day = None
    if match is None or day is None:
        raise UsageError(f"{slot!r} is no date: write it as 2026-11-23 or 2026-11-23T0700")
    if match[2]:
        wanted, zone = f"{match[2]}{match[3]}", ZoneInfo(timezone)
        cutoffs = [c for c in cutoffs if c.astimezone(zone).strftime("%H%M") == wanted]
    if not cutoffs:
        raise UsageError(f"the schedule {schedule!r} ({timezone}) has no edition on {slot}")
    return max((c for c in cutoffs if c <= now), default=cutoffs[0])


def slot_of(cutoff: datetime, schedule: str, timezone: str, timed: bool = False) -> str:
    """The name of a cut-off: its local date, with the time where a day can have several, or where
    it is ``timed``."""
    local = cutoff.astimezone(ZoneInfo(timezone))
    cron = CronSim(schedule, local)
    several = timed or len(cron.minutes) * len(cron.hours) > 1
    return local.strftime("%Y-%m-%dT%H%M" if several else "%Y-%m-%d")


def _cutoffs_on(day: date, schedule: str, timezone: str) -> list[datetime]:
    zone = ZoneInfo(timezone)
    before = datetime.combine(day, time.min, zone) - timedelta(minutes=1)
    found = []
    for cutoff in CronSim(schedule, before):
        if cutoff.date() > day:
            break
        if cutoff.date() == day:
            found.append(cutoff.astimezone(UTC))
    return found
