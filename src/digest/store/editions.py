"""The right of the store: summaries once written, and editions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, delete, func, select, update

from digest.model import Edition, Summary
from digest.store import tables
from digest.store.database import Database, add, put
from digest.store.rows import chunks, columns, noun

# Both are kept whole, as JSON. When read, what the text lacks gets its default and what the noun no
# longer has is passed over: a noun may gain members that have defaults.
_EDITION = TypeAdapter(Edition)
_SUMMARY = TypeAdapter(Summary)


@dataclass(frozen=True, slots=True)
class StoredEdition:
    """An edition and how far it came."""

    edition: Edition
    made_at: datetime
    published_at: datetime | None
    """When it was first published; ``None`` while it is only made."""


class EditionShelf(Database):
    """Editions and what belongs to them."""

    def summaries(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Summary]:
        """The summaries that are known, by (content hash of the story, name of the summarizer)."""
        table = tables.summaries
        wanted = set(keys)
        with self.reading() as connection:
            return {
                (row.story, row.summarizer): _SUMMARY.validate_json(row.summary)
                for some in chunks(story for story, _ in wanted)
                for row in connection.execute(select(table).where(table.c.story.in_(some)))
                if (row.story, row.summarizer) in wanted
            }

    def save_summaries(self, items: Mapping[tuple[str, str], Summary], now: datetime) -> None:
        """Keeps summaries under the keys by which ``summaries`` finds them."""
        rows = [
            {
                "story": story,
                "summarizer": name,
                "summary": _SUMMARY.dump_json(summary).decode(),
                "made_at": now,
            }
            for (story, name), summary in items.items()
        ]
        with self.writing() as connection:
            put(connection, tables.summaries, rows)

    def save_edition(self, edition: Edition, considered: Iterable[str], now: datetime) -> None:
        """Keeps an edition as made, in place of one of its name and slot.

        One that was published stays so: a rebuild that fails half-way must not make what was told
        look new. ``considered`` are the URLs of the articles in its window.
        """
        told = (article.url for each in edition.stories for article in each.story.articles)
        identity = {"name": edition.name, "slot": edition.slot}
        table = tables.considered
        editions = tables.editions
        published = select(editions.c.published_at).where(_is(edition.name, edition.slot))
        with self.writing() as connection:
            put(
                connection,
                editions,
                [
                    columns(edition, editions)
                    | {
                        "edition": _EDITION.dump_json(edition).decode(),
                        "made_at": now,
                        "published_at": connection.scalar(published),
                    }
                ],
            )
            connection.execute(
                delete(table).where(table.c.name == edition.name, table.c.slot == edition.slot)
            )
            add(connection, table, [identity | {"url": url} for url in {*considered, *told}])

    def publish_edition(self, name: str, slot: str, now: datetime) -> None:
        """Marks an edition as published; the first time stays."""
        table = tables.editions
        with self.writing() as connection:
            connection.execute(
                update(table)
                .where(_is(name, slot), table.c.published_at.is_(None))
                .values(published_at=now)
            )

    def edition(self, name: str, slot: str) -> StoredEdition | None:
        """The edition of this name and slot."""
        return next(iter(self._editions(select(tables.editions).where(_is(name, slot)))), None)

    def editions(self, limit: int | None = None) -> list[StoredEdition]:
        """All editions, the newest cut-off first; at most ``limit``."""
        table = tables.editions
        order = (table.c.cutoff.desc(), table.c.name, table.c.slot)
        return self._editions(select(table).order_by(*order).limit(limit))

    def published(self, name: str, limit: int, day: str = "") -> list[StoredEdition]:
        """The published editions of this name, the newest cut-off first; at most ``limit``.

        With a ``day`` only those of it, first the one whose slot it is if there is one; it may be
        a whole slot, too.
        """
        table = tables.editions
        chosen = (table.c.name == name) & table.c.published_at.is_not(None)
        if day:
            of_day = table.c.slot.startswith(f"{day}T", autoescape=True)
            chosen &= (table.c.slot == day) | of_day
        order = ((table.c.slot == day).desc(), table.c.cutoff.desc())
        return self._editions(select(table).where(chosen).order_by(*order).limit(limit))

    def published_within(self, name: str, first: str, last: str) -> list[StoredEdition]:
        """The published editions of this name from one slot to another, the newest cut-off first.

        ``first`` and ``last`` may be the beginnings of slots, such as days, and belong to it; an
        empty one sets no limit.
        """
        table = tables.editions
        query = select(table).where(
            table.c.name == name,
            table.c.published_at.is_not(None),
            func.substr(table.c.slot, 1, len(first)) >= first,
            func.substr(table.c.slot, 1, len(last)) <= last,
        )
        return self._editions(query.order_by(table.c.cutoff.desc()))

    def last_published(self, name: str, before: datetime) -> StoredEdition | None:
        """Of the published editions of this name, the one with the latest cut-off before that."""
        table = tables.editions
        found = self._editions(
            select(table)
            .where(
                table.c.name == name,
                table.c.cutoff < before,
                table.c.published_at.is_not(None),
            )
            .order_by(table.c.cutoff.desc())
            .limit(1)
        )
        return next(iter(found), None)

    def first_published(self, name: str, after: datetime) -> StoredEdition | None:
        """Of the published editions of this name, the one with the first cut-off after that."""
        table = tables.editions
        found = self._editions(
            select(table)
            .where(
                table.c.name == name,
                table.c.cutoff > after,
                table.c.published_at.is_not(None),
            )
            .order_by(table.c.cutoff)
            .limit(1)
        )
        return next(iter(found), None)

    def told(self, edition: str, urls: Iterable[str], but: str = "") -> set[str]:
        """Those of the articles' URLs that the published editions of this name told or considered,
        all but the one of the slot ``but``."""
        table, considered = tables.editions, tables.considered
        published = (
            select(considered.c.url)
            .join_from(considered, table)
            .where(table.c.name == edition, table.c.slot != but, table.c.published_at.is_not(None))
        )
        with self.reading() as connection:
            return {
                url
                for some in chunks(urls)
                for url in connection.scalars(published.where(considered.c.url.in_(some)))
            }

    def _editions(self, query: Select[Any]) -> list[StoredEdition]:
        with self.reading() as connection:
            return [
                noun(StoredEdition, row, edition=_EDITION.validate_json(row["edition"]))
                for row in connection.execute(query).mappings()
            ]


def _is(name: str, slot: str) -> ColumnElement[bool]:
    return (tables.editions.c.name == name) & (tables.editions.c.slot == slot)
