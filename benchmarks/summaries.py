"""Paragraphs against those of paid writers: ROUGE of the extractive one and of the lead.

    python benchmarks/summaries.py                       # single articles, 60 words
    python benchmarks/summaries.py --stories FILE.jsonl  # stories of many articles, 100 words

Single articles are read from the set beside the repository: rows ``{"text", "references"}``. No
article is told with weights that were learned from it: they are learned anew for each fold. Stories
are rows ``{"articles": [text, …], "references": [text, …]}``, such as the sets of the Document
Understanding Conferences, which are given on request only; measured is recall, as there.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rouge_score.rouge_scorer import RougeScorer

from digest.model import Article, Story
from digest.summarize.base import Brief
from digest.summarize.choosing.extractive import ExtractiveSummarizer
from digest.summarize.choosing.salience import Salience, shipped
from digest.summarize.models import Encoder
from digest.summarize.reading.sentences import count_words, split_paragraphs
from train_salience import SETS, Lesson, article, learn, lessons, rows

WORDS = 60
STORY_WORDS = 100
FOLDS = 6
OPENING = 2
"""Sentences taken away where an article shall not open with the news."""

Row = dict[str, object]
SCORER = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)


def rouge(found: str, references: Sequence[str], measure: str = "fmeasure") -> list[float]:
    """ROUGE-1, -2 and -L in per cent (Lin 2004, https://aclanthology.org/W04-1013), stemmed, the
    mean over the references; and how many words there are."""
    scores = [SCORER.score(reference, found) for reference in references]
    return [
        100 * float(np.mean([getattr(score[kind], measure) for score in scores]))
        for kind in ("rouge1", "rouge2", "rougeL")
    ] + [count_words(found)]


def first_words(told: Article, words: int = WORDS) -> str:
    """Its first words, though a sentence be cut: how the lead is most often measured."""
    return " ".join(told.text.split()[:words])


def first_sentences(told: Article) -> str:
    """Its first sentences, as many as fit whole."""
    chosen: list[str] = []
    for _, sentence in split_paragraphs(told.paragraphs):
        if count_words(" ".join([*chosen, sentence])) > WORDS:
            break
        chosen.append(sentence)
    return " ".join(chosen)


def stories_of(given: Sequence[Row]) -> list[Story]:
    """Each article by itself."""
    return [Story((article(row),), "") for row in given]


def told(
    stories: Sequence[Story], encoder: Encoder, salience: Salience, words: int = WORDS
) -> list[str]:
    """Their paragraphs."""
    made = ExtractiveSummarizer(encoder, salience).summarize(stories, Brief(words=words))
    return [summary.text for summary in made]


def scores(texts: Sequence[str], judged: Sequence[Row]) -> list[list[float]]:
    """``rouge`` of each."""
    return [rouge(text, row["references"]) for text, row in zip(texts, judged, strict=True)]


def without_opening(row: Row) -> Row:
    """The same article without its first sentences."""
    sentences = split_paragraphs(article(row).paragraphs)[OPENING:]
    paragraphs: dict[int, list[str]] = {}
    for paragraph, sentence in sentences:
        paragraphs.setdefault(paragraph, []).append(sentence)
    return row | {"text": "\n\n".join(" ".join(part) for part in paragraphs.values())}


def folds_of(
    judged: Sequence[Row],
    given: Sequence[Row],
    learned: Sequence[Lesson],
    learner: Callable[[Sequence[Lesson]], Salience] = learn,
) -> list[tuple[list[int], Salience]]:
    """Parts of the articles, each with what was learned from the lessons of all others.

    ``given`` are the articles of ``learned``, one for each lesson.
    """
    places = {row["id"]: at for at, row in enumerate(judged)}
    fold = np.random.default_rng(0).permutation(len(judged)) % FOLDS
    parts = []
    for number in range(FOLDS):
        inside = np.flatnonzero(fold == number).tolist()
        others = [
            lesson
            for row, lesson in zip(given, learned, strict=True)
            if places.get(row["id"]) not in inside
        ]
        parts.append((inside, learner(others)))
    return parts


def told_by_folds(
    stories: Sequence[Story],
    parts: Sequence[tuple[list[int], Salience]],
    encoder: Encoder,
    words: int = WORDS,
) -> list[str]:
    """Each paragraph with what was learned from other articles."""
    texts = [""] * len(stories)
    for inside, salience in parts:
        made = told([stories[at] for at in inside], encoder, salience, words)
        for at, text in zip(inside, made, strict=True):
            texts[at] = text
    return texts


def table(name: str, methods: dict[str, list[list[float]]]) -> None:
    print(f"\n{name:<22}{'ROUGE-1':>9}{'ROUGE-2':>9}{'ROUGE-L':>9}{'words':>7}")
    for method, found in methods.items():
        one, two, longest, words = np.mean(found, axis=0)
        print(f"{method:<22}{one:9.1f}{two:9.1f}{longest:9.1f}{words:7.1f}")


def single_articles() -> None:
    encoder = Encoder()
    judged = rows(SETS[:1])
    given = rows(SETS)
    parts = folds_of(judged, given, lessons(given))
    kinds: dict[str, Callable[[Row], Row]] = {
        "as they are": lambda row: row,
        f"less {OPENING} sentences": without_opening,
    }
    for name, change in kinds.items():
        stories = stories_of([change(row) for row in judged])
        start = time.monotonic()
        texts = told_by_folds(stories, parts, encoder)
        spent = (time.monotonic() - start) / len(stories)
        methods = {
            "first words": [first_words(story.lead) for story in stories],
            "first sentences": [first_sentences(story.lead) for story in stories],
            "extractive": texts,
            "(learned from them)": told(stories, encoder, shipped()),
        }
        table(name, {method: scores(of, judged) for method, of in methods.items()})
        print(f"{len(stories)} articles, {spent:.2f} s an article")


def many_articles(path: Path) -> None:
    given = [json.loads(line) for line in path.read_text().splitlines()]
    stories = [
        Story(
            tuple(
                replace(article({"text": text}), url=f"https://news.example/{number}")
                for number, text in enumerate(row["articles"])
            ),
            "",
        )
        for row in given
    ]
    start = time.monotonic()
    made = ExtractiveSummarizer(Encoder()).summarize(stories, Brief(STORY_WORDS, sentences=10))
    spent = (time.monotonic() - start) / len(stories)
    methods = {
        "first words": [first_words(story.lead, STORY_WORDS) for story in stories],
        "extractive": [summary.text for summary in made],
    }
    table(
        "recall",
        {
            method: [
                rouge(t, row["references"], "recall") for t, row in zip(of, given, strict=True)
            ]
            for method, of in methods.items()
        },
    )
    print(f"{len(stories)} stories, {spent:.2f} s a story")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=Path, help="judge by stories of many articles")
    stories = parser.parse_args().stories
    if stories:
        many_articles(stories)
    elif missing := [str(path) for path in SETS if not path.exists()]:
        sys.exit(f"skipped: there are no articles to judge by at {', '.join(missing)}")
    else:
        single_articles()


if __name__ == "__main__":
    main()
