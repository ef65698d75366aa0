"""What was tried for the extractive paragraph and is not shipped, beside what is.

    python benchmarks/trials.py

On the single articles of ``summaries.py``, in its folds: as they are, and without their first two
sentences. Each trial changes one thing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from unittest.mock import patch

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from digest.summarize.choosing import extractive, salience
from digest.summarize.choosing.salience import FEATURES, Salience, features
from digest.summarize.choosing.trim import trim
from digest.summarize.models import Encoder
from summaries import WORDS, folds_of, scores, stories_of, told_by_folds, without_opening
from train_salience import SETS, Lesson, lessons, rows

MORE_WORDS = 68
FEW_WORDS = 100
"""Articles of fewer words are not learned from once their opening is gone."""
_SAID = re.compile(
    r",\s+(?:(?:the|a|an|his|her|their|according)\s+)?(?:[\w'’.-]+\s+){0,6}"
    r"(?:said|says|told\s+\w+(?:\s+\w+)?|reported|reports|announced|added|confirmed)"
    r"(?:\s+(?:on\s+)?(?:\w+day|today))?\.$|,\s+according\s+to\s+[^,]{3,60}\.$"
)


class Trees:
    """In place of the two regressions: two forests of boosted trees."""

    def __init__(self, learned: Sequence[Lesson]) -> None:
        self._trees = {pairs: self._grown(learned, pairs) for pairs in (False, True)}

    def _grown(self, learned: Sequence[Lesson], pairs: bool) -> HistGradientBoostingRegressor:
        kinds = [lesson.found.pair == pairs for lesson in learned]
        table, told, weight = (
            np.concatenate(parts)
            for parts in zip(
                *(
                    (
                        lesson.found.table[kind, : len(FEATURES)],
                        lesson.told[kind],
                        np.full(kind.sum(), lesson.references),
                    )
                    for lesson, kind in zip(learned, kinds, strict=True)
                ),
                strict=True,
            )
        )
        return HistGradientBoostingRegressor(
            max_iter=120,
            learning_rate=0.05,
            max_leaf_nodes=8,
            min_samples_leaf=100,
            l2_regularization=10,
            random_state=0,
        ).fit(table, told, sample_weight=weight)

    def of(self, sentences: Sequence[str], words: Sequence[int], budget: int) -> dict[str, float]:
        found = features(sentences, words, budget)
        likely = np.zeros(len(found.concepts))
        for pairs, trees in self._trees.items():
            kind = found.pair == pairs
            if kind.any():
                likely[kind] = trees.predict(found.table[kind, : len(FEATURES)]).clip(0, 1)
        return dict(zip(found.concepts, likely.tolist(), strict=True))


def without_attribution(sentence: str, language: str = "en") -> str:
    """Also without who said it, where that stands at the end and nothing is quoted."""
    shorter = trim(sentence, language)
    return shorter if re.search(r"[\"“”„«»‘]", shorter) else _SAID.sub(".", shorter)


def main() -> None:
    if missing := [str(path) for path in SETS if not path.exists()]:
        sys.exit(f"skipped: there are no articles to judge by at {', '.join(missing)}")
    encoder = Encoder()
    judged, given = rows(SETS[:1]), rows(SETS)
    kinds = [judged, [without_opening(row) for row in judged]]

    def trial(
        name: str,
        parts: Sequence[tuple[list[int], Salience]],
        words: int = WORDS,
    ) -> None:
        told = [told_by_folds(stories_of(kind), parts, encoder, words) for kind in kinds]
        shown = [np.mean(scores(texts, judged), axis=0) for texts in told]
        print(name.ljust(40) + "".join(("{:7.1f}" * 4).format(*of) for of in shown), flush=True)

    print(f"{'':<40}{'as they are':>28}{'less two sentences':>28}")
    print("ROUGE-1, -2, -L and words")
    learned = lessons(given)
    shipped = folds_of(judged, given, learned)
    trial("as shipped", shipped)
    trial(f"at most {MORE_WORDS} words", shipped, words=MORE_WORDS)
    with patch.object(salience, "directions", encoder.encode):
        trial("the encoder in place of words", folds_of(judged, given, lessons(given)))
    trial("boosted trees in place of regressions", folds_of(judged, given, learned, Trees))
    short = [row for row in map(without_opening, given) if len(row["text"].split()) > FEW_WORDS]
    both = folds_of(judged, [*given, *short], [*learned, *lessons(short)])
    trial("learned without openings as well", both)
    with patch.object(extractive, "trim", without_attribution):
        said_by_nobody = folds_of(judged, given, lessons(given))
        trial("without who said it, at the end", said_by_nobody)


if __name__ == "__main__":
    main()
