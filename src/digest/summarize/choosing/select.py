"""Which sentences of a story make its paragraph: an integer programme.

The objective covers *concepts* (Gillick & Favre 2009, "A Scalable Global Model for Summarization",
doi:10.3115/1611638.1611640): what a concept is worth counts once, however often it is chosen, so
that nothing is said twice for its own sake. Solved by HiGHS through SciPy, to within 0.01 % of the
best and without a time limit, so that the same story gives the same paragraph on a slow machine
too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

NODES = 20_000
"""Branch-and-bound nodes after which the best paragraph found is taken (seldom over 100)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be chosen."""

    words: int
    concepts: frozenset[str]
    """What it says."""
    needs: int | None
    """Index of the candidate it cannot be understood without; itself where that is no candidate."""
    bonus: float = 0.0
    """What it is worth besides its concepts."""
    article: int = 0
    """Which one it stands in."""


def select(
    candidates: Sequence[Candidate],
    worth: Mapping[str, float],
    same: Iterable[tuple[int, int]],
    words: int,
    sentences: int,
) -> list[int]:
    """Indices of the chosen sentences, ascending; empty where none fits or none is worth its place.

    Args:
        candidates: All of a story's.
        worth: Of each concept; one that is not there is worth nothing.
        same: Pairs of candidates of which one says what the other says.
        words: At most so many in all.
        sentences: At most so many. Of several articles none gives all of these: one place is kept
            for another outlet.
    """
    if not candidates:
        return []
    own = np.array([candidate.bonus for candidate in candidates])
    holders: dict[str, list[int]] = defaultdict(list)
    for index, candidate in enumerate(candidates):
        # In a fixed order: sums of floats depend on it.
        for concept in sorted(candidate.concepts & worth.keys()):
            holders[concept].append(index)
    # Concepts that the same sentences have are one variable, and those that one sentence has, none.
    shared: dict[tuple[int, ...], float] = defaultdict(float)
    for concept, at in holders.items():
        if len(at) == 1:
            own[at[0]] += worth[concept]
        else:
            shared[tuple(at)] += worth[concept]

    objective = np.concatenate([own, list(shared.values())])
    rules = _Rules(len(objective))
    rules.at_most(words, {i: candidate.words for i, candidate in enumerate(candidates)})
    rules.at_most(sentences, dict.fromkeys(range(len(candidates)), 1.0))
    for index, candidate in enumerate(candidates):
        if candidate.needs == index:
            rules.at_most(0, {index: 1.0})
        elif candidate.needs is not None:
            rules.at_most(0, {index: 1.0, candidate.needs: -1.0})
    by_article: dict[int, dict[int, float]] = defaultdict(dict)
    for index, candidate in enumerate(candidates):
        by_article[candidate.article][index] = 1.0
    if sentences > 1 and len(by_article) > 1:
        for own_sentences in by_article.values():
            rules.at_most(sentences - 1, own_sentences)
    for place, group in enumerate(shared, start=len(candidates)):
        rules.at_most(0, {place: 1.0} | dict.fromkeys(group, -1.0))
    for one, other in same:
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
