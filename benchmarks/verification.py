"""How well ``verify`` tells supported summaries from unsupported ones.

    python benchmarks/verification.py [SUMMARIES.jsonl[.gz] …]

On summaries by BART and PEGASUS that people labelled, rows as ``train_verifier.py`` reads them:
balanced accuracy, the mean of the parts of either kind that are recognised. The regression is
learned on nine tenths of the articles and judged on the tenth, so that no figure is of summaries
that it has seen, and averaged over several divisions; two summaries of one article are never on
both sides. The rules for facts were shaped while looking at these very summaries, so expect less on
others.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cases import read
from digest.summarize.gate import DEMAND
from digest.summarize.models import Encoder
from digest.summarize.reading.facts import Passage
from digest.summarize.reading.sentences import split
from digest.summarize.regression import Regression
from digest.summarize.verifying.traits import FOUND
from digest.summarize.verifying.verify import Calibration, Demand, Verifier, as_people_judge
from train_verifier import BY_WORDS, CASES, HELPS, Lesson, learn, lesson

FOLDS = 10
DIVISIONS = 10

Flags = NDArray[np.bool_]


def accuracy(said: Flags, true: Flags) -> NDArray[np.float64]:
    """Balanced accuracy, the part of the supported kept, the part of the unsupported caught."""
    kept, caught = said[true].mean(), (~said[~true]).mean()
    return np.array([(kept + caught) / 2, kept, caught])


def words_in_source(source: str, summary: str) -> bool:
    """The rule to beat: every number and every capitalised word of the summary is in the source."""
    told = re.findall(r"\d[\d.,]*\d|\d|\b[A-Z]\w*", summary)
    given = set(re.findall(r"\d[\d.,]*\d|\d|\w+", source.lower()))
    return all(word.lower() in given for word in told)


def holds(case: Lesson, model: Regression, demand: Demand) -> bool:
    """Whether all its sentences count as supported."""
    return case.has_facts and all(
        traits[FOUND] >= demand.found and model.probability(traits) >= demand.likely
        for traits in case.traits
    )


def cross_validated(
    cases: Sequence[Lesson], pick: Callable[[Calibration], Regression]
) -> NDArray[np.float64]:
    """Accuracy on articles that the regression was not learned on, over several divisions."""
    true = np.array([case.supported for case in cases])
    article = np.unique([case.source for case in cases], return_inverse=True)[1]
    results = []
    for seed in range(DIVISIONS):
        fold = np.random.default_rng(seed).permutation(article.max() + 1)[article] % FOLDS
        said = np.zeros_like(true)
        for held_out in range(FOLDS):
            learned = learn([case for case, f in zip(cases, fold, strict=True) if f != held_out])
            for index in np.flatnonzero(fold == held_out):
                demand = Demand(as_people_judge().found, learned.balanced)
                said[index] = holds(cases[index], pick(learned), demand)
        results.append(accuracy(said, true))
    return np.mean(results, axis=0)


def as_shipped(
    given: Sequence[dict[str, Any]], verifier: Verifier, demand: Demand | None = None
) -> tuple[Flags, float]:
    """Whether each summary is supported, and the milliseconds that one took."""
    started = time.perf_counter()
    said = [
        verifier.verify([Passage(row["source"])], split(row["summary"]), demand=demand).supported
        for row in given
    ]
    return np.array(said), 1000 * (time.perf_counter() - started) / len(given)


def main(paths: Sequence[str]) -> None:
    files = [Path(path) for path in paths] or [CASES]
    if missing := [str(path) for path in files if not path.exists()]:
        sys.exit(f"skipped: there are no labelled summaries at {', '.join(missing)}")
    given = read(*files)
    encoder = Encoder()
    cases = [lesson(row, encoder) for row in given]
    true = np.array([case.supported for case in cases])
    plain, milliseconds = as_shipped(given, Verifier())
    meant, with_encoder = as_shipped(given, Verifier(encoder))
    strict, _ = as_shipped(given, Verifier(), DEMAND)
    found = np.array([words_in_source(row["source"], row["summary"]) for row in given])
    results = {
        "every number and capitalised word in the source": accuracy(found, true),
        "its facts are there, and none is turned round": accuracy(
            np.array([case.has_facts for case in cases]), true
        ),
        f"… and {len(BY_WORDS)} traits by {FOLDS}-fold": cross_validated(
            cases, lambda learned: learned.by_words
        ),
        f"… and {len(HELPS)}, with the encoder, by {FOLDS}-fold": cross_validated(
            cases, lambda learned: learned.with_meaning
        ),
        "as shipped (learned on these)": accuracy(plain, true),
        "as shipped, with the encoder": accuracy(meant, true),
        "as shipped, as strict as what is published": accuracy(strict, true),
    }
    print(f"{len(cases)} summaries, {true.sum()} supported\n")
    print(f"{'':<50}{'balanced':>9}{'kept':>7}{'caught':>8}")
    for name, (balanced, kept, caught) in results.items():
        print(f"{name:<50}{balanced:9.3f}{kept:7.0%}{caught:8.0%}")
    print(f"\n{milliseconds:.1f} ms a summary, {with_encoder:.0f} ms with the encoder")


if __name__ == "__main__":
    main(sys.argv[1:])
