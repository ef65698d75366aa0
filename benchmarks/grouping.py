"""Same event or not: pairs of news articles judged by people, and the sample newsroom's events.

Reads ``../shared/eval/same_event.jsonl.gz`` beside the repository: rows ``{"a", "b", "rating"}``, a
headline and a text each, with the mean rating from 1 (same event) to 4 (unrelated).
"""

from __future__ import annotations

import gzip
import json
import sys
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digest.editing.group import SAME_EVENT, group, likeness, opening
from digest.model import Article
from digest.sample.newsroom import load
from digest.summarize.models import Encoder

PAIRS = Path(__file__).resolve().parents[2] / "shared/eval/same_event.jsonl.gz"
SAME = 2.0
"""The rating up to which a pair counts as one event."""

Scores = NDArray[np.float32]


def f1(same: NDArray[np.bool_], found: NDArray[np.bool_]) -> tuple[float, float, float]:
    """F1, precision and recall of the pairs that were put together."""
    both = (same & found).sum()
    precision, recall = both / max(1, found.sum()), both / max(1, same.sum())
    return 2 * precision * recall / max(1e-9, precision + recall), precision, recall


def auc(same: NDArray[np.bool_], scores: Scores) -> float:
    """How often a pair of one event scores higher than a pair of two."""
    higher = scores[same][:, None] - scores[~same][None, :]
    return float((higher > 0).mean() + (higher == 0).mean() / 2)


def row(name: str, same: NDArray[np.bool_], scores: Scores) -> str:
    best = max((f1(same, scores >= limit)[0], limit) for limit in np.unique(scores))
    score, precision, recall = f1(same, scores >= SAME_EVENT)
    return (
        f"{name:<22}{score:7.3f}{precision:11.3f}{recall:8.3f}{auc(same, scores):8.3f}"
        f"{best[0]:9.3f} from {best[1]:.2f}"
    )


def article(text: str) -> Article:
    title, _, body = text.strip().partition("\n")
    return Article("", title, tuple(body.split("\n\n")))


def judged_pairs(encoder: Encoder) -> None:
    if not PAIRS.exists():
        sys.exit(f"skipped: there are no pairs to judge by at {PAIRS}")
    with gzip.open(PAIRS, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    same = np.array([row["rating"] <= SAME for row in rows])
    articles = [article(row[side]) for side in "ab" for row in rows]
    vectors = encoder.encode([opening(article) for article in articles])
    alike = likeness(articles, lambda _: vectors)
    count = len(rows)
    print(f"{count} pairs, {same.sum()} of one event; put together from {SAME_EVENT}\n")
    print(f"{'':<22}{'F1':>7}{'precision':>11}{'recall':>8}{'AUC':>8}{'best F1':>9}")
    print(row("the encoder's cosine", same, (vectors[:count] * vectors[count:]).sum(axis=1)))
    print(row("digest", same, alike.diagonal(count)))


def newsroom(encoder: Encoder) -> None:
    pieces = load(datetime(2026, 11, 17, 7, tzinfo=UTC)).pieces
    articles = [
        Article(piece.path, piece.title, piece.paragraphs, published=piece.published)
        for piece in pieces
    ]
    event_of = {
        index: number
        for number, event in enumerate(group(articles, encoder.encode))
        for index in event
    }
    pairs = list(combinations(range(len(pieces)), 2))
    same = np.array([pieces[one].event == pieces[other].event for one, other in pairs])
    found = np.array([event_of[one] == event_of[other] for one, other in pairs])
    score, precision, recall = f1(same, found)
    print(
        f"\nsample newsroom: {len(pieces)} articles, {len({p.event for p in pieces})} events, "
        f"{len(set(event_of.values()))} found; "
        f"F1 {score:.3f}, precision {precision:.3f}, recall {recall:.3f} over {len(pairs)} pairs"
    )


def main() -> None:
    encoder = Encoder()
    judged_pairs(encoder)
    newsroom(encoder)


if __name__ == "__main__":
    main()
