"""What a long paragraph about an article should cover: what the article says often and early."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from digest.summarize.choosing.concepts import concepts, is_pair

REACH = 3.0
"""A word counts half every so many paragraph lengths into its article."""
FIGURE = 2.0
"""How much more a figure counts than a word."""


def coverage(sentences: Sequence[str], words: Sequence[int], budget: int) -> dict[str, float]:
    """The part that each of an article's words has in what it says; they add up to 1.

    Args:
        sentences: The article's, in order.
        words: How many each has.
        budget: Words that the paragraph may have.
    """
    counts: dict[str, float] = defaultdict(float)
    before = 0
    for sentence, length in zip(sentences, words, strict=True):
        early = 0.5 ** (before / (REACH * budget))
        for concept in dict.fromkeys(concepts(sentence)):
            if not is_pair(concept):
                counts[concept] += early * (FIGURE if any(map(str.isdigit, concept)) else 1.0)
        before += length
    total = sum(counts.values())
    return {concept: count / total for concept, count in counts.items()}
