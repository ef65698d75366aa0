"""The tables, the same on SQLite and PostgreSQL.

A column that keeps a field of a noun has the field's name and type, so that rows become nouns
without a mapping (see ``rows``). Whoever changes a table adds a migration and moves ``SCHEMA``.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    and_,
    text,
)

from digest.store.columns import Paragraphs, PlainText, UtcTime

SCHEMA = "0004"
"""The newest revision in ``migrations/versions``."""

SCHEMA_TABLE = "digest_schema"
"""Keeps the database's revision. Not Alembic's default name, which a Prefect server in the same
PostgreSQL database uses for its own."""


# PostgreSQL takes a number even for an upsert that inserts nothing: 2³¹ would be gone in a year.
Id = BigInteger().with_variant(Integer, "sqlite")


def _text(name: str) -> Column[str]:
    return Column(name, PlainText, nullable=False)


def _key(name: str) -> Column[str]:
    return Column(name, PlainText, primary_key=True)


def _time(name: str) -> Column[datetime]:
    return Column(name, UtcTime, nullable=False)


def _maybe_time(name: str) -> Column[datetime]:
    return Column(name, UtcTime)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

feeds = Table(
    "feeds",
    metadata,
    _key("url"),
    _text("title"),
    _text("etag"),
    _text("last_modified"),
    _text("moved_to"),
    _maybe_time("next_check"),
    _maybe_time("checked_at"),
    _maybe_time("changed_at"),
    _maybe_time("failing_since"),
    Column("failures", Integer, nullable=False),
    _text("problem"),
)

feed_days = Table(
    "feed_days",
    metadata,
    Column("feed", PlainText, ForeignKey(feeds.c.url, ondelete="CASCADE"), primary_key=True),
    Column("day", UtcTime, primary_key=True),
    Column("checks", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("slowest", Double, nullable=False),
    Column("new_entries", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How the checks of a feed went, by the UTC midnight with which the day begins. The seconds that
answers took, in all and at most, are of the checks that did not fail."""

articles = Table(
    "articles",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", PlainText, nullable=False, unique=True),
    _text("title"),
    Column("paragraphs", Paragraphs, nullable=False),
    _text("source"),
    _text("author"),
    _maybe_time("published"),
    _maybe_time("first_seen"),
    _text("language"),
    _text("origin"),
    Column("content_hash", PlainText, nullable=False, unique=True),
    _text("problem"),
)
# The second column is for the articles without the first.
Index(None, articles.c.published, articles.c.first_seen)
# In words, because a partial index is of use only to questions that repeat its condition.
with_text = text("paragraphs <> '[]'")
"""Articles whose text was not removed yet."""
Index(
    "ix_articles_text",
    articles.c.first_seen,
    sqlite_where=with_text,
    postgresql_where=with_text,
)

article_feeds = Table(
    "article_feeds",
    metadata,
    Column("article_id", ForeignKey(articles.c.id, ondelete="CASCADE"), primary_key=True),
    _key("feed"),
    sqlite_with_rowid=False,
)
"""Which subscriptions carried an article. A feed may be unsubscribed and forgotten, so there is no
foreign key to it."""

aliases = Table(
    "aliases",
    metadata,
    _key("url"),
    Column(
        "article_id",
        ForeignKey(articles.c.id, ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sqlite_with_rowid=False,
)
"""URLs, other than its canonical one, that led to an article."""

entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("feed", PlainText, ForeignKey(feeds.c.url, ondelete="CASCADE"), nullable=False),
    _text("guid"),
    _text("link"),
    _text("title"),
    _maybe_time("published"),
    _maybe_time("updated"),
    _text("author"),
    _text("language"),
    _text("summary_html"),
    _text("content_html"),
    _time("first_seen"),
    Column("article_id", ForeignKey(articles.c.id, ondelete="SET NULL")),
    Column("attempts", Integer, nullable=False, default=0),
    Column("reason", PlainText, nullable=False, default=""),
    Column("failed", Boolean, nullable=False, default=False),
    UniqueConstraint("feed", "guid"),
)
unread = entries.c.article_id.is_(None)
pending = and_(unread, ~entries.c.failed)
NO_MARKUP = {"summary_html": "", "content_html": ""}
"""What remains of an entry's markup once it waits for nothing: half the store would be that."""
# Partial, all three: most entries have an article, and SQLite would look for those without one in
# any index on article_id that holds its nulls.
Index("ix_entries_article_id", entries.c.article_id, sqlite_where=~unread, postgresql_where=~unread)
Index("ix_entries_unread", entries.c.first_seen, sqlite_where=unread, postgresql_where=unread)
Index("ix_entries_pending", entries.c.feed, sqlite_where=pending, postgresql_where=pending)
Index(None, entries.c.published)

summaries = Table(
    "summaries",
    metadata,
    _key("story"),
    _key("summarizer"),
    _text("summary"),
    _time("made_at"),
)

editions = Table(
    "editions",
    metadata,
    _key("name"),
    _key("slot"),
    _time("cutoff"),
    _text("edition"),
    _time("made_at"),
    _maybe_time("published_at"),
)
Index(None, editions.c.cutoff)
# The last ones of a name, without a look at the others, which are large.
Index(None, editions.c.name, editions.c.cutoff)

considered = Table(
    "considered",
    metadata,
    _key("name"),
    _key("slot"),
    _key("url"),
    ForeignKeyConstraint(["name", "slot"], [editions.c.name, editions.c.slot], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)
"""Articles that an edition told or had in its window. Their URLs outlive the articles' own rows."""

deliveries = Table(
    "deliveries",
    metadata,
    _key("edition"),
    _key("slot"),
    _key("recipient"),
    _text("status"),
    _time("at"),
    _text("detail"),
)
"""The ledger of what was sent. It outlives the editions: no foreign key."""
not_sent = text("status <> 'sent'")
Index(
    "ix_deliveries_not_sent",
    deliveries.c.edition,
    sqlite_where=not_sent,
    postgresql_where=not_sent,
)
