"""How a sentence stands to its source, in the few figures that a verdict is reckoned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.summarize.models import Encoder
from digest.summarize.reading.fragments import KnownRuns
from digest.summarize.reading.support import SourceSentences, Support

FOUND = "words found in its evidence"
VERBATIM = "words in runs of the source"
FUSED = "sentences it is put together from"
ALIKE = "likeness of meaning to its evidence"


@dataclass(frozen=True, slots=True)
class Traits:
    """Of one sentence."""

    support: Support
    figures: dict[str, float]
    """By ``FOUND``, ``VERBATIM``, ``FUSED`` and, where an encoder was given, ``ALIKE``."""


class KnownSentences:
    """The sentences of a source, for comparing others with them."""

    def __init__(
        self, sentences: Sequence[str], language: str = "en", encoder: Encoder | None = None
    ) -> None:
        self._sentences = sentences
        self._told = SourceSentences(sentences, language)
        self._runs = KnownRuns("\n".join(sentences))
        self._encoder = encoder

    def traits(self, claims: Sequence[str]) -> list[Traits]:
        """Of each claim, in order. Only evidence is encoded, all of it in one go."""
        supports = [self._told.support(claim) for claim in claims]
        alike = self._alike(claims, supports)
        found = []
        for number, (claim, support) in enumerate(zip(claims, supports, strict=True)):
            figures = {
                FOUND: support.score,
                VERBATIM: self._runs.verbatim(claim),
                FUSED: float(max(1, len(support.sentences))),
            }
            found.append(Traits(support, figures | ({ALIKE: alike[number]} if alike else {})))
        return found

    def _alike(self, claims: Sequence[str], supports: Sequence[Support]) -> list[float]:
        """The cosine to the evidence that comes closest; 0 where there is none."""
        if self._encoder is None:
            return []
        evidence = sorted({index for support in supports for index in support.sentences})
        row = {index: len(claims) + number for number, index in enumerate(evidence)}
        vectors = self._encoder.encode([*claims, *(self._sentences[index] for index in evidence)])
        return [
            max((float(vectors[number] @ vectors[row[i]]) for i in support.sentences), default=0.0)
            for number, support in enumerate(supports)
        ]
