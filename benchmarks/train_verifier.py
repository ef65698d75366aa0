"""Learns how likely a source says a sentence, and writes ``weights/verifier.json``.

    python benchmarks/train_verifier.py [SUMMARIES.jsonl[.gz] …]

Rows are ``{"source", "summary", "supported"}``: a text, a summary of it, and whether people found
that the text supports it. Without arguments it reads the set beside the repository with which the
shipped weights were made. It learns from the summaries all of whose numbers, dates, names and
quotations are in the source, since the others fail without being asked. Only whole summaries are
labelled: one is taken to be as likely as the least likely of its sentences.

How good the verdicts are: ``verification.py``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

import cases
from digest.summarize.models import Encoder
from digest.summarize.reading.facts import Passage
from digest.summarize.reading.sentences import split
from digest.summarize.regression import Regression, Term
from digest.summarize.verifying.traits import ALIKE, FOUND, FUSED, VERBATIM, KnownSentences
from digest.summarize.verifying.verify import Calibration, Rules

CASES = Path(__file__).resolve().parents[2] / "shared/eval/support.jsonl.gz"
WEIGHTS = Path(__file__).resolve().parents[1] / "src/digest/summarize/weights/verifier.json"
RIDGE = 1.0
"""What the squares of the weights cost: between 0.3 and 5 it makes no difference."""
HELPS = {FOUND: 1, VERBATIM: 1, FUSED: -1, ALIKE: 1}
"""Which way a trait may count; the few cases there are must not teach the contrary."""
BY_WORDS = (FOUND, VERBATIM, FUSED)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A summary with what is known of it."""

    source: str
    supported: bool
    has_facts: bool
    """Whether the source has all its facts."""
    traits: tuple[dict[str, float], ...]
    """Of each sentence; not empty."""


def lesson(row: dict[str, Any], encoder: Encoder | None) -> Lesson:
    """What can be learned from a row; without an encoder nothing about meaning."""
    source, claims = row["source"], split(row["summary"])
    parts = split(source)
    rules = Rules([Passage(source)], parts)
    traits = KnownSentences(parts, encoder=encoder).traits(claims)
    return Lesson(
        source,
        row["supported"],
        not any(reason for claim in claims for reason in rules.against(claim)),
        tuple(each.figures for each in traits),
    )


def learn(lessons: Sequence[Lesson]) -> Calibration:
    """Both regressions, and the probability from which a sentence counts as supported."""
    clean = [each for each in lessons if each.has_facts]
    by_words = regression(clean, BY_WORDS)
    with_meaning = regression(clean, tuple(HELPS)) if ALIKE in clean[0].traits[0] else by_words
    balanced = float(np.mean([each.supported for each in lessons]))
    return Calibration(by_words, with_meaning, balanced)


def regression(lessons: Sequence[Lesson], names: Sequence[str]) -> Regression:
    """The one that makes the labels likeliest, with weights that cost ``RIDGE``."""
    given = np.array([[t[name] for name in names] for each in lessons for t in each.traits])
    owner = np.repeat(np.arange(len(lessons)), [len(each.traits) for each in lessons])
    told = np.array([each.supported for each in lessons], dtype=float)
    mean, scale = given.mean(axis=0), given.std(axis=0)
    scale[scale == 0] = 1.0
    table = np.column_stack([np.ones(len(given)), (given - mean) / scale])
    starts = np.flatnonzero(np.diff(owner, prepend=-1))

    def loss(weights: Floats) -> tuple[float, Floats]:
        logits = table @ weights
        # The least likely sentence of each summary speaks for it.
        parts = np.split(logits, starts[1:])
        least = starts + np.array([np.argmin(part) for part in parts])
        logit = logits[least]
        miss = 1 / (1 + np.exp(-logit)) - told
        cost = np.concatenate([[0.0], weights[1:]])
        value = float((np.logaddexp(0, logit) - told * logit).sum() + RIDGE * cost @ cost)
        return value, table[least].T @ miss + 2 * RIDGE * cost

    bounds = [(None, None), *((0, None) if HELPS[name] > 0 else (None, 0) for name in names)]
    start = np.zeros(table.shape[1])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    terms = (Term(*map(float, row)) for row in zip(mean, scale, best[1:], strict=True))
    return Regression(float(best[0]), dict(zip(names, terms, strict=True)))


def main(paths: Sequence[str]) -> None:
    given = [Path(path) for path in paths] or [CASES]
    if missing := [str(path) for path in given if not path.exists()]:
        sys.exit(f"skipped: there are no labelled summaries at {', '.join(missing)}")
    encoder = Encoder()
    learned = learn([lesson(row, encoder) for row in cases.read(*given)])
    WEIGHTS.write_text(json.dumps(learned.to_json(), indent=1) + "\n")
    print(f"{WEIGHTS.name} written")


if __name__ == "__main__":
    main(sys.argv[1:])
