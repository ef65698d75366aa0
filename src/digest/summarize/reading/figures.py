"""How many of what a sentence counts, so that two sentences can be asked whether they differ.

Only what can be compared is read: counts of things and people, sums of money and shares. Dates,
ages, spans of time, ranks, parts of names (``Flight 370``), of scores (``5-4``) and of a whole
(``12 of them``) are passed over: a figure that is read wrongly makes two articles disagree that do
not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from digest.summarize.reading.quantities import Quantity, read_quantities
from digest.summarize.reading.words import FUNCTION_WORDS, STEM, Word, read_words


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TOLLS = {
    "dead": "dead death deaths die died dies dying killed killing kills kill fatalities toll "
    "tot tote toten toter getotet todesopfer starben gestorben muertos muertes morts tues",
    "injured": "injured injuring injures injuries wounded wounding wounds hurt "
    "verletzt verletzte verletzten heridos blesses",
    "missing": "missing unaccounted vermisst vermisste vermissten desaparecidos disparus",
    "arrested": "arrested arresting arrests detained detaining "
    "festgenommen festnahmen verhaftet detenidos",
    "evacuated": "evacuated evacuating evacuees evakuiert evakuierte evacuados",
}
"""What befalls people, under one name however it is put."""
_TOLL = {word: toll for toll, words in _TOLLS.items() for word in words.split()}
TOLL_STEMS = frozenset(word[:STEM] for word in _TOLL)
"""Of which ``words.terms`` has one wherever a figure is a toll."""
_ANYBODY = _set(
    "people persons person victims residents lives menschen personen leute bewohner personas"
)
_SPANS = _set(
    "second seconds minute minutes hour hours day days night nights week weeks month months year "
    "years decade decades century sekunde sekunden minuten stunde stunden tag tage tagen nacht "
    "woche wochen monat monate monaten jahr jahre jahren jahrzehnt ano anos mes meses dia dias "
    "hora horas semana semanas ans annees mois jour jours heure heures am pm"
)
_ABOUT = _set("about around some roughly approximately nearly almost rund etwa knapp")
_ABOVE = frozenset(("more than", "over", "at least", "above", "mehr als", "uber", "mindestens"))
_BELOW = frozenset(
    ("fewer than", "less than", "under", "below", "up to", "as many as", "weniger als", "unter")
)
_HEDGES = _ABOUT | _ABOVE | _BELOW
HEDGE_WORDS = frozenset(word for hedge in _HEDGES for word in hedge.split())
_FORMER = _set("from earlier previous previously initially zunachst zuvor bisher")
_PART_OF = _set(
    "including another further additional extra each every per darunter weitere davon section page "
    "number no nos chapter channel room level flight route highway article paragraph episode "
    "season round phase stage grade class size zone gate platform aged minus"
)
_PART_OF_WHOLE = re.compile(r"\b(?:one|some|many|most|none|part|out|all)\sof\s(?:\w+\s)?$", re.I)
_OF_WHOLE = re.compile(
    r"\s(?:of|von)\s|\s(?:\w+\s)?(?:more|others?|each|weitere|times|mal)\b|\s(?:in|out\sof)\s\d",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"[,;:.!?()“”\"«»–—]|\b(?:and|but|while|whereas|und|aber|y|et)\b", re.IGNORECASE
)
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
_REACH = 5
"""Words from a number to what befell so many."""
_AROUND = 4
"""Content words on either side of a number that may tell what it is."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a sentence and what it is of."""

    unit: str
    """A currency's sign, ``share``, or ``count``."""
    thing: str
    """What is counted, as a stem; empty for money and shares."""
    toll: str
    """What befell those counted, as ``_TOLLS`` names it; empty where nothing did."""
    value: Fraction
    low: Fraction
    high: Fraction
    """Between which it may stand for any: 62,000 may be 61,900, ``more than 30`` may be 35."""
    text: str
    """The words that say it: ``at least 12 dead``, ``14 ships``, ``$2bn``."""
    around: frozenset[str]
    """The content words nearby, as they stand but in lower case."""
    hedge: str
    """What makes it a bound or a guess: ``at least``, ``about``; empty where nothing does."""
    former: bool
    """Whether its sentence says that this was so before: ``to 15 from 12``."""

    @property
    def of(self) -> tuple[str, str, str]:
        """What it is of: two figures can only differ if this is the same."""
        return self.unit, self.thing, self.toll

    def agrees(self, other: Figure) -> bool:
        """Whether both may be one value, exactly or rounded."""
        return self.low < other.high and other.low < self.high


@lru_cache(maxsize=4096)
def read_figures(text: str, language: str = "en") -> tuple[Figure, ...]:
    """The figures of a sentence that can be compared with another sentence's, in order."""
    quantities = read_quantities(text, language)
    words = read_words(text)
    edges = [0, *(quantity.end for quantity in quantities)]
    starts = [*(quantity.start for quantity in quantities), len(text)]
    found: list[Figure] = []
    for at, quantity in enumerate(quantities):
        before = [w for w in words if edges[at] <= w.start and w.end <= quantity.start]
        after = [w for w in words if quantity.end <= w.start and w.end <= starts[at + 1]]
        reader = _Reader(text, language, quantity, before, after)
        thing, toll = found[-1].thing if found else "", found[-1].toll if found else ""
        if figure := reader.figure(thing, toll):
            found.append(figure)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Reader:
    """A number with the words between it and the numbers beside it."""

    text: str
    language: str
    quantity: Quantity
    before: Sequence[Word]
    after: Sequence[Word]

    def figure(self, thing: str, toll: str) -> Figure | None:
        """What it counts, if that can be told; ``thing`` and ``toll`` are the last figure's, which
        a former one shares."""
        meant = [reading for reading in self.quantity.readings if reading[0] != "order"]
        if len(meant) != 1 or self.quantity.is_date:
            return None
        [(unit, value)] = meant
        if not isinstance(value, Fraction) or self._is_part(unit):
            return None
        hedge, start = self._hedge()
        end = self.quantity.end
        former = bool(self.before) and self.before[-1].folded in _FORMER
        shown = self.text[start:end]
        if unit == "count":
            right, left = self._clause(), self._clause_before(start)
            if right and right[0].folded in _SPANS:
                return None
            if befell := _toll(right, left):
                toll, thing, said = befell
                start, end = min(start, *(w.start for w in said)), max(end, *(w.end for w in said))
                english = self.language.startswith("en") and not thing
                shown = f"{shown} {toll}" if english else self.text[start:end]
            elif right and (thing := _stem(right[0])):
                toll, shown = "", self.text[start : right[0].end]
            elif not former:
                return None
        else:
            thing, toll = "", ""
        if shown.startswith(self.text[: start + 1]):
            shown = shown[0].lower() + shown[1:]  # It opened its sentence.
        low, high = _range(value, unit, hedge)
        return Figure(unit, thing, toll, value, low, high, shown, self._around(), hedge, former)

    def _is_part(self, unit: str) -> bool:
        """Of a name, a compound, a score, a year or a whole."""
        begin, end = self._begin(), self.quantity.end
        beside = self.text[max(0, begin - 1) : begin] + self.text[end : end + 1]
        if any(sign in beside for sign in "-–/:") or _YEAR.fullmatch(self.quantity.text):
            return True
        if unit == "count" and (
            _OF_WHOLE.match(self.text, end) or _PART_OF_WHOLE.search(self.text, 0, begin)
        ):
            return True
        if not self.before or not self.text[self.before[-1].end : begin].isspace():
            return False
        last = self.before[-1]
        named = last.capitalised and last.start > 0 and last.folded not in _HEDGES
        return named or last.folded in _PART_OF

    def _begin(self) -> int:
        found = self.text.find(self.quantity.text, self.quantity.start, self.quantity.end)
        return max(found, self.quantity.start)

    def _hedge(self) -> tuple[str, int]:
        """The words just before that make it a bound or a guess, and where it begins with them."""
        for count in (3, 2, 1):
            if len(self.before) >= count:
                said = " ".join(word.folded for word in self.before[-count:])
                if said in _HEDGES:
                    return said, self.before[-count].start
        return "", self._begin()

    def _clause(self) -> list[Word]:
        """The words that follow, up to a break."""
        found = _BREAK.search(self.text, self.quantity.end)
        end = found.start() if found else len(self.text)
        return [word for word in self.after if word.end <= end]

    def _clause_before(self, end: int) -> list[Word]:
        """The words before, back to a break, the nearest first."""
        start = max((found.end() for found in _BREAK.finditer(self.text, 0, end)), default=0)
        return [word for word in reversed(self.before) if word.start >= start and word.end <= end]

    def _around(self) -> frozenset[str]:
        before = [word.folded for word in self.before if _stem(word)][-_AROUND:]
        after = [word.folded for word in self.after if _stem(word)][:_AROUND]
        return frozenset([*before, *after])


def _toll(right: Sequence[Word], left: Sequence[Word]) -> tuple[str, str, list[Word]] | None:
    """What befell so many, whom, and the words that say it: ``15 people were killed``, ``killing
    15``, ``the death toll is 15``."""
    whom = [word for word in right[:1] if _stem(word) and word.folded not in _TOLL]
    thing = next((_stem(word) for word in whom if word.folded not in _ANYBODY), "")
    for word in right[:_REACH]:
        if toll := _TOLL.get(word.folded):
            return toll, thing, [word]
    for at, word in enumerate(left):
        toll = _TOLL.get(word.folded)
        if toll and (at < _REACH or word.folded == "toll"):
            return toll, thing, [word, *whom]
    return None


def _stem(word: Word) -> str:
    """What two mentions of a thing have in common; empty for a word that names none."""
    folded = word.folded
    none = folded in FUNCTION_WORDS or folded in HEDGE_WORDS or folded[0].isdigit()
    return "" if none else folded[:STEM]


def _range(value: Fraction, unit: str, hedge: str) -> tuple[Fraction, Fraction]:
    """The values that may be told so: rounded as far as the figure is, or as the hedge says."""
    # A share is told in hundredths.
    step = _step(value * 100) / 100 if unit == "share" else _step(value)
    exact = unit == "count" and value < 100 and value.denominator == 1
    half = Fraction(1, 2) if exact else step / 2
    if hedge in _BELOW:
        return Fraction(-1), value + half
    if hedge in _ABOVE:
        return value - half, value + step
    if hedge:
        return value - step, value + step
    return value - half, value + half


def _step(value: Fraction) -> Fraction:
    """The place of the last digit that is no nought: 1,000 for 62,000, 1/10 for 7.2."""
    step = Fraction(1)
    while value and (value / step).denominator != 1 and step > Fraction(1, 10**9):
        step /= 10
    while value and (value / (step * 10)).denominator == 1:
        step *= 10
    return step
