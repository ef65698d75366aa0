"""How much of a claim stands in its source word for word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile

from digest.summarize.reading.words import read_words

LONG = 3
"""Words that seldom follow one another by chance."""


class KnownRuns:
    """The words of a source in order."""

    def __init__(self, source: str) -> None:
        self._words = [word.folded for word in read_words(source)]
        self._places = defaultdict[str, list[int]](list)
        for place, word in enumerate(self._words):
            self._places[word].append(place)

    def verbatim(self, claim: str) -> float:
        """The part of the claim's words that stand in runs of ``LONG`` or more words of the source,
        0 to 1; 1 for a claim without words. Runs are taken greedily from its beginning, as the
        extractive fragments of Grusky et al. 2018, "Newsroom", https://aclanthology.org/N18-1065.
        """
        words = [word.folded for word in read_words(claim)]
        taken = 0
        at = 0
        while at < len(words):
            longest = max(
                (self._run(words[at:], place) for place in self._places[words[at]]), default=1
            )
            taken += longest if longest >= LONG else 0
            at += longest
        return taken / len(words) if words else 1.0

    def _run(self, words: Sequence[str], place: int) -> int:
        """How many of the words stand one after another from that place on."""
        here = self._words[place : place + len(words)]
        same = (word == other for word, other in zip(words, here, strict=False))
        return sum(takewhile(bool, same))
