"""Which sentences of a source say what a sentence claims, by the words they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.summarize.words import terms

WORTH_A_SECOND = 0.1
"""The part of a claim's words that a second sentence must add to be named as well."""


@dataclass(frozen=True, slots=True)
class Support:
    """What a claim rests on."""

    score: float
    """The part of the claim's words found in these sentences together, 0 to 1."""
    sentences: tuple[int, ...]
    """Indices into the source's sentences, best first: at most two, none if no word is shared."""


class SourceSentences:
    """The sentences of a source, ready to be asked about many claims."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self._sentences = [terms(sentence) for sentence in sentences]

    def support(self, claim: str) -> Support:
        """The sentence that has most of the claim's words, and the one that adds most to it.

        Of sentences that do equally well the first is taken. A claim without a content word has
        nothing to be supported and scores 1.
        """
        wanted = terms(claim)
        if not wanted:
            return Support(1.0, ())
        chosen: list[int] = []
        open_terms = wanted
        for least in (0.0, WORTH_A_SECOND * len(wanted)):
            added = [len(open_terms & sentence) for sentence in self._sentences]
            most = max(added, default=0)
            if most <= least:
                break
            chosen.append(added.index(most))
            open_terms -= self._sentences[chosen[-1]]
        return Support(1 - len(open_terms) / len(wanted), tuple(chosen))
