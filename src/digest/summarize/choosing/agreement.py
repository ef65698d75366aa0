"""Where the articles of a story agree, and where they do not.

Which of their sentences tell the same fact, which back another one, which are out of date, and in
what numbers outlets differ. Two sentences tell the same by the encoder's cosine and the share of
words they have in common, added: the one knows ``evacuated`` and ``moved to shelters``, the other
knows names. To the encoder all sentences of a script that it does not know look alike, so there the
words decide.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from digest.model import Sentence, Story
from digest.summarize.reading.facts import KnownFacts, Passage
from digest.summarize.reading.figures import TOLL_STEMS, Figure, read_figures
from digest.summarize.reading.numerals import CARDINALS, SCALES, any_of
from digest.summarize.reading.quantities import read_quantities
from digest.summarize.reading.sentences import split_paragraphs
from digest.summarize.reading.status import KnownStatus
from digest.summarize.reading.words import STEM, terms

Vectors = NDArray[np.float32]

SAME = 1.05
"""Cosine and share of common terms, added, from which two sentences tell the same fact …"""
LEAST_COSINE, LEAST_SHARE = 0.5, 0.25
"""… if they have at least so much of either. In the sample newsroom nearly all pairs above tell the
same, and from 0.95 down most only tell of the same thing."""
FOREIGN_SHARE = 0.5
"""The share from which they do in a script that the encoder does not know."""
BACKED = 0.6
"""The part of a sentence's terms that one which backs it must have."""
TOLL, OTHER = 0.85, 1.2
"""As ``SAME``, the numbers aside, from which two numbers of one thing are of one event: an event
has one toll, but may have many costs."""
FAR = 2
"""How many times as much is rather a number of something else; tolls may rise so."""
MOST_NOTES = 2
MOST_OUTLETS = 3
"""Named for one number."""

_FOREIGN = re.compile("[\u0370-\u1dff\u2c00-\uffff]")
_COUNTS = re.compile(rf"\d|\b{any_of(CARDINALS | SCALES)}\b", re.IGNORECASE)
_NUMBERS = frozenset(word[:STEM] for word in CARDINALS | SCALES)
_OTHER_TIME = re.compile(
    r"\b(?:(?:19|20)\d\d|ago|previous\w*|last\s(?:year|month|week|decade|\w*er)|since"
    r"|vorig\w+|seit)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:in|at|near|off|outside|around|bei|nahe)\s(?:the\s)?([A-ZÀ-Þ]\w+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a story, and who says it when."""

    article: int
    """Its number in the story."""
    text: str
    language: str = "en"
    published: datetime | None = None
    outlet: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two statements that give different numbers for the same thing."""

    one: int
    other: int
    figure: Figure
    """What ``one`` says."""
    against: Figure
    """What ``other`` says."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the sentences of a story stand to each other. Numbers are places in ``statements``."""

    statements: tuple[Statement, ...]
    cosines: NDArray[np.float32]
    """(statements, statements)."""
    same: tuple[tuple[int, int], ...]
    """Pairs that tell the same fact, the lower first; of one article, too."""
    differences: tuple[Difference, ...]

    @property
    def stale(self) -> frozenset[int]:
        """Those to which an article published later has another number: not to be chosen."""
        found = set()
        for each in self.differences:
            one, other = (self.statements[at].published for at in (each.one, each.other))
            if one and other and one != other:
                found.add(each.one if one < other else each.other)
        return frozenset(found)

    def supporters(self, chosen: int) -> list[int]:
        """Statements of other articles that say all that one says, the best first, one an article.

        All its numbers, dates, names and quotations are in them, and most of its words.
        """
        claim = self.statements[chosen]
        scored = {
            at: score
            for at, said in enumerate(self.statements)
            if said.article != claim.article
            and (score := self._backing(claim.text, said.text, float(self.cosines[chosen, at])))
            and _holds(claim.text, said.text, said.language, said.published)
        }
        best: dict[int, int] = {}
        for at in sorted(scored, key=lambda at: (-scored[at], at)):
            best.setdefault(self.statements[at].article, at)
        return list(best.values())

    def _backing(self, claim: str, said: str, cosine: float) -> float:
        """How well one backs the other; 0 where it does not."""
        if cosine < LEAST_COSINE and claim != said:
            return 0.0
        covered = len(_terms(claim) & _terms(said)) / max(1, len(_terms(claim)))
        enough = _FOREIGN.search(claim) or cosine + covered >= SAME
        return cosine + covered if enough and covered >= BACKED else 0.0

    def notes(self, chosen: Sequence[int]) -> tuple[str, ...]:
        """What outlets differ in, of what the chosen statements count: a sentence each, the newest
        number first."""
        notes: dict[tuple[str, str, str], str] = {}
        for at in sorted(chosen):
            rivals: dict[Figure, list[tuple[Figure, int]]] = defaultdict(list)
            for each in self.differences:
                if at == each.one:
                    rivals[each.figure].append((each.against, each.other))
                elif at == each.other:
                    rivals[each.against].append((each.figure, each.one))
            for figure, against in rivals.items():
                if note := self._note([(figure, at), *against]):
                    notes.setdefault(figure.of, note)
        return tuple(notes.values())[:MOST_NOTES]

    def _note(self, said: Sequence[tuple[Figure, int]]) -> str:
        """Who says what, each outlet once with the newest that it says; empty where that leaves
        nobody to differ."""
        told: list[tuple[Figure, list[str]]] = []
        heard: set[str] = set()
        for figure, at in sorted(said, key=lambda each: self._age(each[1])):
            outlet = self.statements[at].outlet
            if not outlet or outlet in heard:
                continue
            heard.add(outlet)
            alike = (outlets for other, outlets in told if other.agrees(figure))
            if outlets := next(alike, None):
                outlets.append(outlet)
            else:
                told.append((figure, [outlet]))
        if len(told) < 2:
            return ""
        parts = (f"{f.text} ({', '.join(outlets[:MOST_OUTLETS])})" for f, outlets in told)
        return f"Outlets differ: {', '.join(parts)}."

    def _age(self, at: int) -> tuple[float, int]:
        """The newest first; those that nobody dated last, as the story has them."""
        published = self.statements[at].published
        return (-published.timestamp() if published else 0.0), at


def compare(statements: Sequence[Statement], vectors: Vectors) -> Agreement:
    """How the sentences of one story stand to each other.

    Args:
        statements: In any order.
        vectors: (statements, dimensions), rows of unit length.
    """
    cosines = vectors @ vectors.T
    same = []
    differences: list[Difference] = []
    rows, columns = np.nonzero(np.triu(cosines >= LEAST_COSINE, k=1))
    for one, other in zip(rows.tolist(), columns.tolist(), strict=True):
        first, second = statements[one], statements[other]
        cosine = float(cosines[one, other])
        if _tell_the_same(first.text, second.text, cosine):
            same.append((one, other))
        if first.article != second.article and first.language == second.language:
            differences += [
                Difference(one, other, figure, against)
                for figure, against in _differing(first, second, cosine)
                if not _elsewhere(statements, first, second, figure, against)
            ]
    return Agreement(tuple(statements), cosines, tuple(same), tuple(differences))


def notes_on(
    story: Story, sentences: Sequence[Sentence], encode: Callable[[Sequence[str]], Vectors]
) -> tuple[str, ...]:
    """What outlets differ in, of what a paragraph about the story counts, whoever wrote it.

    Each sentence stands for those that it cites. Only sentences that count something are encoded,
    and none where one article alone tells the story.
    """
    if len(story.articles) == 1:
        return ()
    places = {
        (article.url, index): Statement(
            number, text, article.language or "en", article.published, article.source
        )
        for number, article in enumerate(story.articles)
        for index, (_, text) in enumerate(split_paragraphs(article.paragraphs, article.language))
        if _COUNTS.search(text)
    }
    cited = {(source.article, source.sentence) for each in sentences for source in each.sources}
    chosen = [at for at, place in enumerate(places) if place in cited]
    if not chosen:
        return ()
    statements = list(places.values())
    return compare(statements, encode([each.text for each in statements])).notes(chosen)


@lru_cache(maxsize=4096)
def _terms(text: str) -> frozenset[str]:
    return terms(text)


@lru_cache(maxsize=4096)
def _told(text: str) -> frozenset[str]:
    """Its terms without what counts."""
    return frozenset(t for t in _terms(text) - _NUMBERS if not any(map(str.isdigit, t)))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def _tell_the_same(one: str, other: str, cosine: float) -> bool:
    share = _share(_terms(one), _terms(other))
    if _FOREIGN.search(one) or _FOREIGN.search(other):
        return share >= FOREIGN_SHARE
    return cosine >= LEAST_COSINE and share >= LEAST_SHARE and cosine + share >= SAME


def _holds(claim: str, said: str, language: str, published: datetime | None) -> bool:
    """Whether one sentence has all facts of the other, none of them turned round."""
    written = published.date() if published else None
    known = KnownFacts([Passage(said, written)], language)
    return not (
        any(known.missing(claim))
        or KnownStatus([said]).changes(claim)
        or KnownStatus([claim]).changes(said)
    )


def _differing(one: Statement, other: Statement, cosine: float) -> Iterator[tuple[Figure, Figure]]:
    """The numbers of one thing in which two statements differ, where it is but one of each."""
    if not (_COUNTS.search(one.text) and _COUNTS.search(other.text)):
        return
    alike = cosine + _share(_told(one.text), _told(other.text))
    tolls = not any(TOLL_STEMS.isdisjoint(_terms(each.text)) for each in (one, other))
    if alike < (TOLL if tolls else OTHER) or _other_case(one.text, other.text):
        return
    mine, theirs = (read_figures(each.text, each.language) for each in (one, other))
    for of in dict.fromkeys(figure.of for figure in mine):
        left = [each for each in mine if each.of == of and not _among(each, theirs)]
        right = [each for each in theirs if each.of == of and not _among(each, mine)]
        match left, right:
            case [figure], [against] if _comparable(figure, against, alike) and not (
                _mentions(other, figure, theirs) or _mentions(one, against, mine)
            ):
                yield figure, against


def _comparable(one: Figure, other: Figure, alike: float) -> bool:
    if one.toll:
        return True
    # The thing counted is not enough: trains a day, and trains that carry freight.
    far_apart = max(one.value, other.value) > FAR * min(one.value, other.value)
    common = {word for word in one.around & other.around if len(word) > len("des")}
    return alike >= OTHER and len(common) > (one.unit == "count") and not far_apart


def _among(figure: Figure, others: Sequence[Figure]) -> bool:
    """Whether the others have it: what was so before may differ in tolls alone, as they rise."""
    return figure.former or any(
        figure.of == other.of and figure.agrees(other)
        for other in others
        if not (other.former and figure.toll)
    )


def _mentions(said: Statement, figure: Figure, figures: Sequence[Figure]) -> bool:
    """Whether a statement has that number for anything, other than as the former one."""
    if any(each.former and each.agrees(figure) for each in figures):
        return False
    return any(
        isinstance(value, Fraction) and figure.low < value < figure.high
        for quantity in read_quantities(said.text, said.language)
        for _, value in quantity.readings
    )


def _other_case(one: str, other: str) -> bool:
    """Whether two sentences tell of different times or different places."""
    times = [{found.lower() for found in _OTHER_TIME.findall(text)} for text in (one, other)]
    places = [set(_PLACE.findall(text)) for text in (one, other)]
    return times[0] != times[1] or (all(places) and places[0].isdisjoint(places[1]))


def _elsewhere(
    statements: Sequence[Statement], one: Statement, other: Statement, left: Figure, right: Figure
) -> bool:
    """Whether either article gives the other's number for that thing somewhere else."""
    return any(
        figure.agrees(sought)
        for article, sought in ((one.article, right), (other.article, left))
        for said in statements
        if said.article == article and _COUNTS.search(said.text)
        for figure in read_figures(said.text, said.language)
        if not figure.former and figure.of == sought.of
    )
