"""When to ask again: what the headers of an answer say about it (RFC 9111), as pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(hours=12)
"""No server can silence a feed for longer than this.

Half the day between two daily runs: fresh for all of it, a feed would not be due when the next run
comes some minutes earlier in its day, and its news would come a day late or not at all.
"""

_DIRECTIVE = re.compile(r'([\w-]+)\s*(?:=\s*"?([^",]*)"?)?')


def next_check(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The time until which the answer with these (lower-case) headers stays fresh.

    ``None`` where nothing is said, or that it may be asked again at once. ``max-age`` counts before
    ``Expires``; ``s-maxage`` is for shared caches and does not count.
    """
    said = _DIRECTIVE.findall(headers.get("cache-control", "").lower())
    directives = {name: value.strip() for name, value in said}
    if directives.keys() & {"no-store", "no-cache"}:
        return None
    if "max-age" in directives:
        fresh = _seconds(directives["max-age"]) - _seconds(headers.get("age", ""))
    elif expires := http_date(headers.get("expires", "")):
        fresh = expires - (http_date(headers.get("date", "")) or now)
    else:
        return None
    return now + min(fresh, LONGEST) if fresh > timedelta(0) else None


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The time before which the server does not want to be asked again (``Retry-After``)."""
    value = headers.get("retry-after", "").strip()
    wait = _seconds(value) if value.isdecimal() else (http_date(value) or now) - now
    return now + min(wait, LONGEST) if wait > timedelta(0) else None


def http_date(value: str) -> datetime | None:
    """An HTTP date as aware UTC; ``None`` where it is none (``Expires: 0`` among them)."""
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def _seconds(value: str) -> timedelta:
    return timedelta(seconds=min(int(value), 10**9)) if value.isdecimal() else timedelta(0)
