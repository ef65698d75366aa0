"""Whether a source says what a summary of it says, sentence by sentence.

By rules alone: every number, date, name and quotation of a sentence must be in the source, and
enough of its words in one or two sentences there. So a verdict can always be explained, and it
needs no model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest.summarize.names import KnownNames
from digest.summarize.quantities import KnownQuantities
from digest.summarize.quotations import KnownWording
from digest.summarize.sentences import split
from digest.summarize.support import SourceSentences

LEAST_SUPPORT = 0.5
"""The part of a sentence's words that the best two sentences of the source must have together:
half, as ``benchmarks/verification.py`` shows no other share to be much better."""


@dataclass(frozen=True, slots=True)
class SentenceVerdict:
    """Whether the source supports one sentence."""

    text: str
    supported: bool
    score: float
    """From 0 to 1: the part of its words in ``evidence``, halved by every reason against it."""
    reasons: tuple[str, ...]
    """What speaks against it, for a person; empty where it is supported."""
    evidence: tuple[str, ...]
    """The source's sentences that come closest, best first."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the source supports a summary: every sentence of it."""

    supported: bool
    score: float
    """The mean of its sentences' scores; 1 for a summary without any."""
    sentences: tuple[SentenceVerdict, ...]


def verify(source: str, summary: str, language: str = "en") -> Verdict:
    """The verdict on a summary of ``source``, which may include its headline."""
    return verify_sentences(source, split(summary, language), language)


def verify_sentences(source: str, sentences: Sequence[str], language: str = "en") -> Verdict:
    """The verdict on a summary whose sentences are known."""
    parts = split(source, language)
    quoted = KnownWording(source)
    counted = KnownQuantities(source, language)
    named = KnownNames(source, language)
    told = SourceSentences(parts)
    verdicts = []
    for sentence in sentences:
        support = told.support(sentence)
        reasons = tuple(_missing(sentence, quoted, counted, named))
        if support.score < LEAST_SUPPORT:
            reasons += (f"only {support.score:.0%} of its words are together in the article",)
        verdicts.append(
            SentenceVerdict(
                text=sentence,
                supported=not reasons,
                score=support.score * 0.5 ** len(reasons),
                reasons=reasons,
                evidence=tuple(parts[index] for index in support.sentences),
            )
        )
    return Verdict(
        supported=all(verdict.supported for verdict in verdicts),
        score=sum(verdict.score for verdict in verdicts) / len(verdicts) if verdicts else 1.0,
        sentences=tuple(verdicts),
    )


def _missing(
    sentence: str, quoted: KnownWording, counted: KnownQuantities, named: KnownNames
) -> Iterator[str]:
    for quotation in quoted.missing(sentence):
        yield f"the quotation “{quotation}” is not in the article word for word"
    for quantity in counted.missing(sentence):
        what = "date or time" if quantity.is_date else "number"
        yield f"the {what} {quantity.text} is not in the article"
    for name in named.missing(sentence):
        yield f"the name “{name}” is not in the article"
