"""Numbers that a source has, but of something else: how many were killed or injured, and for how
long; English only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from digest.summarize.reading.figures import HEDGE_WORDS, read_figures
from digest.summarize.reading.quantities import read_quantities
from digest.summarize.reading.words import Word, read_words

_UNITS = frozenset(["second", "minute", "hour", "day", "night", "week", "month", "year", "decade"])
NEAR = Fraction(1, 5)
"""How far a guess may be from what it is a guess of, as a part of it."""
# How articles tell ages besides "34-year-old": "Ann Reed, 34, said", "aged 34", "Reed (34)".
_AGE = re.compile(r"(?:\baged?|\bage of|[,(])\s(?:of\s)?(\d{1,3})\b(?![,.]?\d)|\((\d{1,3})\)")


@dataclass(frozen=True, slots=True)
class Recount:
    """What a claim counts, and how its source has it."""

    said: str
    known: str


@dataclass(frozen=True, slots=True)
class _Span:
    """``two years``, ``a 34-year-old``."""

    unit: str
    value: Fraction
    hedged: bool
    """``about two years``"""
    text: str

    def agrees(self, value: Fraction) -> bool:
        """Whether both may be one value."""
        return abs(self.value - value) <= (value * NEAR if self.hedged else 0)


class KnownCounts:
    """How many were killed, injured, missing or arrested, and how long it took, by a source."""

    def __init__(self, source: Iterable[str]) -> None:
        sentences = list(source)
        self._tolls = [f for each in sentences for f in read_figures(each) if f.toll]
        self._spans = [span for each in sentences for span in _read_spans(each)]
        ages = (match[1] or match[2] for each in sentences for match in _AGE.finditer(each))
        self._ages = {Fraction(age) for age in ages}

    def recounted(self, claim: str) -> list[Recount]:
        """The tolls and spans of ``claim`` of which the source has only others.

        That a number stands in the source is not enough: “17 killed” is told from “three killed and
        17 injured”, “three years” from “three people” and “two years”. Tolls that are only guessed
        (“about 17”) are passed over.
        """
        return [*self._tolls_recounted(claim), *self._spans_recounted(claim)]

    def _tolls_recounted(self, claim: str) -> Iterator[Recount]:
        for figure in read_figures(claim):
            known = [other for other in self._tolls if other.of == figure.of]
            if known and not figure.hedge and not any(map(figure.agrees, known)):
                yield Recount(figure.text, known[0].text)

    def _spans_recounted(self, claim: str) -> Iterator[Recount]:
        for span in _read_spans(claim):
            known = [other for other in self._spans if other.unit == span.unit]
            ages = self._ages if span.unit == "year" else ()
            if known and not any(map(span.agrees, [*(other.value for other in known), *ages])):
                yield Recount(span.text, known[0].text)


def _read_spans(sentence: str) -> Iterator[_Span]:
    words = read_words(sentence)
    following = {one.end: other for one, other in pairwise(words)}
    for quantity in read_quantities(sentence):
        last = max((word.end for word in words if word.end <= quantity.end), default=0)
        unit = following.get(last)
        if unit and (name := unit.folded.removesuffix("s")) in _UNITS:
            hedged = _before(words, quantity.start) in HEDGE_WORDS
            text = sentence[quantity.start : unit.end].strip()
            for kind, value in quantity.readings:
                if kind == "count" and isinstance(value, Fraction):
                    yield _Span(name, value, hedged, text)


def _before(words: Iterable[Word], start: int) -> str:
    return next((w.folded for w in reversed(list(words)) if w.end <= start), "")
