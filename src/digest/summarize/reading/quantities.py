"""Numbers, shares, sums of money, times and days as they stand in a text, however they are written.

``3.5 per cent``, ``3.5%`` and, in a German text, ``3,5 Prozent`` read as the same; so do ``$2bn``
and ``two billion dollars``, ``10.30pm`` and ``22:30``, ``13th of March`` and ``March 13``. Figures,
months and weekdays are read as the language writes them (Unicode CLDR, by Babel); numbers in words
in English only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise

from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names, get_month_names
from babel.numbers import get_decimal_symbol

from digest.summarize.reading.numerals import (
    CARDINALS,
    CURRENCY_SIGNS,
    CURRENCY_WORDS,
    FIGURE,
    MAGNITUDE,
    NUMBER_WORDS,
    ORDINALS,
    PARTS,
    PERCENT,
    any_of,
    read_currency,
    read_figure,
    read_magnitude,
    read_number_words,
)
from digest.summarize.reading.relative import PATTERN, Reading, read_relative, same_days
from digest.summarize.reading.rounding import is_rounded


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity in a text."""

    text: str
    """As it is written."""
    start: int
    end: int
    readings: frozenset[Reading]
    """What it can mean; two quantities agree where they share a reading."""
    implied: frozenset[Reading] = frozenset()
    """What it says besides: the figure without its unit, the month of a day."""

    @property
    def is_date(self) -> bool:
        """Whether it names a day, a weekday, a month or a time rather than counts."""
        return any(
            kind in ("day", "weekday", "month", "time") or kind.endswith("from now")
            for kind, _ in self.readings
        )


def read_quantities(text: str, language: str = "en") -> list[Quantity]:
    """The quantities of a text in order. ``one`` and ``first`` are seldom numbers and left out."""
    found: list[Quantity] = []
    taken: set[int] = set()
    for pattern, read in _rules(language.split("-")[0]):
        for match in pattern.finditer(text):
            if taken.isdisjoint(range(*match.span())):
                taken.update(range(*match.span()))
                found.append(Quantity(match.group().strip(), *match.span(), *read(match)))
    return _share_units(sorted(found, key=lambda quantity: quantity.start), text)


class KnownQuantities:
    """What a source counts and dates."""

    def __init__(self, source: str, language: str = "en", written: date | None = None) -> None:
        """``written`` is the day from which the source counts ``yesterday`` and ``Tuesday``."""
        self._language = language
        self._readings = known_readings(read_quantities(source, language), written)

    def missing(self, claim: str) -> list[Quantity]:
        """The quantities in ``claim`` that the source does not give, however it writes them."""
        return [
            quantity
            for quantity in read_quantities(claim, self._language)
            if not is_known(quantity, claim, self._readings)
        ]


def known_readings(
    quantities: Iterable[Quantity], written: date | None = None
) -> frozenset[Reading]:
    """All that quantities say, and with the day of their writing what that is else called."""
    said = frozenset(
        reading for quantity in quantities for reading in quantity.readings | quantity.implied
    )
    return said | frozenset(same_days(said, written)) if written else said


def is_known(quantity: Quantity, claim: str, known: frozenset[Reading]) -> bool:
    """Whether a quantity of ``claim`` is among what is known, exactly or rounded as it says."""
    return not quantity.readings.isdisjoint(known) or any(
        is_rounded(value, claim[: quantity.start], _values(kind, known))
        for kind, value in quantity.readings
        if isinstance(value, Fraction) and (kind in ("count", "share") or kind in CURRENCY_SIGNS)
    )


def _values(kind: str, known: frozenset[Reading]) -> Iterator[Fraction]:
    return (value for each, value in known if each == kind and isinstance(value, Fraction))


_Found = tuple[frozenset[Reading], frozenset[Reading]]
"""Readings and implied readings."""
_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], _Found]]

# Edges of a word: scripts that do not part words write on directly after a figure or a month.
_START = r"(?<![A-Za-zÀ-ɏ\d])"
_END = r"(?![A-Za-zÀ-ɏ\d])"
_NTH = r"(?:st|nd|rd|th|\.|º)?"
_UNIT = rf"(?:[\s-]?(?:(?P<percent>{PERCENT})|(?P<money>{CURRENCY_WORDS})))?"
_SUM = (
    rf"(?P<currency>[{CURRENCY_SIGNS}])?\s?{_START}(?<!\d[.,])(?P<figure>{FIGURE})(?P<decade>s\b)?"
    rf"(?P<magnitude>{MAGNITUDE})?{_UNIT}"
)
_SUM_IN_WORDS = rf"(?P<words>{NUMBER_WORDS}){_UNIT}"
_PART = (
    rf"\b(?:(?P<count>an?|one|two|three|four)[\s-](?P<part>{any_of(PARTS)})s?|half(?!\san?\s))\b"
)
_ORDER = r"\b(?P<figure>\d{0,9}(?:1[1-3]th|(?<!1)(?:1st|2nd|3rd)|[04-9]th))\b"
_CLOCK_12 = r"(?<![\w.,])(?P<hour>\d{1,2})(?:[:.](?P<minute>[0-5]\d))?\s?(?P<half>[ap])\.?m\b"
_CLOCK_24 = r"(?<![\w.,:])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?![\w:])"


@cache
def _rules(language: str) -> list[_Rule]:
    """What finds and reads the quantities of a language, the more specific first."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    months = _by_name(get_month_names("wide", locale=locale))
    short_months = _by_name(get_month_names("abbreviated", locale=locale))
    weekdays = _by_name(get_day_names("wide", locale=locale))
    month = rf"(?P<month>{any_of(months | short_months)})"
    day = rf"(?P<day>\d{{1,2}}){_NTH}"
    read_day = partial(_day, months=months | short_months)
    read_sum = partial(_sum, decimal_comma=get_decimal_symbol(locale) == ",")
    # Months and weekdays only as the language writes them: May and may are two words.
    return [
        (re.compile(rf"{_START}{day}\s(?:of\s|de\s)?{month}{_END}"), read_day),
        (re.compile(rf"{_START}{month}\.?\s{day}(?![\w:]|[.,]\d)"), read_day),
        (re.compile(rf"{_START}{any_of(months)}{_END}"), partial(_month, months=months)),
        (re.compile(rf"{_START}{any_of(weekdays)}{_END}"), partial(_weekday, weekdays=weekdays)),
        (PATTERN, lambda match: (read_relative(match), frozenset())),
        (re.compile(_CLOCK_12, re.IGNORECASE), _twelve_hours),
        (re.compile(_CLOCK_24), _twenty_four_hours),
        (re.compile(_PART, re.IGNORECASE), _part),
        (re.compile(rf"\b{any_of(ORDINALS)}\b", re.IGNORECASE), _order_in_words),
        (re.compile(_ORDER, re.IGNORECASE), _order),
        (re.compile(_SUM, re.IGNORECASE), read_sum),
        (re.compile(_SUM_IN_WORDS, re.IGNORECASE), _sum_in_words),
    ]


def _by_name(names: Mapping[int, str]) -> dict[str, int]:
    """Names of months or weekdays, without those that are a figure and a sign (Chinese, Korean)."""
    return {name.rstrip("."): number for number, name in names.items() if name[0].isalpha()}


def _one(kind: str, value: float | Fraction) -> frozenset[Reading]:
    return frozenset({(kind, Fraction(value))})


def _day(match: re.Match[str], months: Mapping[str, int]) -> _Found:
    month, day = months[match["month"]], int(match["day"])
    return frozenset({("day", (month, day))}), _one("month", month) | _one("order", day)


def _month(match: re.Match[str], months: Mapping[str, int]) -> _Found:
    return _one("month", months[match.group()]), frozenset()


def _weekday(match: re.Match[str], weekdays: Mapping[str, int]) -> _Found:
    return _one("weekday", weekdays[match.group()]), frozenset()


def _twelve_hours(match: re.Match[str]) -> _Found:
    afternoon = match["half"].lower() == "p"
    minutes = (int(match["hour"]) % 12 + 12 * afternoon) * 60 + int(match["minute"] or 0)
    return _one("time", minutes), frozenset()


def _twenty_four_hours(match: re.Match[str]) -> _Found:
    minutes = int(match["hour"]) * 60 + int(match["minute"])
    return _one("time", minutes) | _one("time", (minutes + 720) % 1440), frozenset()


def _order(match: re.Match[str]) -> _Found:
    return _one("order", int(match["figure"][:-2])), frozenset()


def _order_in_words(match: re.Match[str]) -> _Found:
    return _one("order", ORDINALS[match.group().lower()]), frozenset()


def _part(match: re.Match[str]) -> _Found:
    if not match["part"]:
        return _one("share", Fraction(1, 2)), frozenset()
    count, part = match["count"].lower(), match["part"].lower()
    share = Fraction(read_number_words(count) or 1, PARTS[part])
    # "A third" may also count: a third goal.
    order = _one("order", ORDINALS[part]) if part in ORDINALS else frozenset()
    return _one("share", share) | order, frozenset()


def _sum(match: re.Match[str], decimal_comma: bool) -> _Found:
    value = read_figure(match["figure"], decimal_comma)
    currency = read_currency(match["currency"] or match["money"] or "")
    values = {value * scale for scale in read_magnitude(match["magnitude"] or "", bool(currency))}
    if match["decade"] and value < 100:
        values.add(1900 + value)
    return _readings(values, currency, bool(match["percent"]))


def _sum_in_words(match: re.Match[str]) -> _Found:
    value = read_number_words(match["words"])
    return _readings({value}, read_currency(match["money"] or ""), bool(match["percent"]))


def _readings(values: set[Fraction], currency: str, percent: bool) -> _Found:
    counts = frozenset(("count", value) for value in values)
    if percent:
        return frozenset(("share", value / 100) for value in values), counts
    if currency:
        return frozenset((currency, value) for value in values), counts
    return counts, frozenset(("order", value) for value in values)  # "in the 87 minute"


_JOINED = re.compile(r"\s?(?:[-–—/]|to|and|or|bis|und|oder|a|y|o|à|et|ou)\s?", re.IGNORECASE)
_ALONE = re.compile(
    rf"(?P<sign>[{CURRENCY_SIGNS}]?)\s?(?:{FIGURE}|{any_of(CARDINALS)})", re.IGNORECASE
)


def _share_units(found: list[Quantity], text: str) -> list[Quantity]:
    """In ``3 to 5 per cent`` and ``$2-3bn`` either number may bear what only the other says."""
    shared = list(found)
    for at, (left, right) in enumerate(pairwise(found)):
        left_alone, right_alone = _ALONE.fullmatch(left.text), _ALONE.match(right.text)
        joined = _JOINED.fullmatch(text, left.end, right.start)
        if left_alone and right_alone and joined and not right.is_date:
            shared[at] = _or_else(left, left.text + right.text[right_alone.end() :])
            shared[at + 1] = _or_else(shared[at + 1], left_alone["sign"] + right.text)
    return shared


def _or_else(quantity: Quantity, meant: str) -> Quantity:
    """The quantity with the readings of what may be meant by it."""
    readings = frozenset[Reading]().union(*(other.readings for other in read_quantities(meant)))
    return replace(quantity, readings=quantity.readings | readings)
