"""Paragraphs in 60 words against those of paid writers: ROUGE of the extractive one and the lead.

Reads ``../shared/eval/summaries.jsonl.gz`` beside the repository: rows ``{"text", "references"}``.
"""

from __future__ import annotations

import gzip
import json
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from digest.model import Article, Story
from digest.summarize.base import Brief
from digest.summarize.extractive import ExtractiveSummarizer
from digest.summarize.models import Encoder
from digest.summarize.sentences import count_words, split_paragraphs

ARTICLES = Path(__file__).resolve().parents[2] / "shared/eval/summaries.jsonl.gz"
WORDS = 60


def rouge(found: str, reference: str) -> tuple[float, float, float]:
    """F of ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004, "ROUGE: A Package for Automatic Evaluation of
    Summaries", https://aclanthology.org/W04-1013): common words, common pairs of neighbours, and
    the longest common subsequence. Words are folded and not stemmed.
    """
    ours, theirs = (re.findall(r"\w+", text.casefold()) for text in (found, reference))
    return (
        _f(*map(Counter, (ours, theirs))),
        _f(*(Counter(pairwise(words)) for words in (ours, theirs))),
        2 * _longest_common(ours, theirs) / max(1, len(ours) + len(theirs)),
    )


def _f(ours: Counter[Hashable], theirs: Counter[Hashable]) -> float:
    return 2 * (ours & theirs).total() / max(1, ours.total() + theirs.total())


def _longest_common(ours: Sequence[str], theirs: Sequence[str]) -> int:
    lengths = [0] * (len(theirs) + 1)
    for word in ours:
        before = 0
        for place, other in enumerate(theirs, start=1):
            kept = lengths[place]
            lengths[place] = before + 1 if word == other else max(kept, lengths[place - 1])
            before = kept
    return lengths[-1]


def lead_words(article: Article) -> str:
    """Its first words, though a sentence be cut: how the lead is most often measured."""
    return " ".join(article.text.split()[:WORDS])


def lead_sentences(article: Article) -> str:
    """Its first sentences, as many as fit whole."""
    chosen: list[str] = []
    for _, sentence in split_paragraphs(article.paragraphs):
        if count_words(" ".join([*chosen, sentence])) > WORDS:
            break
        chosen.append(sentence)
    return " ".join(chosen)


def main() -> None:
    if not ARTICLES.exists():
        sys.exit(f"skipped: there are no articles to judge by at {ARTICLES}")
    with gzip.open(ARTICLES, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    articles = [Article(row["id"], "", tuple(row["text"].split("\n\n"))) for row in rows]
    extractive = ExtractiveSummarizer(Encoder())
    stories = [Story((article,), "") for article in articles]
    start = time.monotonic()
    summaries = extractive.summarize(stories, Brief(words=WORDS))
    spent = (time.monotonic() - start) / len(rows)
    print(f"{len(rows)} articles, {WORDS} words, {spent:.2f} s an article\n")
    print(f"{'':<17}{'ROUGE-1':>9}{'ROUGE-2':>9}{'ROUGE-L':>9}{'words':>7}")
    for name, texts in (
        ("first words", [lead_words(article) for article in articles]),
        ("first sentences", [lead_sentences(article) for article in articles]),
        ("extractive", [summary.text for summary in summaries]),
    ):
        # The mean over an article's writers, then over the articles.
        one, two, longest = 100 * np.mean(
            [
                np.mean([rouge(text, reference) for reference in row["references"]], axis=0)
                for text, row in zip(texts, rows, strict=True)
            ],
            axis=0,
        )
        words = statistics.mean(map(count_words, texts))
        print(f"{name:<17}{one:9.1f}{two:9.1f}{longest:9.1f}{words:7.0f}")


if __name__ == "__main__":
    main()
