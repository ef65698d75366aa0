"""Numbers that a text rounds and says so: more than 500,000 for 572,206, nearly a third for 32%."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

_ABOVE = re.compile(r"\b(?:more than|over|above|at least|upwards of)\s*$", re.IGNORECASE)
_BELOW = re.compile(
    r"\b(?:less than|fewer than|under|below|nearly|almost|up to)\s*$", re.IGNORECASE
)
_NEAR = re.compile(
    r"\b(?:about|around|some|roughly|approximately|an estimated|close to)\s*$", re.IGNORECASE
)
_YEARS = range(1900, 2101)


def is_rounded(value: Fraction, before: str, exact: Iterable[Fraction]) -> bool:
    """Whether ``value``, with ``before`` in front of it, is one of the exact values rounded.

    It may be off by less than one of its own last digit that is not 0: more than 500 is anything
    from 500 up to 600. What may be a year is not rounded to.
    """
    step = _last_digit(value)
    low, high = Fraction(0), Fraction(0)
    if _ABOVE.search(before):
        high = step
    elif _BELOW.search(before):
        low = step
    elif _NEAR.search(before):
        low = high = step / 2
    return bool(low or high) and any(
        value - low <= other <= value + high and abs(other - value) < step and other not in _YEARS
        for other in exact
    )


def _last_digit(value: Fraction) -> Fraction:
    """The worth of one in the last digit that is not 0: 100 for 28,500, 0.1 for 3.5."""
    step = Fraction(1)
    if not value:
        return step
    while (value / step).denominator > 1 and step > Fraction(1, 10**6):
        step /= 10
    while (value / (step * 10)).denominator == 1:
        step *= 10
    return step
