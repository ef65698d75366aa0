"""The articles of a store as a frame."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd
from sqlalchemy import func, select

from digest.frames.source import TIME, Source, When, between, frame, moment, reading
from digest.store import tables

COLUMNS = {
    "url": "str",
    "title": "str",
    "source": "str",
    "author": "str",
    "language": "str",
    "origin": "str",
    "published": TIME,
    "first_seen": TIME,
    "words": "int64",
    "text": "str",
    "feeds": "object",
}


def articles(store: Source, since: When = None, until: When = None) -> pd.DataFrame:
    """One row an article, by its time: that of its publication, else when it was first seen.

    | Column | Is |
    |---|---|
    | url | its canonical address |
    | title, source, author, language | as its page or feed gives them; empty where neither does |
    | origin | where the text came from: `page`, or a feed's `content` or `summary` |
    | published | as its page or feed says |
    | first_seen | when it was found |
    | words | of the text, as parted by white space |
    | text | its paragraphs, an empty line between two; empty once `digest prune` removed them |
    | feeds | addresses of the subscriptions that carried it: a sorted tuple, for `explode` |

    Args:
        store: Where from.
        since: Only articles of this time or later …
        until: … and of this time or earlier.
    """
    held, carried = tables.articles, tables.article_feeds
    time = func.coalesce(held.c.published, held.c.first_seen)
    inside = between(time, moment(since), moment(until))
    feeds: defaultdict[int, list[str]] = defaultdict(list)
    with reading(store) as connection:
        ids = select(held.c.id).where(inside)
        for row in connection.execute(select(carried).where(carried.c.article_id.in_(ids))):
            feeds[row.article_id].append(row.feed)
        found = connection.execute(select(held).where(inside))
        rows = [
            dict(row)
            | {
                "words": sum(len(paragraph.split()) for paragraph in row["paragraphs"]),
                "text": "\n\n".join(row["paragraphs"]),
                "feeds": tuple(sorted(feeds[row["id"]])),
            }
            for row in found.mappings()
        ]
    # Not by the database, whose collation may order texts otherwise.
    rows.sort(key=lambda row: (row["published"] or row["first_seen"], row["url"]))
    return frame(rows, COLUMNS)
