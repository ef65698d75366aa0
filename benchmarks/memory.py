"""The most memory that the default summarizer takes for an edition of 500 stories.

Peak resident set of this process after it has read the articles, after it has read the encoder's
weights, and after it has chosen sentences of all stories in one call, as a run does.

Reads ``../shared/eval/summaries_train.jsonl.gz`` beside the repository: rows ``{"id", "text"}``.
"""

from __future__ import annotations

import resource
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import cases
from digest.model import Article, Story
from digest.summarize.base import Brief
from digest.summarize.choosing.extractive import ExtractiveSummarizer
from digest.summarize.models import Encoder

ARTICLES = Path(__file__).resolve().parents[2] / "shared/eval/summaries_train.jsonl.gz"
STORIES = 500
ARTICLES_A_STORY = 2
"""More than one, so that the encoder reads them."""


def peak() -> float:
    """GB of the process until now; Linux counts in KiB and macOS in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def main() -> None:
    if not ARTICLES.exists():
        sys.exit(f"skipped: there are no articles to choose from at {ARTICLES}")
    articles = [
        Article(f"https://a.example/{number}", "", tuple(row["text"].split("\n\n")), language="en")
        for number, row in enumerate(
            islice(cycle(cases.read(ARTICLES)), STORIES * ARTICLES_A_STORY)
        )
    ]
    stories = [
        Story(tuple(articles[at : at + ARTICLES_A_STORY]), "")
        for at in range(0, len(articles), ARTICLES_A_STORY)
    ]
    print(f"{peak():.2f} GB with the articles of {STORIES} stories")
    encoder = Encoder()
    encoder.encode(["One sentence."])
    print(f"{peak():.2f} GB with the encoder")
    started = time.perf_counter()
    told = ExtractiveSummarizer(encoder).summarize(stories, Brief())
    seconds = time.perf_counter() - started
    assert all(summary.sentences for summary in told)
    print(f"{peak():.2f} GB after all stories, {1000 * seconds / STORIES:.0f} ms a story")


if __name__ == "__main__":
    main()
