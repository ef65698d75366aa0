"""The left of the store: feeds as last checked, and their entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, case, func, or_, select, update

from digest.model import Entry, FeedState, Origin
from digest.store import tables
from digest.store.database import Database, insert, put
from digest.store.rows import chunks, columns, noun

_IDENTITY = ("feed", "guid")
_REFRESHED = [field.name for field in fields(Entry) if field.name not in _IDENTITY]
"""What a feed may still change of an entry that waits."""


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """An entry that waits for its article."""

    id: int
    entry: Entry
    first_seen: datetime
    attempts: int
    """How often its article was tried for, in vain."""


class UnreadEntry(NamedTuple):
    """An entry without an article."""

    entry: Entry
    reason: str
    """Why the last attempt failed; empty where there was none yet."""
    first_seen: datetime


class FeedShelf(Database):
    """What ingest remembers of feeds between two runs."""

    def feed_states(self, urls: Iterable[str]) -> dict[str, FeedState]:
        """The state of each of these feeds that was checked before."""
        feeds = tables.feeds
        with self.reading() as connection:
            return {
                row["url"]: noun(FeedState, row)
                for some in chunks(urls)
                for row in connection.execute(select(feeds).where(feeds.c.url.in_(some))).mappings()
            }

    def save_check(
        self, state: FeedState, entries: Sequence[Entry], now: datetime, seconds: float = 0.0
    ) -> int:
        """Keeps, in one transaction, what a check of a feed brought; how many entries were new.

        An entry that is known keeps the time it was first seen at. What the feed says of it is
        refreshed as long as it waits for its article. Of two with the same guid the first counts.
        ``seconds`` is how long the answer took; of a check that failed it does not count.
        """
        brought: dict[str, Entry] = {}
        for entry in entries:
            brought.setdefault(entry.guid, entry)
        table = tables.entries
        with self.writing() as connection:
            # The feed's row first: another process that checks the same feed waits here.
            put(connection, tables.feeds, [columns(state, tables.feeds)])
            known = sum(
                connection.scalar(
                    select(func.count()).where(table.c.feed == state.url, table.c.guid.in_(some))
                )
                or 0
                for some in chunks(brought)
            )
            new = len(brought) - known
            _count(connection, state, now, seconds, new)
            if brought:
                statement = insert(connection, table)
                connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=_IDENTITY,
                        set_={name: statement.excluded[name] for name in _REFRESHED},
                        where=tables.pending,
                    ),
                    [columns(entry, table) | {"first_seen": now} for entry in brought.values()],
                )
        return new

    def pending_entries(self, feeds: Iterable[str], floor: datetime) -> list[PendingEntry]:
        """Entries of these feeds without an article and without a final failure, by their id.

        Those published up to ``floor`` are not news any more and left where they are.
        """
        table = tables.entries
        news = or_(table.c.published.is_(None), table.c.published > floor)
        with self.reading() as connection:
            found = [
                noun(PendingEntry, row, entry=noun(Entry, row))
                for some in chunks(feeds)
                for row in connection.execute(
                    select(table).where(tables.pending, news, table.c.feed.in_(some))
                ).mappings()
            ]
        return sorted(found, key=lambda each: each.id)

    def fail_entry(self, entry_id: int, reason: str, final: bool) -> None:
        """Counts an attempt at the entry's article that failed; a final one is the last."""
        table = tables.entries
        changes = {"attempts": table.c.attempts + 1, "reason": reason, "failed": final}
        if final:
            changes |= tables.NO_MARKUP
        with self.writing() as connection:
            connection.execute(
                update(table).where(table.c.id == entry_id, tables.unread).values(changes)
            )

    def new_entries(self, feeds: Iterable[str]) -> dict[str, int]:
        """How many of the waiting entries the last check of each of these feeds found new."""
        table, checked = tables.entries, tables.feeds
        with self.reading() as connection:
            return {
                feed: number
                for some in chunks(feeds)
                for feed, number in connection.execute(
                    select(table.c.feed, func.count())
                    .join(checked, checked.c.url == table.c.feed)
                    .where(
                        tables.pending,
                        table.c.first_seen == checked.c.checked_at,
                        table.c.feed.in_(some),
                    )
                    .group_by(table.c.feed)
                )
            }

    def origins(self, entry_ids: Iterable[int]) -> dict[int, Origin]:
        """Where the text came from, of each of these entries that has an article."""
        entries, articles = tables.entries, tables.articles
        with self.reading() as connection:
            return {
                entry: origin
                for some in chunks(entry_ids)
                for entry, origin in connection.execute(
                    select(entries.c.id, articles.c.origin)
                    .join(articles, articles.c.id == entries.c.article_id)
                    .where(entries.c.id.in_(some))
                )
            }

    def entries_without_article(self, since: datetime) -> list[UnreadEntry]:
        """Entries first seen after ``since`` that have no article, oldest first."""
        table = tables.entries
        with self.reading() as connection:
            rows = connection.execute(
                select(table)
                .where(tables.unread, table.c.first_seen > since)
                .order_by(table.c.first_seen, table.c.id)
            ).mappings()
            return [UnreadEntry(noun(Entry, row), row["reason"], row["first_seen"]) for row in rows]


def _count(
    connection: Connection, state: FeedState, now: datetime, seconds: float, new: int
) -> None:
    """Adds a check to those of its feed and day."""
    table = tables.feed_days
    took = 0.0 if state.problem else seconds
    statement = insert(connection, table).values(
        feed=state.url,
        day=now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0),
        checks=1,
        failures=int(bool(state.problem)),
        seconds=took,
        slowest=took,
        new_entries=new,
    )
    more = statement.excluded
    added = ("checks", "failures", "seconds", "new_entries")
    slowest = case((more.slowest > table.c.slowest, more.slowest), else_=table.c.slowest)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={name: table.c[name] + more[name] for name in added} | {"slowest": slowest},
        )
    )
