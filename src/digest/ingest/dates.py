"""Dates as feeds and pages write them, to aware UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""There were no feeds before; such a date is a zero of some clock."""

AHEAD = timedelta(days=1)
"""A date further in the future than any time zone explains is an announcement or a mistake."""

# RFC 822 knows only the zones of North America. IST is taken for India's.
_ZONES = {
    "AEDT": "+1100",
    "AEST": "+1000",
    "BST": "+0100",
    "CEST": "+0200",
    "CET": "+0100",
    "EEST": "+0300",
    "EET": "+0200",
    "HKT": "+0800",
    "IST": "+0530",
    "JST": "+0900",
    "KST": "+0900",
    "MSK": "+0300",
    "NZDT": "+1300",
    "NZST": "+1200",
    "SGT": "+0800",
    "WEST": "+0100",
}
_ZONE_NAME = re.compile(rf"\b({'|'.join(_ZONES)})\s*$")


def parse_date(text: str) -> datetime | None:
    """An ISO 8601 or RFC 822 date; one without a zone is taken for UTC, a bad one for none."""
    text = text.strip()
    named = _ZONE_NAME.sub(lambda zone: _ZONES[zone[1]], text)
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return as_utc(parse(named))
        except (ValueError, OverflowError):
            continue
    return None


def as_utc(date: datetime) -> datetime:
    """``date`` in UTC; a naive one is taken for UTC already."""
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def plausible(date: datetime | None, now: datetime | None = None) -> datetime | None:
    """``date`` unless it is too early, or too far after ``now``, to be when news was published."""
    if date is None or date < EARLIEST or (now is not None and date > now + AHEAD):
        return None
    return date
