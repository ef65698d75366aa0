"""What it brings that a model may write names and numbers only as they stand in the source.

The packaged chat model on news articles, left alone and as shipped: ROUGE, the share of its
sentences that pass verification, and ROUGE of those that do. Needs the extra smollm2.

Reads ``../shared/eval/summaries.jsonl.gz`` beside the repository: rows ``{"text", "references"}``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from transformers.utils import logging

import cases
from digest.model import Article, Story, UsageError
from digest.summarize.base import Brief
from digest.summarize.checkpoints import PACKAGED, find
from digest.summarize.reading.facts import Passage
from digest.summarize.verifying.verify import Verifier
from digest.summarize.writing.authors import Source
from digest.summarize.writing.generative import GenerativeSummarizer
from digest.summarize.writing.local import LocalModel
from summaries import rouge

ARTICLES = Path(__file__).resolve().parents[2] / "shared/eval/summaries.jsonl.gz"
BRIEF = Brief(words=60)
TOKENS = 100


def main() -> None:
    if not ARTICLES.exists():
        sys.exit(f"skipped: there are no articles to judge by at {ARTICLES}")
    try:
        find(PACKAGED)
    except UsageError as missing:
        sys.exit(f"skipped: {missing}")
    rows = cases.read(ARTICLES)
    logging.set_verbosity_error()
    articles = [Article(r["id"], "", tuple(r["text"].split("\n\n")), language="en") for r in rows]
    stories = [Story((article,), "") for article in articles]
    summarizer = GenerativeSummarizer(LocalModel(f"chat:{PACKAGED}"))
    writer = summarizer._model.writer
    prompts = [summarizer._prompt(writer, story, BRIEF, TOKENS) for story in stories]
    sources = [Source(article.text, "en") for article in articles]
    judge = Verifier()

    def scores(texts: Sequence[str]) -> str:
        told = [rouge(text, row["references"]) for text, row in zip(texts, rows, strict=True)]
        return "".join(f"{score:8.1f}" for score in np.mean(told, axis=0)[:3])

    print(f"{len(rows)} articles, {BRIEF.words} words: ROUGE-1, -2 and -L\n")
    print(f"{'':<12}{'all sentences':>24}{'that pass':>12}{'of':>5}{'these alone':>24}{'s':>6}")
    for name, kept_to in (("left alone", []), ("as shipped", sources)):
        started = time.perf_counter()
        drafts = writer.write(prompts, TOKENS, kept_to)
        seconds = time.perf_counter() - started
        told = [summarizer._summary(*pair, BRIEF) for pair in zip(stories, drafts, strict=True)]
        verdicts = [
            judge.verify([Passage(row["text"])], [s.text for s in summary.sentences]).sentences
            for row, summary in zip(rows, told, strict=True)
        ]
        passed = [" ".join(v.text for v in row if v.supported) for row in verdicts]
        share = np.mean([verdict.supported for row in verdicts for verdict in row])
        print(
            f"{name:<12}{scores([summary.text for summary in told])}{share:12.0%}"
            f"{sum(map(len, verdicts)):5}{scores(passed)}{seconds:6.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
