"""Whether this machine's clock can be right: cut-offs, windows and schedules go by it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from digest.operate.doctor.finding import Finding

CLOSE = timedelta(seconds=30)
"""Clocks that differ by no more agree: an answer takes its time, and dates have whole seconds."""
FAR = timedelta(minutes=5)
"""From here on, editions get the wrong articles or are made at the wrong time."""
MEND = "let the system set its clock: sudo timedatectl set-ntp true"


def tell_time(now: datetime, timezones: Iterable[str]) -> Finding:
    """What time it is here, and where the editions are, for a person to judge."""
    places = (f"{now.astimezone(ZoneInfo(name)):%H:%M} in {name}" for name in sorted(timezones))
    return Finding("clock", "ok", f"it is {now:%Y-%m-%d %H:%M:%S} UTC, {', '.join(places)}")


def compare(whose: str, theirs: datetime, ours: datetime) -> Finding:
    """What another clock says of ours."""
    apart = abs(ours - theirs)
    if apart <= CLOSE:
        return Finding("clock", "ok", f"agrees with that of {whose}")
    direction = "ahead of" if ours > theirs else "behind"
    return Finding(
        "clock",
        "failed" if apart >= FAR else "warning",
        f"is {_told(apart)} {direction} that of {whose}",
        MEND,
    )


def _told(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
