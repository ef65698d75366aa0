"""Real feeds against what another parser reads in them: entries, titles, links and dates.

Reads ``../shared/eval/feeds.jsonl.gz`` beside the repository: rows ``{"name", "feed", "parsed"}``.
The other parser is no judge: each difference is printed to be looked at.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from digest.ingest.dates import parse_date
from digest.ingest.parse import NotAFeed, parse_feed
from digest.ingest.plaintext import text_of
from digest.model import Entry

FEEDS = Path(__file__).resolve().parents[2] / "shared/eval/feeds.jsonl.gz"
URL = "https://feed.example/feed.xml"


def agreement(entry: Entry, other: dict[str, Any]) -> dict[str, bool]:
    links = [link["href"] for link in other["links"]]
    date = parse_date(other["published"] or other["updated"] or "")
    return {
        "title": entry.title == text_of((other["title"] or {}).get("content") or ""),
        "link": entry.link in links or not links,
        "date": entry.published == date or date is None,
    }


def main() -> None:
    if not FEEDS.exists():
        sys.exit(f"skipped: there are no feeds to judge by at {FEEDS}")
    with gzip.open(FEEDS, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    same: Counter[str] = Counter()
    entries = 0
    for row in rows:
        try:
            found = parse_feed(row["feed"].encode("latin-1"), URL).entries
        except NotAFeed as error:
            print(f"{row['name']}: {error}")
            continue
        others = row["parsed"]["entries"]
        same["number of entries"] += len(found) == len(others)
        for entry, other in zip(found, others, strict=False):
            entries += 1
            for what, agrees in agreement(entry, other).items():
                same[what] += agrees
                if not agrees:
                    print(
                        f"{row['name']}: {what} of {entry.title!r}: {entry.link} {entry.published}"
                    )
    print(f"{same.pop('number of entries')} of {len(rows)} feeds with the same number of entries")
    for what, agreeing in same.items():
        print(f"{agreeing} of {entries} entries with the same {what}")


if __name__ == "__main__":
    main()
