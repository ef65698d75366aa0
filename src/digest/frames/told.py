"""The editions of a store and their stories as frames."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import pandas as pd
from pydantic import TypeAdapter
from sqlalchemy import RowMapping, select

from digest.frames.source import TIME, Source, When, between, frame, moment, reading
from digest.model import Edition, Told
from digest.publish.plain import outlet
from digest.store import tables

EDITIONS = {
    "edition": "str",
    "slot": "str",
    "title": "str",
    "topic": "str",
    "timezone": "str",
    "start": TIME,
    "cutoff": TIME,
    "made_at": TIME,
    "published_at": TIME,
    "late_minutes": "int64",
    "feeds": "int64",
    "failing_feeds": "int64",
    "articles": "int64",
    "events": "int64",
    "stories": "int64",
    "words": "int64",
    "fallbacks": "int64",
}
STORIES = {
    "edition": "str",
    "slot": "str",
    "cutoff": TIME,
    "rank": "int64",
    "story": "str",
    "headline": "str",
    "url": "str",
    "language": "str",
    "score": "float64",
    "articles": "int64",
    "outlets": "int64",
    "first_published": TIME,
    "paragraph": "str",
    "words": "int64",
    "method": "str",
    "model": "str",
    "fallback": "str",
}

_EDITION = TypeAdapter(Edition)
_ORDER = itemgetter("cutoff", "edition", "slot")
"""Not left to the database, whose collation may order texts otherwise."""


def editions(store: Source, since: When = None, until: When = None) -> pd.DataFrame:
    """One row an edition that was published, by its cut-off.

    | Column | Is |
    |---|---|
    | edition, slot | its name, with the topic's where it has one, and its slot |
    | title, topic | as on its page |
    | timezone | IANA name, in which its slot is a date |
    | start, cutoff | the window of its articles |
    | made_at, published_at | when it was put together, and when its files were first written |
    | late_minutes | minutes from when it was due to its making; 0 where it was in time |
    | feeds, failing_feeds | subscriptions, and those of them that failed when it was made |
    | articles | articles in its window |
    | events | events that they tell |
    | stories | events that were told |
    | words | words of its paragraphs, as parted by white space |
    | fallbacks | paragraphs that are not what the summarizer of the settings wrote |

    Args:
        store: Where from.
        since: Only editions that were cut off at this time or later …
        until: … and at this time or earlier.
    """
    rows = (_edition(each, row) for each, row in _published(store, since, until))
    return frame(sorted(rows, key=_ORDER), EDITIONS)


def stories(store: Source, since: When = None, until: When = None) -> pd.DataFrame:
    """One row a story that a published edition told, by the edition's cut-off and in its order.

    | Column | Is |
    |---|---|
    | edition, slot, cutoff | the edition that told it |
    | rank | its place there, from 1 |
    | story | its key, by which the edition's page can be linked to: `digest.html#KEY` |
    | headline | as it was told |
    | url, language | those of its lead article |
    | score | its points |
    | articles, outlets | how many tell it |
    | first_published | when the first of its articles was published |
    | paragraph | as it was told |
    | words | words of the paragraph, as parted by white space |
    | method, model | `extractive` or `generative`, and the model that chose or wrote it |
    | fallback | why it is not what the summarizer of the settings wrote; empty where it is |

    Args:
        store: Where from.
        since: Only of editions that were cut off at this time or later …
        until: … and at this time or earlier.
    """
    told = (
        _story(edition, rank, each)
        for edition, _ in _published(store, since, until)
        for rank, each in enumerate(edition.stories, start=1)
    )
    return frame(sorted(told, key=_ORDER), STORIES)


def _published(store: Source, since: When, until: When) -> Iterator[tuple[Edition, RowMapping]]:
    """The editions one after the other, as each is large, with what the store knows of them."""
    table = tables.editions
    query = select(table).where(
        table.c.published_at.is_not(None),
        between(table.c.cutoff, moment(since), moment(until)),
    )
    with reading(store) as connection:
        for row in connection.execute(query).mappings():
            yield _EDITION.validate_json(row["edition"]), row


def _edition(edition: Edition, row: RowMapping) -> dict[str, Any]:
    summaries = [told.summary for told in edition.stories]
    return {
        "edition": edition.name,
        "slot": edition.slot,
        "title": edition.title,
        "topic": edition.topic,
        "timezone": edition.timezone,
        "start": edition.start,
        "cutoff": edition.cutoff,
        "made_at": row["made_at"],
        "published_at": row["published_at"],
        "late_minutes": edition.late_minutes,
        "feeds": edition.counts.feeds,
        "failing_feeds": sum(feed.status == "failing" for feed in edition.health),
        "articles": edition.counts.articles,
        "events": edition.counts.stories,
        "stories": len(edition.stories),
        "words": sum(len(summary.text.split()) for summary in summaries),
        "fallbacks": sum(bool(summary.fallback) for summary in summaries),
    }


def _story(edition: Edition, rank: int, told: Told) -> dict[str, Any]:
    story, summary = told.story, told.summary
    dated = [article.published for article in story.articles if article.published]
    return {
        "edition": edition.name,
        "slot": edition.slot,
        "cutoff": edition.cutoff,
        "rank": rank,
        "story": story.key,
        "headline": story.headline,
        "url": story.lead.url,
        "language": story.lead.language,
        "score": story.score,
        "articles": len(story.articles),
        "outlets": len({outlet(article) for article in story.articles}),
        "first_published": min(dated, default=None),
        "paragraph": summary.text,
        "words": len(summary.text.split()),
        "method": summary.method,
        "model": summary.model,
        "fallback": summary.fallback,
    }
