"""The store: one database behind one URL, with everything that outlasts a run."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from digest.store import tables
from digest.store.alone import Locks
from digest.store.articles import ArticleShelf, Candidate
from digest.store.deliveries import DeliveryShelf
from digest.store.editions import EditionShelf, StoredEdition
from digest.store.errors import StoreAwayError, StoreError
from digest.store.feeds import FeedShelf, PendingEntry, UnreadEntry
from digest.store.rows import noun
from digest.store.space import Space

__all__ = [
    "Candidate",
    "PendingEntry",
    "Store",
    "StoreAwayError",
    "StoreError",
    "StoredEdition",
    "Totals",
    "UnreadEntry",
]


@dataclass(frozen=True, slots=True)
class Totals:
    """How much the store holds."""

    feeds: int
    entries: int
    articles: int
    editions: int


class Store(FeedShelf, ArticleShelf, EditionShelf, DeliveryShelf, Locks, Space):
    """All shelves of one database: ``with Store.open("sqlite:///news.db") as store: …``.

    Several threads may share one; each process opens its own.
    """

    def counts(self) -> Totals:
        """How much there is of everything."""
        held = {
            "feeds": select(tables.feeds.c.url),
            "entries": select(tables.entries.c.id),
            "articles": select(tables.articles.c.id),
            "editions": select(tables.editions.c.slot),
        }
        totals = (
            select(func.count()).select_from(query.subquery()).scalar_subquery().label(name)
            for name, query in held.items()
        )
        with self.reading() as connection:
            return noun(Totals, connection.execute(select(*totals)).mappings().one())
