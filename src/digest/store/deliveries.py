"""The ledger: to whom each edition was handed, and what came of it."""

from __future__ import annotations

from sqlalchemy import select

from digest.model import Delivery
from digest.store import tables
from digest.store.database import Database, put
from digest.store.rows import columns, noun


class DeliveryShelf(Database):
    """Who got which edition, or why not."""

    def deliveries(self, edition: str, *slots: str) -> list[Delivery]:
        """Who got the edition of each of these slots, or did not; by recipient."""
        table = tables.deliveries
        with self.reading() as connection:
            rows = connection.execute(
                select(table).where(table.c.edition == edition, table.c.slot.in_(slots))
            ).mappings()
            found = [noun(Delivery, row) for row in rows]
        return sorted(found, key=lambda delivery: (delivery.recipient, delivery.slot))

    def undelivered(self, edition: str) -> list[Delivery]:
        """What was not sent, as far as is known, of all slots of this name; by slot."""
        table = tables.deliveries
        with self.reading() as connection:
            rows = connection.execute(
                select(table).where(table.c.edition == edition, tables.not_sent)
            ).mappings()
            found = [noun(Delivery, row) for row in rows]
        return sorted(found, key=lambda delivery: (delivery.slot, delivery.recipient))

    def save_delivery(self, delivery: Delivery) -> None:
        """Keeps how a delivery went, in place of how an earlier attempt did."""
        with self.writing() as connection:
            put(connection, tables.deliveries, [columns(delivery, tables.deliveries)])
