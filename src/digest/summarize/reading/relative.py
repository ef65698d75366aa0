"""Days and spans named from the day of writing: yesterday, on Tuesday, last month; English words.

With the day on which a source was written, each way of naming a day stands for the others: in what
was published on Wednesday 4 November, ``yesterday``, ``Tuesday`` and ``3 November`` are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction

Reading = tuple[str, Fraction | tuple[int, int]]
"""A kind and a value: ``count``; ``order`` (the third); ``share`` (a part of one); ``time`` (in
minutes after midnight); ``day`` (month, day); ``month`` from 1; ``weekday`` from 0; a currency's
sign (an amount); ``days from now``, and so weeks, months and years."""

DAYS = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
SPANS = {"last": -1, "this": 0, "next": 1}
UNITS = ("week", "month", "year")
PATTERN = re.compile(
    rf"\b(?:(?P<day>{'|'.join(DAYS)})|(?P<span>{'|'.join(SPANS)})\s(?P<unit>{'|'.join(UNITS)}))\b",
    re.IGNORECASE,
)
_WEEK = 7
_HALF_A_YEAR = 183


def read_relative(match: re.Match[str]) -> frozenset[Reading]:
    """What a match of ``PATTERN`` says: so many days, weeks, months or years from now."""
    if match["day"]:
        return frozenset({("days from now", Fraction(DAYS[match["day"].lower()]))})
    unit = match["unit"].lower()
    return frozenset({(f"{unit}s from now", Fraction(SPANS[match["span"].lower()]))})


def same_days(readings: Iterable[Reading], written: date) -> Iterator[Reading]:
    """The other names of what a text written on that day names."""
    for kind, value in readings:
        if kind == "day":
            assert isinstance(value, tuple)
            yield from _names(_nearest(*value, written), written)
        elif isinstance(value, tuple):
            continue
        elif kind == "days from now":
            yield from _names(written + timedelta(days=int(value)), written)
        elif kind == "weekday":
            # "On Tuesday" may be the last one or the next.
            ahead = (int(value) - written.weekday()) % _WEEK
            for days in (ahead, ahead - _WEEK):
                yield from _names(written + timedelta(days=days), written)
        elif kind == "months from now":
            yield "month", Fraction((written.month - 1 + int(value)) % 12 + 1)
        elif kind == "years from now":
            yield "count", Fraction(written.year + int(value))
        elif kind == "month":
            yield from _months(int(value), written)
        elif kind == "count" and abs(value - written.year) <= 1:
            yield "years from now", value - written.year


def _names(day: date | None, written: date) -> Iterator[Reading]:
    if day is None:
        return
    away = (day - written).days
    yield "day", (day.month, day.day)
    yield "month", Fraction(day.month)
    if abs(away) <= _WEEK:
        yield "weekday", Fraction(day.weekday())
    if abs(away) <= 1:
        yield "days from now", Fraction(away)


def _months(month: int, written: date) -> Iterator[Reading]:
    away = (month - written.month + 6) % 12 - 6
    if abs(away) <= 1:
        yield "months from now", Fraction(away)


def _nearest(month: int, day: int, written: date) -> date | None:
    """The day of that name closest to ``written``; none for a day no year has (31 February)."""
    for year in (written.year, written.year - 1, written.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if abs((found - written).days) <= _HALF_A_YEAR:
            return found
    return None
