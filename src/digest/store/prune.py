"""What the store need not keep: removed in batches, so that no other writer waits for long.

Three things are kept apart. The *texts* of articles are large and go first. The *memory* of what
was seen (addresses, titles, dates, content hashes) is small; it is what keeps an article that is
listed once more from coming as new, so it stays a year longer, and longer still for what a feed
lists without a date. The *record* (editions, what they told, who got them) stays for ever.

Each removal is a question for what is due and an answer that makes it no longer due. So it can be
killed at any time and goes on from there, and a count without a removal asks the same questions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)

from digest.model import Edition
from digest.store import tables
from digest.store.database import lock
from digest.store.rows import CHUNK
from digest.store.store import Store

REMEMBERED = timedelta(days=365)
"""How long what is left of an article is remembered after its text was removed."""

BATCH = 500
"""Rows a transaction."""

_EDITION = TypeAdapter(Edition)
_WITH_TEXTS = '%"paragraphs":["%'
"""An edition in whose articles there is text: written so by ``_EDITION``, and in no string."""


@dataclass(frozen=True, slots=True)
class _Removal:
    what: str
    due: Select[Any]
    remove: Callable[[Connection, Sequence[Row[Any]]], object]


def prune_store(
    store: Store, limit: datetime, subscribed: Collection[str], dry_run: bool = False
) -> dict[str, int]:
    """Removes what is older than ``limit`` and nobody needs any more; how much of each kind.

    Args:
        store: Where from; others may read and write it meanwhile.
        limit: No edition that is still to be made looks back so far.
        subscribed: URLs of the feeds that are followed; others are forgotten once they were not
            asked since ``limit``.
        dry_run: Only count.
    """
    carry_out = _count if dry_run else _carry_out
    removals = _removals(limit, _unfollowed(store, limit, subscribed))
    return {removal.what: carry_out(store, removal) for removal in removals}


def _unfollowed(store: Store, limit: datetime, subscribed: Collection[str]) -> list[str]:
    """Feeds that nobody follows and nobody asked since; where they are very many, some."""
    feeds = tables.feeds
    with store.reading() as connection:
        found = connection.scalars(select(feeds.c.url).where(feeds.c.checked_at <= limit))
        return sorted(set(found) - set(subscribed))[:CHUNK]


def _removals(limit: datetime, unfollowed: Sequence[str]) -> list[_Removal]:
    articles, entries, feeds = tables.articles, tables.entries, tables.feeds
    editions, summaries, days = tables.editions, tables.summaries, tables.feed_days
    forgotten = limit - REMEMBERED
    # Without a date, an entry that is listed once more would be news. (To say so in full matters
    # where this is negated: in SQL, what is not known is not false either.)
    forgettable = or_(
        and_(
            entries.c.published.is_not(None),
            entries.c.published <= forgotten,
            entries.c.first_seen <= forgotten,
        ),
        entries.c.feed.in_(unfollowed),
    )
    led_to = exists().where(entries.c.article_id == articles.c.id, ~forgettable)
    old_feed = and_(feeds.c.url.in_(unfollowed), feeds.c.checked_at <= limit)

    def drop_texts(connection: Connection, rows: Sequence[Row[Any]]) -> None:
        connection.execute(
            update(articles).where(_among(articles.c.id, rows)).values(paragraphs=())
        )

    def drop_summaries(connection: Connection, rows: Sequence[Row[Any]]) -> None:
        key = tuple_(summaries.c.story, summaries.c.summarizer)
        connection.execute(delete(summaries).where(key.in_([tuple(row) for row in rows])))

    def settle(connection: Connection, rows: Sequence[Row[Any]]) -> None:
        values = {"failed": True, **tables.NO_MARKUP}
        connection.execute(
            update(entries).where(_among(entries.c.id, rows), tables.unread).values(values)
        )

    def drop_entries(connection: Connection, rows: Sequence[Row[Any]]) -> None:
        connection.execute(delete(entries).where(_among(entries.c.id, rows), forgettable))

    def drop_articles(connection: Connection, rows: Sequence[Row[Any]]) -> None:
        # Whoever just finds one of them again waits for us, or we for them; then it is asked anew.
        _lock_articles(connection, rows)
        connection.execute(delete(articles).where(_among(articles.c.id, rows), ~led_to))

    def drop_days(connection: Connection, rows: Sequence[Row[Any]]) -> None:
        key = tuple_(days.c.feed, days.c.day)
        connection.execute(delete(days).where(key.in_([tuple(row) for row in rows])))

    def drop_feeds(connection: Connection, rows: Sequence[Row[Any]]) -> None:
        connection.execute(delete(feeds).where(_among(feeds.c.url, rows), old_feed))

    return [
        _Removal(
            "texts of articles",
            select(articles.c.id).where(
                tables.with_text,
                articles.c.first_seen <= limit,
                or_(articles.c.published.is_(None), articles.c.published <= limit),
            ),
            drop_texts,
        ),
        _Removal(
            "articles' texts inside old editions",
            select(editions.c.name, editions.c.slot, editions.c.edition).where(
                editions.c.cutoff < limit, editions.c.edition.like(_WITH_TEXTS)
            ),
            _drop_texts_of_editions,
        ),
        _Removal(
            "paragraphs kept for use again",
            select(summaries.c.story, summaries.c.summarizer).where(summaries.c.made_at <= limit),
            drop_summaries,
        ),
        _Removal(
            "entries that wait, too old to be read",
            select(entries.c.id).where(tables.pending, entries.c.published <= limit),
            settle,
        ),
        _Removal("entries forgotten", select(entries.c.id).where(forgettable), drop_entries),
        _Removal(
            "articles forgotten",
            select(articles.c.id).where(
                or_(
                    articles.c.published <= forgotten,
                    and_(articles.c.published.is_(None), articles.c.first_seen <= forgotten),
                ),
                articles.c.first_seen <= forgotten,
                ~led_to,
            ),
            drop_articles,
        ),
        _Removal(
            "days in the history of feeds",
            select(days.c.feed, days.c.day).where(days.c.day <= limit - timedelta(days=1)),
            drop_days,
        ),
        _Removal("feeds forgotten", select(feeds.c.url).where(old_feed), drop_feeds),
    ]


def _count(store: Store, removal: _Removal) -> int:
    with store.reading() as connection:
        due = select(func.count()).select_from(removal.due.subquery())
        return connection.scalar(due) or 0


def _carry_out(store: Store, removal: _Removal) -> int:
    removed = 0
    while True:
        with store.writing() as connection:
            rows = connection.execute(removal.due.limit(BATCH)).all()
            removal.remove(connection, rows)
        removed += len(rows)
        if len(rows) < BATCH:
            return removed


def _among(key: ColumnElement[Any], rows: Sequence[Row[Any]]) -> ColumnElement[bool]:
    return key.in_([row[0] for row in rows])


def _lock_articles(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    """Keeps ``save_article`` and ``link_entries`` away from these articles."""
    articles, aliases = tables.articles, tables.aliases
    held = connection.execute(
        select(articles.c.url, articles.c.content_hash).where(_among(articles.c.id, rows))
    ).all()
    others = connection.scalars(select(aliases.c.url).where(_among(aliases.c.article_id, rows)))
    lock(connection, [*(name for row in held for name in row), *others])
    connection.execute(
        select(articles.c.id).where(_among(articles.c.id, rows)).with_for_update()
    ).all()


def _drop_texts_of_editions(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    """The files of an edition quote what it tells, and need no more of the articles."""
    editions = tables.editions
    for row in rows:
        edition = _without_texts(_EDITION.validate_json(row.edition))
        connection.execute(
            update(editions)
            .where(editions.c.name == row.name, editions.c.slot == row.slot)
            .values(edition=_EDITION.dump_json(edition).decode())
        )


def _without_texts(edition: Edition) -> Edition:
    told = []
    for each in edition.stories:
        bare = tuple(replace(article, paragraphs=()) for article in each.story.articles)
        told.append(replace(each, story=replace(each.story, articles=bare)))
    return replace(edition, stories=tuple(told))
