"""What a sentence says, cut into the pieces that summaries are compared by."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from digest.summarize.reading.sentences import UNSPACED
from digest.summarize.reading.words import FUNCTION_WORDS, STEM, read_words


@lru_cache(maxsize=4096)
def concepts(text: str) -> tuple[str, ...]:
    """Its content words and its pairs of neighbouring words, in order, as often as it has them.

    A pair has a space in it and may hold function words: the order of words is part of what a
    sentence says. Words are folded and cut as ``words.terms`` does; scripts that do not part their
    words give every two neighbouring characters and no pairs.
    """
    found: list[str] = []
    line: list[str] = []
    for word in read_words(text):
        folded = word.folded
        if UNSPACED.match(folded):
            found.extend(folded[at : at + 2] for at in range(max(1, len(folded) - 1)))
        else:
            line.append(folded[:STEM])
            if folded not in FUNCTION_WORDS:
                found.append(folded[:STEM])
    return (*found, *(f"{one} {other}" for one, other in pairwise(line)))


def is_pair(concept: str) -> bool:
    """Whether it is two neighbouring words."""
    return " " in concept
