"""Which articles tell the same event.

Two articles are as alike as their headlines and openings are to the sentence encoder, a little more
where they share names and figures, and less when days lie between them. Average linkage
on that likeness makes the groups: unlike single linkage it does not chain today's events together
through an article that touches on two of them. ``benchmarks/grouping.py`` measures it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from digest.model import Article

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]
"""Texts to rows of unit length."""

SAME_EVENT = 0.56
"""Likeness from which articles are put together."""
OPENING_WORDS = 200
"""Words, headline included, that are compared: about what the encoder reads."""
NAMES = 0.1
"""Likeness that the same names and figures throughout would add."""
A_DAY = 0.05
"""Likeness lost for each day beyond the first between two articles."""
LETTERS = 0.25
"""Overlap of letter pairs that counts as the same event in scripts the encoder does not read."""

_NAME = re.compile(r"\b(?:[^\W\d_a-z]\w+|\d[\d.,]*)")
_LATIN = re.compile("[A-Za-zÀ-ɏ]")


def group(articles: Sequence[Article], encode: Encode) -> list[list[int]]:
    """Indices of the articles, an inner list an event; ascending inside, by first index outside.

    Needs memory for the square of the number of articles (4 bytes a pair, 8 while linking).
    """
    if len(articles) < 2:
        return [[index] for index in range(len(articles))]
    distance = np.clip(1 - likeness(articles, encode), 0, None)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), method="average")
    labels = fcluster(tree, t=1 - SAME_EVENT, criterion="distance")
    events: dict[int, list[int]] = {}
    for index, label in enumerate(labels):
        events.setdefault(int(label), []).append(index)
    return sorted(events.values())


def likeness(articles: Sequence[Article], encode: Encode) -> NDArray[np.float32]:
    """(articles, articles), symmetric; about 1 for the same text, about 0 for unrelated ones."""
    openings = [opening(article) for article in articles]
    vectors = encode(openings)
    alike = vectors @ vectors.T
    alike += NAMES * _overlap([frozenset(_NAME.findall(opening)) for opening in openings])

    foreign = [index for index, opening in enumerate(openings) if not _read_by_encoder(opening)]
    if foreign:
        pairs = _overlap([_letter_pairs(opening) for opening in openings])
        for index in foreign:
            alike[index, :] = alike[:, index] = pairs[index] * (SAME_EVENT / LETTERS)

    days = np.array([_days(article) for article in articles])
    apart = np.clip(np.nan_to_num(np.abs(days[:, None] - days[None, :])) - 1, 0, None)
    return np.asarray(alike - A_DAY * apart, dtype=np.float32)


def opening(article: Article) -> str:
    """The text by which an article is compared: headline and first paragraphs."""
    words = f"{article.title}. {' '.join(article.paragraphs)}".split()
    return " ".join(words[:OPENING_WORDS])


def _read_by_encoder(text: str) -> bool:
    """The packaged encoder knows words in Latin letters; to it, all Korean texts are alike."""
    letters = [letter for letter in text if letter.isalpha()]
    return not letters or sum(map(bool, map(_LATIN.match, letters))) >= len(letters) / 2


def _letter_pairs(text: str) -> frozenset[str]:
    return frozenset(
        word[at : at + 2]
        for word in re.findall(r"\w+", text.casefold())
        for at in range(max(1, len(word) - 1))
    )


def _overlap(sets: Sequence[frozenset[str]]) -> NDArray[np.float32]:
    """Dice coefficients, (sets, sets)."""
    columns = {item: column for column, item in enumerate(sorted(frozenset().union(*sets)))}
    member = np.zeros((len(sets), max(1, len(columns))), dtype=np.float32)
    for row, items in enumerate(sets):
        member[row, [columns[item] for item in items]] = 1
    sizes = member.sum(axis=1)
    both = np.maximum(sizes[:, None] + sizes[None, :], 1)
    return np.asarray(2 * (member @ member.T) / both, dtype=np.float32)


def _days(article: Article) -> float:
    """When it was published, in days; not a number for an undated one, which is far from none."""
    return article.time.timestamp() / 86_400 if article.time else math.nan
