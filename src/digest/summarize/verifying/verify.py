"""Whether a source says what a summary of it says, sentence by sentence.

Two questions to each sentence. Are its facts there: every number, date, name and quotation, and
nothing turned round (a denial lost, two names exchanged)? One that is not always fails it. And is
the source likely to say it: a small model reckons that from how much of it stands there together,
and how (``traits``), or a checker model of one's own does (``checker``). Every verdict comes with
its reasons in words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from digest.summarize.models import Encoder
from digest.summarize.reading.counts import KnownCounts
from digest.summarize.reading.facts import KnownFacts, Passage
from digest.summarize.reading.opposites import KnownOpposites
from digest.summarize.reading.roles import KnownDeeds
from digest.summarize.reading.sentences import split
from digest.summarize.reading.speakers import KnownSpeakers
from digest.summarize.reading.status import Change, KnownStatus
from digest.summarize.reading.words import is_english
from digest.summarize.regression import Regression
from digest.summarize.verifying.traits import ALIKE, FOUND, FUSED, VERBATIM, KnownSentences, Traits

METHOD_VERSION = 3
"""Raised whenever a sentence may get another verdict, so that paragraphs are judged anew."""


@dataclass(frozen=True, slots=True)
class SentenceVerdict:
    """Whether the source supports one sentence."""

    text: str
    supported: bool
    score: float
    """From 0 to 1: how likely the source says it, halved by every fact against it."""
    reasons: tuple[str, ...]
    """What speaks against it, for a person; empty where it is supported."""
    evidence: tuple[str, ...]
    """The source's sentences that come closest, best first: at most ``support.MOST``."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the source supports a summary: every sentence of it."""

    supported: bool
    score: float
    """The mean of its sentences' scores; 1 for a summary without any."""
    sentences: tuple[SentenceVerdict, ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """How likely the source says a sentence."""

    score: float
    against: str = ""
    """Why it is too unlikely, for a person; empty where it is not."""


class Checker(Protocol):
    """A model that judges sentences by their source; see ``checker.CheckerModel``."""

    @property
    def name(self) -> str:
        """Model and revision."""
        ...

    def opinions(
        self, source: Sequence[str], claims: Sequence[str], evidence: Sequence[Sequence[str]]
    ) -> list[Opinion]:
        """One a claim, in order, from the source's sentences; ``evidence`` has the closest ones."""
        ...


@dataclass(frozen=True, slots=True)
class Demand:
    """How much must speak for a sentence, where no checker model judges."""

    found: float
    """The part of its words that its evidence must have. The labelled summaries are all about their
    articles, so the model has learned nothing about sentences that are about something else."""
    likely: float
    """The least probability that the source says it."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The shipped model, learned by ``benchmarks/train_verifier.py``."""

    by_words: Regression
    with_meaning: Regression
    """For where an encoder is at hand."""
    balanced: float
    """The least probability at which mistakes of both kinds weigh the same: the part that was
    supported among what was learned from."""

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Calibration:
        """As ``to_json`` wrote it."""
        by_words, with_meaning = map(Regression.from_json, (told["by words"], told["with meaning"]))
        return cls(by_words, with_meaning, told["balanced"])

    def to_json(self) -> dict[str, Any]:
        """For a person to read, and for ``from_json``."""
        return {
            "balanced": round(self.balanced, 4),
            "by words": self.by_words.to_json(),
            "with meaning": self.with_meaning.to_json(),
        }

    def opinion(self, traits: Traits, demand: Demand) -> Opinion:
        """Reckoned, with the trait that speaks most against it as the reason."""
        model = self.with_meaning if ALIKE in traits.figures else self.by_words
        score = model.probability(traits.figures)
        found = traits.figures[FOUND]
        if found < demand.found:
            return Opinion(min(score, found), _in_words(FOUND, traits))
        if score >= demand.likely:
            return Opinion(score)
        parts = model.parts(traits.figures)
        return Opinion(score, _in_words(min(parts, key=parts.__getitem__), traits))


@cache
def shipped() -> Calibration:
    """As ``weights/verifier.json`` has it."""
    told = json.loads((files("digest.summarize") / "weights/verifier.json").read_text("utf-8"))
    return Calibration.from_json(told)


def as_people_judge() -> Demand:
    """What recognises as many of the supported as of the unsupported among labelled summaries."""
    return Demand(found=0.2, likely=shipped().balanced)


def verify(source: str, summary: str, language: str = "en") -> Verdict:
    """The verdict on a summary of ``source``, which may include its headline; rules only."""
    return Verifier().verify([Passage(source)], split(summary, language), language)


class Verifier:
    """Judges by facts, and by an encoder or a checker model where one is given."""

    def __init__(self, encoder: Encoder | None = None, checker: Checker | None = None) -> None:
        self._encoder = encoder
        self._checker = checker

    @property
    def name(self) -> str:
        """Differs whenever a verdict may."""
        return f"verify-{METHOD_VERSION}:{self._checker.name if self._checker else 'rules'}"

    def verify(
        self,
        source: Sequence[Passage],
        claims: Sequence[str],
        language: str = "en",
        demand: Demand | None = None,
    ) -> Verdict:
        """The verdict on a summary whose sentences are known, by default as people would judge."""
        if not claims:
            return Verdict(supported=True, score=1.0, sentences=())
        parts = [sentence for passage in source for sentence in split(passage.text, language)]
        rules = Rules(source, parts, language)
        encoder = None if self._checker else self._encoder
        found = KnownSentences(parts, language, encoder).traits(claims)
        evidence = [tuple(parts[index] for index in each.support.sentences) for each in found]
        opinions = (
            self._checker.opinions(parts, claims, evidence)
            if self._checker
            else [shipped().opinion(traits, demand or as_people_judge()) for traits in found]
        )
        verdicts = [
            _verdict(claim, tuple(rules.against(claim)), opinion, shown)
            for claim, opinion, shown in zip(claims, opinions, evidence, strict=True)
        ]
        return Verdict(
            supported=all(verdict.supported for verdict in verdicts),
            score=sum(verdict.score for verdict in verdicts) / len(verdicts),
            sentences=tuple(verdicts),
        )


class Rules:
    """What no probability can outweigh."""

    def __init__(
        self, source: Sequence[Passage], parts: Sequence[str], language: str = "en"
    ) -> None:
        self._facts = KnownFacts(source, language)
        english = is_english(language)
        self._status = KnownStatus(parts if english else ())
        self._deeds = KnownDeeds(parts if english else ())
        self._counts = KnownCounts(parts if english else ())
        self._opposites = KnownOpposites(parts if english else ())
        self._speakers = KnownSpeakers(parts if english else ())

    def against(self, claim: str) -> Iterator[str]:
        """Each fact of ``claim`` that the source lacks or has otherwise, as a reason."""
        yield from (f"{fact} is not in the article" for fact in self._facts.missing(claim))
        yield from map(_changed, self._status.changes(claim))
        for turned in self._opposites.turned(claim):
            yield f"the article has not “{turned.word}” but “{turned.opposite}”"
        for count in self._counts.recounted(claim):
            yield f"the article has not “{count.said}” but “{count.known}”"
        for who in self._speakers.exchanged(claim):
            yield f"not “{who.said}” says so in the article, but “{who.known}”"
        for said, contrary in self._deeds.reversed(claim):
            yield f"“{said}” is the other way round in the article: “{contrary}”"


def _verdict(
    claim: str, facts: tuple[str, ...], opinion: Opinion, evidence: tuple[str, ...]
) -> SentenceVerdict:
    reasons = (*facts, opinion.against) if opinion.against else facts
    score = opinion.score * 0.5 ** len(facts)
    return SentenceVerdict(claim, not reasons, score, reasons, evidence)


def _changed(change: Change) -> str:
    told = "denied" if change.status == "denied" else f"only {change.status}"
    if change.lost:
        return f"“{change.word}” is {told} in the article"
    return f"“{change.word}” is not denied in the article"


def _in_words(trait: str, traits: Traits) -> str:
    value = traits.figures[trait]
    return {
        FOUND: f"only {value:.0%} of its words are together in the article",
        VERBATIM: f"only {value:.0%} of its words follow one another as in the article",
        FUSED: f"it joins {value:.0f} sentences of the article, which do not say it together",
        ALIKE: "no sentence of the article means nearly the same",
    }[trait]
