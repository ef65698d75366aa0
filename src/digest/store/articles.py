"""The middle of the store: articles, unique by URL and by content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    exists,
    literal,
    or_,
    select,
    union_all,
    update,
)

from digest.model import Article
from digest.store import tables
from digest.store.columns import UtcTime
from digest.store.database import Database, add, lock
from digest.store.rows import chunks, columns, noun

_own = select(tables.articles.c.url.label("address"), tables.articles.c.id, tables.articles.c.url)
_others = select(tables.aliases.c.url, tables.articles.c.id, tables.articles.c.url).join_from(
    tables.aliases, tables.articles
)
_addresses = union_all(_own, _others).subquery("addresses")
"""Every URL that leads to an article, with the article's id and own URL."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that an edition may tell."""

    article: Article
    problem: str
    """Why its page was not used for the text; empty where it was."""


class ArticleShelf(Database):
    """Articles and which entries and URLs lead to them."""

    def article_for_url(self, urls: Iterable[str]) -> dict[str, str]:
        """The article's own URL for each of these URLs that leads to one."""
        with self.reading() as connection:
            return {address: row.url for address, row in _known(connection, urls).items()}

    def save_article(
        self,
        article: Article,
        entry_ids: Sequence[int],
        aliases: Sequence[str] = (),
        problem: str = "",
    ) -> str:
        """Keeps an article with the entries and the URLs that led to it, in one transaction.

        Where its URL, one of the aliases or its content is known, it joins the article that is
        there, which keeps its text, gains the feeds, and takes the earlier of both times. Gives the
        URL of the article that is stored then. ``problem`` is why its page was not used.
        """
        asked = list(dict.fromkeys([article.url, *aliases]))
        with self.writing() as connection:
            lock(connection, [*asked, article.content_hash])
            known = _known(connection, asked)
            stored = next((known[url] for url in asked if url in known), None) or _same_content(
                connection, article
            )
            if stored is None:
                values = columns(article, tables.articles) | {"problem": problem}
                made = tables.articles.insert().values(values).returning(tables.articles.c.id)
                article_id, url = connection.execute(made).scalar_one(), article.url
            else:
                article_id, url = stored.id, stored.url
                _make_earliest(connection, article_id, article)
            others = [each for each in asked if each != url and each not in known]
            add(
                connection,
                tables.aliases,
                [{"url": each, "article_id": article_id} for each in others],
            )
            _link(connection, article_id, entry_ids, article.feeds)
        return url

    def without_text(self, urls: Iterable[str]) -> set[str]:
        """Those of these articles whose text was removed, or that were forgotten altogether."""
        articles = tables.articles
        wanted = set(urls)
        with self.reading() as connection:
            for some in chunks(wanted):
                there = select(articles.c.url).where(articles.c.url.in_(some), tables.with_text)
                wanted.difference_update(connection.scalars(there))
        return wanted

    def link_entries(self, article_url: str, entry_ids: Sequence[int]) -> None:
        """Says that these entries lead to an article that is stored under this URL.

        Where it was forgotten a moment ago, they wait on.
        """
        articles = tables.articles
        found = select(articles.c.id).where(articles.c.url == article_url)
        with self.writing() as connection:
            article_id = connection.scalar(found.with_for_update(read=True, key_share=True))
            if article_id is not None:
                _link(connection, article_id, entry_ids)

    def candidates(
        self, feeds: Iterable[str], floor: datetime, cutoff: datetime, seen_by: datetime
    ) -> list[Candidate]:
        """Articles that any of these feeds carried, by time and URL.

        Those published after ``floor`` and up to ``cutoff``, and the undated ones first seen after
        ``floor`` and up to ``seen_by``. An article names all the feeds that carried it, sorted. One
        whose text was removed is no longer there to tell.
        """
        articles, carried = tables.articles, tables.article_feeds
        inside = or_(
            and_(articles.c.published > floor, articles.c.published <= cutoff),
            and_(
                articles.c.published.is_(None),
                articles.c.first_seen > floor,
                articles.c.first_seen <= seen_by,
            ),
        )
        with self.reading() as connection:
            rows = {
                row["id"]: row
                for some in chunks(feeds)
                for row in connection.execute(
                    select(articles).where(
                        inside,
                        tables.with_text,
                        exists().where(
                            carried.c.article_id == articles.c.id, carried.c.feed.in_(some)
                        ),
                    )
                ).mappings()
            }
            feeds_of = _feeds_of(connection, rows)
        found = [
            Candidate(noun(Article, row, feeds=tuple(sorted(feeds_of[key]))), row["problem"])
            for key, row in rows.items()
        ]
        return sorted(found, key=lambda each: (each.article.time or floor, each.article.url))


def _known(connection: Connection, urls: Iterable[str]) -> dict[str, Row[Any]]:
    """Id and own URL of the article that each of these URLs leads to."""
    return {
        row.address: row
        for some in chunks(urls)
        for row in connection.execute(select(_addresses).where(_addresses.c.address.in_(some)))
    }


def _same_content(connection: Connection, article: Article) -> Row[Any] | None:
    articles = tables.articles
    return connection.execute(
        select(articles.c.id, articles.c.url).where(articles.c.content_hash == article.content_hash)
    ).first()


def _make_earliest(connection: Connection, article_id: int, other: Article) -> None:
    articles = tables.articles
    connection.execute(
        update(articles)
        .where(articles.c.id == article_id)
        .values(
            published=_earliest(articles.c.published, other.published),
            first_seen=_earliest(articles.c.first_seen, other.first_seen),
        )
    )


def _earliest(column: ColumnElement[Any], time: datetime | None) -> ColumnElement[Any]:
    if time is None:
        return column
    return case((or_(column.is_(None), column > time), literal(time, UtcTime)), else_=column)


def _link(
    connection: Connection, article_id: int, entry_ids: Sequence[int], feeds: Sequence[str] = ()
) -> None:
    """Ends the waiting of entries; their feeds carry the article, and so do ``feeds``."""
    entries = tables.entries
    carriers = set(feeds)
    for some in chunks(sorted(entry_ids)):
        chosen = entries.c.id.in_(some)
        carriers.update(connection.scalars(select(entries.c.feed).where(chosen)))
        connection.execute(
            update(entries)
            .where(chosen)
            .values(article_id=article_id, reason="", failed=False, **tables.NO_MARKUP)
        )
    rows = [{"article_id": article_id, "feed": feed} for feed in carriers]
    add(connection, tables.article_feeds, rows)


def _feeds_of(connection: Connection, article_ids: Iterable[int]) -> dict[int, list[str]]:
    carried = tables.article_feeds
    feeds: dict[int, list[str]] = {}
    for some in chunks(article_ids):
        for row in connection.execute(select(carried).where(carried.c.article_id.in_(some))):
            feeds.setdefault(row.article_id, []).append(row.feed)
    return feeds
