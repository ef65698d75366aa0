"""How the feeds of a store did, by feed and day and by day, as frames."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Label, and_, func, or_, select

from digest.frames.source import TIME, Source, When, between, day, moment, reading, typed
from digest.store import tables

FEED_HEALTH = {
    "feed": "str",
    "title": "str",
    "day": TIME,
    "checks": "int64",
    "failures": "int64",
    "mean_seconds": "float64",
    "slowest_seconds": "float64",
    "new_entries": "int64",
    "articles": "int64",
}
DAYS = {
    "day": TIME,
    "articles": "int64",
    "checks": "int64",
    "failures": "int64",
    "median_seconds": "float64",
    "slowest_seconds": "float64",
}


def feed_health(
    store: Source,
    since: When = None,
    until: When = None,
    feeds: Collection[str] | None = None,
) -> pd.DataFrame:
    """One row a feed and day on which it was asked, or of which it has articles; by both.

    | Column | Is |
    |---|---|
    | feed | its address, as in the subscriptions |
    | title | as it calls itself |
    | day | the midnight with which the day begins, UTC |
    | checks, failures | how often it was asked, and how many of these checks failed |
    | mean_seconds | seconds an answer took, on average, up to its last byte; `NaN` without one |
    | slowest_seconds | seconds the slowest answer took |
    | new_entries | entries that it had not listed before |
    | articles | articles of that day that it carried; see `days` |

    Args:
        store: Where from.
        since: Only the day of this time and later ones …
        until: … up to this time. Articles that were found later do not count either.
        feeds: Only these, by their addresses.
    """
    with reading(store) as connection:
        checked = _checked(connection, day(since), moment(until))
        carried = _carried(connection, day(since), moment(until))
        named = select(tables.feeds.c.url, tables.feeds.c.title)
        titles = pd.DataFrame(connection.execute(named).all(), columns=["feed", "title"])
    counted = carried.groupby(["feed", "day"]).size().rename("articles").reset_index()
    both = _among(checked.merge(counted, how="outer", on=["feed", "day"]), feeds)
    table = both.merge(titles, how="left", on="feed").fillna({"title": ""} | _NONE)
    return typed(table.sort_values(["feed", "day"]), FEED_HEALTH)


def days(
    store: Source,
    since: When = None,
    until: When = None,
    feeds: Collection[str] | None = None,
) -> pd.DataFrame:
    """One row a day, from the first of which anything is known to the last.

    | Column | Is |
    |---|---|
    | day | the midnight with which the day begins, UTC |
    | articles | articles published on that day, or first seen on it where they have no date |
    | checks, failures | how often feeds were asked, and how many of these checks failed |
    | median_seconds | seconds a feed took to answer: the median of the feeds' means |
    | slowest_seconds | seconds the slowest answer took; `NaN`, both, where none came |

    Args:
        store: Where from.
        since: Only the day of this time and later ones …
        until: … up to this time. Articles that were found later do not count either.
        feeds: Only these, by their addresses.
    """
    with reading(store) as connection:
        checked = _among(_checked(connection, day(since), moment(until)), feeds)
        carried = _among(_carried(connection, day(since), moment(until)), feeds)
    by_day = checked.groupby("day").agg(
        checks=("checks", "sum"),
        failures=("failures", "sum"),
        median_seconds=("mean_seconds", "median"),
        slowest_seconds=("slowest_seconds", "max"),
    )
    once = carried.drop_duplicates("article_id")
    known = by_day.join(once.groupby("day").size().rename("articles"), how="outer")
    if len(known):
        known = known.reindex(pd.date_range(known.index[0], known.index[-1]))
    return typed(known.rename_axis("day").reset_index().fillna(_NONE), DAYS)


_NONE = dict.fromkeys(["checks", "failures", "new_entries", "articles"], 0)


def _checked(connection: Connection, first: datetime | None, last: datetime | None) -> pd.DataFrame:
    """How the checks went, by feed and day."""
    table = tables.feed_days
    found = connection.execute(select(table).where(between(table.c.day, first, last)))
    checked = pd.DataFrame(found.all(), columns=table.columns.keys())
    answers = checked["checks"] - checked["failures"]
    return checked.assign(
        day=pd.to_datetime(checked["day"], utc=True),
        mean_seconds=checked["seconds"] / answers,
        slowest_seconds=checked["slowest"].where(answers > 0),
    )


def _carried(connection: Connection, first: datetime | None, last: datetime | None) -> pd.DataFrame:
    """Each article with its day, as often as there are feeds that carried it."""
    held, carried = tables.articles, tables.article_feeds
    # Not coalesced, as an index must be found for it.
    undated = and_(held.c.published.is_(None), between(held.c.first_seen, first, last))
    found = connection.execute(
        select(carried, _day_of(connection))
        .join_from(held, carried)
        .where(
            or_(
                and_(held.c.published.is_not(None), between(held.c.published, first, last)), undated
            ),
            between(held.c.first_seen, None, last),
        )
    )
    table = pd.DataFrame(found.all(), columns=list(found.keys()))
    return table.assign(day=pd.to_datetime(table["day"], utc=True))


def _day_of(connection: Connection) -> Label[Any]:
    """The date, UTC, of an article's time."""
    held = tables.articles
    time: ColumnElement[Any] = func.coalesce(held.c.published, held.c.first_seen)
    if connection.dialect.name == "postgresql":
        time = func.timezone("UTC", time)
    return func.date(time).label("day")


def _among(table: pd.DataFrame, feeds: Collection[str] | None) -> pd.DataFrame:
    return table if feeds is None else table[table["feed"].isin(list(feeds))]
