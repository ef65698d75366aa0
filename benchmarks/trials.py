"""What was tried for the extractive paragraph and is not shipped, beside what is.

    python benchmarks/trials.py

On the single articles of ``summaries.py``, in its folds: as they are, and without their first two
sentences. Each trial changes one thing.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Sequence
from unittest.mock import patch

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from digest.model import Story
from digest.summarize import extractive
from digest.summarize.base import Brief
from digest.summarize.concepts import concepts, is_pair
from digest.summarize.extractive import ExtractiveSummarizer
from digest.summarize.models import Encoder, Vectors
from digest.summarize.salience import FEATURES, Salience, features
from digest.summarize.trim import trim
from summaries import FOLDS, WORDS, Row, scores, stories_of, without_opening
from train_salience import SETS, Lesson, learn, lessons, rows

MORE_WORDS = 68
FEW_WORDS = 100
"""Articles of fewer words are not learned from once their opening is gone."""
_SAID = re.compile(
    r",\s+(?:(?:the|a|an|his|her|their|according)\s+)?(?:[\w'’.-]+\s+){0,6}"
    r"(?:said|says|told\s+\w+(?:\s+\w+)?|reported|reports|announced|added|confirmed)"
    r"(?:\s+(?:on\s+)?(?:\w+day|today))?\.$|,\s+according\s+to\s+[^,]{3,60}\.$"
)


class Hashed:
    """In place of the encoder: the words of a text, hashed into as many numbers."""

    name = "hashed words"
    loaded = True

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), 384), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for concept in {each for each in concepts(text) if not is_pair(each)}:
                number = int.from_bytes(hashlib.sha256(concept.encode()).digest()[:8])
                row[number % 384] += 1 if number >> 32 & 1 else -1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


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

    def of(
        self, sentences: Sequence[str], words: Sequence[int], vectors: Vectors, budget: int
    ) -> dict[str, float]:
        found = features(sentences, words, vectors, budget)
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


Learner = Callable[[Sequence[Lesson]], Salience | Trees]


def trial(
    name: str,
    judged: Sequence[Row],
    encoder: Encoder | Hashed,
    learner: Learner = learn,
    words: int = WORDS,
    also: Sequence[Lesson | None] = (),
) -> None:
    """Learn and tell by folds, and print what ROUGE says."""
    given = rows(SETS)
    learned = lessons(given, encoder)
    places = {row["id"]: at for at, row in enumerate(judged)}
    fold = np.random.default_rng(0).permutation(len(judged)) % FOLDS
    kinds = [list(judged), [without_opening(row) for row in judged]]
    told = [[""] * len(judged) for _ in kinds]
    for number in range(FOLDS):
        inside = np.flatnonzero(fold == number).tolist()
        others = [at for at, row in enumerate(given) if places.get(row["id"]) not in inside]
        more = [lesson for at in others if also and (lesson := also[at])]
        salience = learner([*(learned[at] for at in others), *more])
        summarizer = ExtractiveSummarizer(encoder, salience)
        for texts, kind in zip(told, kinds, strict=True):
            stories: list[Story] = stories_of([kind[at] for at in inside])
            made = summarizer.summarize(stories, Brief(words=words))
            for at, summary in zip(inside, made, strict=True):
                texts[at] = summary.text
    shown = [np.mean(scores(texts, judged), axis=0) for texts in told]
    print(name.ljust(40) + "".join(("{:7.1f}" * 4).format(*of) for of in shown), flush=True)


def main() -> None:
    if missing := [str(path) for path in SETS if not path.exists()]:
        sys.exit(f"skipped: there are no articles to judge by at {', '.join(missing)}")
    encoder = Encoder()
    judged = rows(SETS[:1])
    print(f"{'':<40}{'as they are':>28}{'less two sentences':>28}")
    print(f"{'ROUGE-1, -2, -L and words':<40}")
    trial("as shipped", judged, encoder)
    trial(f"at most {MORE_WORDS} words", judged, encoder, words=MORE_WORDS)
    trial("words in place of the encoder", judged, Hashed())
    trial("boosted trees in place of regressions", judged, encoder, Trees)
    short = [without_opening(row) for row in rows(SETS)]
    usable = [len(row["text"].split()) > FEW_WORDS for row in short]
    found = iter(lessons([row for row, use in zip(short, usable, strict=True) if use], encoder))
    also = [next(found) if use else None for use in usable]
    trial("learned without openings as well", judged, encoder, also=also)
    with patch.object(extractive, "trim", without_attribution):
        trial("without who said it, at the end", judged, encoder)


if __name__ == "__main__":
    main()
