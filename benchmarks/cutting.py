"""What is left of an article that is too long for a model: the most salient sentences or the first.

Of the words that people wrote in their paragraphs about it, without those that every text has, and
of their pairs of neighbouring words: the part that is still there to be read. Measured on whole
articles, and on articles without their first two sentences, which do not open with the news.

Reads ``../shared/eval/summaries.jsonl.gz`` beside the repository: rows ``{"text", "references"}``.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

import cases
from digest.model import Article, Story
from digest.summarize.reading.sentences import split
from digest.summarize.reading.words import FUNCTION_WORDS
from digest.summarize.writing.excerpts import cut

ARTICLES = Path(__file__).resolve().parents[2] / "shared/eval/summaries.jsonl.gz"
SHARES = (0.25, 0.5)
"""Of an article's words that there is room for."""


def lengths(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def most_salient(sentences: Sequence[str], room: int) -> str:
    article = Article("https://a.example", "", tuple(sentences), language="en")
    return " ".join(excerpt.text for excerpt in cut(Story((article,), ""), room, lengths))


def first(sentences: Sequence[str], room: int) -> str:
    ends = np.cumsum(lengths(sentences))
    return " ".join(sentences[: int(np.searchsorted(ends, room, side="right"))])


def left(text: str, reference: str) -> tuple[float, float]:
    """The part of the reference's words, and of its pairs of words, that the text has."""
    ours, theirs = (re.findall(r"\w+", words.casefold()) for words in (text, reference))
    wanted = Counter(word for word in theirs if word not in FUNCTION_WORDS)
    return _part(Counter(ours), wanted), _part(Counter(pairwise(ours)), Counter(pairwise(theirs)))


def _part(ours: Counter[Hashable], wanted: Counter[Hashable]) -> float:
    return 100 * (ours & wanted).total() / max(1, wanted.total())


def main() -> None:
    if not ARTICLES.exists():
        sys.exit(f"skipped: there are no articles to judge by at {ARTICLES}")
    rows = cases.read(ARTICLES)
    print(f"{'':<38}{'first':>14}{'most salient':>16}")
    print(f"{'':<38}{'words  pairs':>14}{'words  pairs':>16}")
    for skipped, name in ((0, "whole articles"), (2, "without their first two sentences")):
        for share in SHARES:
            shown = []
            for way in (first, most_salient):
                scores = []
                for row in rows:
                    sentences = split(row["text"])[skipped:]
                    text = way(sentences, int(share * sum(lengths(sentences))))
                    scores.append(np.mean([left(text, r) for r in row["references"]], axis=0))
                words, pairs = np.mean(scores, axis=0)
                shown.append(f"{words:.1f}   {pairs:.1f}")
            print(f"{name}, {share:.0%}".ljust(38) + f"{shown[0]:>14}{shown[1]:>16}")


if __name__ == "__main__":
    main()
