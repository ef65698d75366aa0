"""Body text of real pages against their true bodies: token F1, and milliseconds a page.

Reads ``../shared/eval/pages.jsonl.gz`` beside the repository: rows ``{"url", "html", "body"}``.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import trafilatura

from digest.ingest.extract import extract_page

PAGES = Path(__file__).resolve().parents[2] / "shared/eval/pages.jsonl.gz"


def f1(found: str, true: str) -> float:
    """Harmonic mean of precision and recall over the two bags of words."""
    words, truth = (Counter(re.findall(r"\w+", text)) for text in (found, true))
    common = (words & truth).total()
    return 2 * common / max(1, words.total() + truth.total())


def ours(html: str, url: str) -> str:
    page = extract_page(html, url)
    return page.text if page else ""


def defaults(html: str, url: str) -> str:
    return trafilatura.extract(html, url=url) or ""


def main() -> None:
    if not PAGES.exists():
        sys.exit(f"skipped: there are no pages to judge by at {PAGES}")
    with gzip.open(PAGES, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    logging.disable()
    for name, extract in (("trafilatura's defaults", defaults), ("digest", ours)):
        extract(rows[0]["html"], rows[0]["url"])  # loads what is loaded once
        start = time.process_time()
        texts = [extract(row["html"], row["url"]) for row in rows]
        spent = (time.process_time() - start) / len(rows)
        score = statistics.mean(
            f1(text, row["body"]) for text, row in zip(texts, rows, strict=True)
        )
        print(f"{name}: F1 {score:.4f}, {spent * 1000:.1f} ms a page, {len(rows)} pages")


if __name__ == "__main__":
    main()
