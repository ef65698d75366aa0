"""Which sentences of a story make its paragraph: an integer programme.

The objective covers *concepts* (Gillick & Favre 2009, "A Scalable Global Model for Summarization",
doi:10.3115/1611638.1611640): a content word counts once however often it is chosen, weighted by
how often and how early the articles say it. To it comes each sentence's own salience, from its
place and from the encoder. Solved by HiGHS through SciPy, to within 0.01 % of the best and without
a time limit, so that the same story gives the same paragraph on a slow machine too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

CONCEPT_REACH = 3.0
"""A word's weight halves every so many paragraph lengths into its article."""
LEAD_REACH = 0.5
"""The same for the bonus of sentences near the top."""
SALIENCE = 0.3
"""The weight of all sentences' salience against all concepts'."""
CENTRALITY = 0.5
"""Of the encoder's part in a sentence's salience, where its place has 1."""
TOPIC = 2.0
"""Of the likeness to the reader's topic in a sentence's salience."""
NUMBER = 2.0
"""How much more a figure counts than a word."""
SAME = 0.9
"""Cosine and share of common concepts, added, from which two sentences say the same …"""
SHARED = 0.25
"""… if they share at least so much: to the encoder all sentences of a script that it does not know
look alike."""
NODES = 20_000
"""Branch-and-bound nodes after which the best paragraph found is taken (seldom over 100)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be chosen."""

    words: int
    offset: int
    """Words before it in its article."""
    concepts: frozenset[str]
    needs: int | None
    """Index of the candidate it cannot be understood without; itself where that is no candidate."""


def select(
    candidates: Sequence[Candidate],
    vectors: NDArray[np.float32],
    words: int,
    sentences: int,
    topic: NDArray[np.float32] | None = None,
) -> list[int]:
    """Indices of the chosen sentences, ascending; empty where none fits.

    Args:
        candidates: All of a story's, article by article.
        vectors: (candidates, dimensions), rows of unit length.
        words: At most so many in all.
        sentences: At most so many.
        topic: Unit vector of what the reader asked for.
    """
    if not candidates:
        return []
    length = np.array([c.words for c in candidates], dtype=float)
    offset = np.array([c.offset for c in candidates], dtype=float)
    weights = _concept_weights(candidates, offset, words)
    salience = _salience(vectors, offset, words, topic) * length / length.sum()
    gain = np.array(list(weights.values()))
    objective = np.concatenate([SALIENCE * gain.sum() * salience, gain])

    rules = _Rules(len(objective))
    rules.at_most(words, {i: c.words for i, c in enumerate(candidates)})
    rules.at_most(sentences, dict.fromkeys(range(len(candidates)), 1.0))
    holders: dict[str, list[int]] = defaultdict(list)
    for index, candidate in enumerate(candidates):
        for concept in candidate.concepts:
            holders[concept].append(index)
        if candidate.needs == index:
            rules.at_most(0, {index: 1.0})
        elif candidate.needs is not None:
            rules.at_most(0, {index: 1.0, candidate.needs: -1.0})
    for place, concept in enumerate(weights, start=len(candidates)):
        rules.at_most(0, {place: 1.0} | dict.fromkeys(holders[concept], -1.0))
    alike = vectors @ vectors.T
    for one, other in combinations(range(len(candidates)), 2):
        shared = _share(candidates[one].concepts, candidates[other].concepts)
        if shared >= SHARED and alike[one, other] + shared >= SAME:
            rules.at_most(1, {one: 1.0, other: 1.0})

    solved = milp(
        -objective,
        constraints=rules.constraint(),
        # The concepts' would be whole by themselves, but declared so HiGHS needs no second solver,
        # which in SciPy 1.17 writes to the terminal.
        integrality=np.ones(len(objective)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 1e-4, "node_limit": NODES},
    )
    if solved.x is None:
        raise RuntimeError(f"the choice of sentences found no solution: {solved.message}")
    return [index for index in range(len(candidates)) if solved.x[index] > 0.5]


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def _concept_weights(
    candidates: Sequence[Candidate], offset: NDArray[np.float64], words: int
) -> dict[str, float]:
    weights: dict[str, float] = defaultdict(float)
    earliness = 0.5 ** (offset / (CONCEPT_REACH * words))
    for candidate, early in zip(candidates, earliness, strict=True):
        for concept in sorted(candidate.concepts):
            figure = any(letter.isdigit() for letter in concept)
            weights[concept] += float(early) * (NUMBER if figure else 1.0)
    return weights


def _salience(
    vectors: NDArray[np.float32],
    offset: NDArray[np.float64],
    words: int,
    topic: NDArray[np.float32] | None,
) -> NDArray[np.float64]:
    lead = 0.5 ** (offset / (LEAD_REACH * words))
    centre = (vectors * (0.5 ** (offset / (CONCEPT_REACH * words)))[:, None]).sum(axis=0)
    centre /= max(float(np.linalg.norm(centre)), 1e-9)
    salience = lead + CENTRALITY * (vectors @ centre)
    if topic is not None:
        salience = salience + TOPIC * np.clip(vectors @ topic, 0, None)
    return np.asarray(salience, dtype=np.float64)


class _Rules:
    """Linear rules of the form: weighted sum of variables, at most a limit."""

    def __init__(self, variables: int) -> None:
        self._variables = variables
        self._limits: list[float] = []
        self._cells: list[tuple[int, int, float]] = []

    def at_most(self, limit: float, weights: dict[int, float]) -> None:
        row = len(self._limits)
        self._limits.append(limit)
        self._cells.extend((row, column, weight) for column, weight in weights.items())

    def constraint(self) -> LinearConstraint:
        rows, columns, values = zip(*self._cells, strict=True)
        shape = (len(self._limits), self._variables)
        return LinearConstraint(
            coo_array((values, (rows, columns)), shape).tocsr(), -np.inf, self._limits
        )
