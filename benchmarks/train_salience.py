"""Learns what a paragraph about an article holds, and writes ``weights/salience.json``.

    python benchmarks/train_salience.py [ARTICLES.jsonl[.gz] …]

Rows are ``{"text", "references"}``: an article, its paragraphs parted by an empty line, and one or
more paragraphs that people wrote about it. Without arguments it reads the two sets beside the
repository with which the shipped weights were made. How good they are: ``summaries.py``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

import cases
from digest.model import Article, Story
from digest.summarize.choosing.concepts import concepts
from digest.summarize.choosing.extractive import worth_choosing
from digest.summarize.choosing.salience import COLUMNS, Features, Floats, Salience, features
from digest.summarize.regression import Regression, Term

SHARED = Path(__file__).resolve().parents[2] / "shared/eval"
SETS = (SHARED / "summaries.jsonl.gz", SHARED / "summaries_train.jsonl.gz")
WEIGHTS = Path(__file__).resolve().parents[1] / "src/digest/summarize/weights/salience.json"
NOT_PARAGRAPHS = "xsum-"
"""Rows whose references are one sentence that says what the article does not: nothing to learn."""
RIDGE = 100.0
"""What the squares of the weights cost: between 30 and 400 it makes no difference."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """An article's concepts with the part of its references that have each."""

    found: Features
    told: Floats
    """(concepts,) from 0 to 1."""
    references: int


def rows(paths: Iterable[Path]) -> list[dict[str, object]]:
    """Of all files, without those that are no paragraphs."""
    return [row for row in cases.read(*paths) if not row.get("id", "").startswith(NOT_PARAGRAPHS)]


def article(row: dict[str, object]) -> Article:
    """The article of a row."""
    return Article(str(row.get("id", "")), "", tuple(str(row["text"]).split("\n\n")))


def lessons(given: Iterable[dict[str, object]]) -> list[Lesson]:
    """What can be learned from each row, in order."""
    learned = []
    for row in given:
        sentences = worth_choosing(Story((article(row),), ""))
        found = features([s.trimmed for s in sentences], [s.words for s in sentences])
        told = [frozenset(concepts(reference)) for reference in row["references"]]
        share = [sum(c in each for each in told) / len(told) for c in found.concepts]
        learned.append(Lesson(found, np.array(share), len(told)))
    return learned


def learn(from_: Sequence[Lesson]) -> Salience:
    """Both regressions. An article counts as often as it has references."""
    return Salience(_regression(from_, pairs=False), _regression(from_, pairs=True))


def _regression(from_: Sequence[Lesson], *, pairs: bool) -> Regression:
    tables, shares, references = [], [], []
    for lesson in from_:
        kind = lesson.found.pair == pairs
        tables.append(lesson.found.table[kind])
        shares.append(lesson.told[kind])
        references.append(np.full(kind.sum(), lesson.references, dtype=float))
    given, told, counts = map(np.concatenate, (tables, shares, references))
    counts /= counts.mean()
    mean, scale = given.mean(axis=0), given.std(axis=0)
    scale[scale == 0] = 1.0
    table = np.column_stack([np.ones(len(given)), (given - mean) / scale])

    def loss(weights: Floats) -> tuple[float, Floats]:
        logit = table @ weights
        miss = 1 / (1 + np.exp(-logit)) - told
        cost = np.concatenate([[0.0], weights[1:]])
        value = counts @ (np.logaddexp(0, logit) - told * logit) + RIDGE * cost @ cost
        return float(value), table.T @ (counts * miss) + 2 * RIDGE * cost

    # Two or three digits more than the weights are written with.
    options = {"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-6}
    start = np.zeros(table.shape[1])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    rows = zip(mean.tolist(), scale.tolist(), best[1:].tolist(), strict=True)
    return Regression(float(best[0]), {n: Term(*row) for n, row in zip(COLUMNS, rows, strict=True)})


def main(paths: Sequence[str]) -> None:
    given = [Path(path) for path in paths] or list(SETS)
    if missing := [str(path) for path in given if not path.exists()]:
        sys.exit(f"skipped: there are no articles to learn from at {', '.join(missing)}")
    learned = learn(lessons(rows(given)))
    told = {"words": learned.words.to_json(), "pairs": learned.pairs.to_json()}
    WEIGHTS.write_text(json.dumps(told, indent=1) + "\n")
    print(f"{WEIGHTS.name} written")


if __name__ == "__main__":
    main(sys.argv[1:])
