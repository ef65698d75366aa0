"""Which articles tell the same event.

Two articles are as alike as their headlines and openings are to the sentence encoder, a little more
where they share names and figures, and less when days lie between them. Average linkage
on that likeness makes the groups: unlike single linkage it does not chain today's events together
through an article that touches on two of them. ``benchmarks/grouping.py`` measures it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from digest.model import Article

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]
"""Texts to rows of unit length."""
Indices = NDArray[np.intp]

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
ROWS = 500
"""Articles that are compared with all others at a time."""

_NAME = re.compile(r"\b(?:[^\W\d_a-z]\w+|\d[\d.,]*)")
_LATIN = re.compile("[A-Za-zÀ-ɏ]")


def group(articles: Sequence[Article], encode: Encode) -> list[list[int]]:
    """Indices of the articles, an inner list an event; ascending inside, by first index outside.

    Two groups are only ever put together if some article of one is as like one of the other as
    ``SAME_EVENT`` asks. So the articles are first cut into the parts that such pairs connect, which
    changes nothing and needs memory for the square of the largest part instead of that of all.
    """
    if len(articles) < 2:
        return [[index] for index in range(len(articles))]
    traits = _traits(articles, encode)
    events = [
        [int(part[index]) for index in event]
        for part in _connected(traits)
        for event in _linked(1 - traits.likeness(part, part))
    ]
    return sorted(sorted(event) for event in events)


def likeness(articles: Sequence[Article], encode: Encode) -> NDArray[np.float32]:
    """(articles, articles), symmetric; about 1 for the same text, about 0 for unrelated ones."""
    everything = np.arange(len(articles))
    return _traits(articles, encode).likeness(everything, everything)


@dataclass(frozen=True, slots=True)
class _Traits:
    """By what articles are compared, one row an article."""

    vectors: Vectors
    names: csr_array
    letters: csr_array
    foreign: NDArray[np.bool_]
    """Whether the encoder cannot read it, so that its pairs of letters count instead."""
    days: NDArray[np.float64]

    def likeness(self, rows: Indices, columns: Indices) -> NDArray[np.float32]:
        """(rows, columns): each article of the one against each of the other."""
        alike = self.vectors[rows] @ self.vectors[columns].T
        alike += NAMES * _overlap(self.names[rows], self.names[columns])
        foreign = self.foreign[rows][:, None] | self.foreign[columns][None, :]
        if foreign.any():
            pairs = _overlap(self.letters[rows], self.letters[columns])
            alike = np.where(foreign, pairs * (SAME_EVENT / LETTERS), alike)
        days = np.abs(self.days[rows][:, None] - self.days[columns][None, :])
        apart = np.clip(np.nan_to_num(days) - 1, 0, None)
        return np.asarray(alike - A_DAY * apart, dtype=np.float32)


def _traits(articles: Sequence[Article], encode: Encode) -> _Traits:
    openings = [opening(article) for article in articles]
    foreign = np.array([not _read_by_encoder(opening) for opening in openings], dtype=bool)
    anywhere = foreign.any()
    return _Traits(
        vectors=encode(openings),
        names=_members([frozenset(_NAME.findall(opening)) for opening in openings]),
        letters=_members(
            [_letter_pairs(opening) if anywhere else frozenset() for opening in openings]
        ),
        foreign=foreign,
        days=np.array([_days(article) for article in articles]),
    )


def _connected(traits: _Traits) -> Iterator[Indices]:
    """The articles of each part, ascending."""
    everything = np.arange(len(traits.days))
    near = [
        csr_array(traits.likeness(everything[start : start + ROWS], everything) >= SAME_EVENT)
        for start in range(0, len(everything), ROWS)
    ]
    _, labels = connected_components(vstack(near), directed=False)
    order = np.argsort(labels, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _linked(distance: NDArray[np.float32]) -> list[list[int]]:
    """The groups of one part, by average linkage."""
    if len(distance) == 1:
        return [[0]]
    distance = np.clip(distance, 0, None)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), method="average")
    labels = fcluster(tree, t=1 - SAME_EVENT, criterion="distance")
    events: dict[int, list[int]] = {}
    for index, label in enumerate(labels):
        events.setdefault(int(label), []).append(index)
    return list(events.values())


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


def _members(sets: Sequence[frozenset[str]]) -> csr_array:
    """(sets, items): 1 where the set has the item."""
    columns = {item: column for column, item in enumerate(sorted(frozenset().union(*sets)))}
    indices = [columns[item] for items in sets for item in items]
    starts = np.cumsum([0, *map(len, sets)])
    ones = np.ones(len(indices), dtype=np.float32)
    return csr_array((ones, indices, starts), shape=(len(sets), max(1, len(columns))))


def _overlap(some: csr_array, others: csr_array) -> NDArray[np.float32]:
    """Dice coefficients, (some, others)."""
    sizes = some.sum(axis=1)[:, None] + others.sum(axis=1)[None, :]
    return np.asarray(2 * (some @ others.T).toarray() / np.maximum(sizes, 1), dtype=np.float32)


def _days(article: Article) -> float:
    """When it was published, in days; not a number for an undated one, which is far from none."""
    return article.time.timestamp() / 86_400 if article.time else math.nan
