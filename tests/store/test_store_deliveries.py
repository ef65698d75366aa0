"""The ledger as it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from digest.model import Delivery
from digest.store.database import Database
from digest.store.schema import migrate
from digest.store.store import Store

NOW = datetime(2026, 11, 23, 6, 5, 0, 7, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("later", ["sending", "sent", "deferred", "refused"])
def test_a_recipient_is_in_the_ledger_of_an_edition_once(store: Store, later: str):
    deferred = Delivery("morning", "2026-11-23", "b@example.org", "deferred", NOW, "451 try later")
    other = replace(deferred, recipient="a@example.org")
    for delivery in (deferred, other, replace(deferred, slot="2026-11-24")):
        store.save_delivery(delivery)
    again = replace(deferred, status=later, at=NOW + DAY, detail="<id@example.org>")
    store.save_delivery(again)
    assert store.deliveries("morning", "2026-11-23") == [other, again]
    assert store.deliveries("evening", "2026-11-23") == []


def test_the_ledgers_of_several_slots_are_read_at_once(store: Store):
    sent = [
        Delivery("morning", f"2026-11-{day}", f"{name}@example.org", "sent", NOW)
        for name in "ab"
        for day in (22, 23, 24)
    ]
    for delivery in (*sent, replace(sent[0], edition="evening")):
        store.save_delivery(delivery)
    found = store.deliveries("morning", "2026-11-24", "2026-11-22")
    assert found == [sent[0], sent[2], sent[3], sent[5]]
    assert store.deliveries("morning") == []


def test_what_was_not_sent_of_an_edition_is_found_over_all_its_slots(store: Store):
    rows = [
        Delivery("morning", slot, f"{status}@example.org", status, NOW)
        for slot in ("2026-11-24", "2026-11-22T0700", "2026-11-22")
        for status in ("sent", "refused", "sending", "deferred")
    ]
    for row in (*rows, replace(rows[1], edition="evening")):
        store.save_delivery(row)
    found = [(row.slot, row.status) for row in store.undelivered("morning")]
    assert found == [
        (slot, status)
        for slot in ("2026-11-22", "2026-11-22T0700", "2026-11-24")
        for status in ("deferred", "refused", "sending")
    ]


def test_what_failed_before_the_ledger_knew_more_is_not_tried_again_by_itself(url: str):
    insert = text(
        "INSERT INTO deliveries (edition, slot, recipient, status, at, detail) VALUES "
        "('daily', '2026-11-23', :to, :status, '2026-11-23 07:00:00+00:00', 'why')"
    )
    database = Database.connect(url)
    with database.writing() as connection:
        migrate(connection, database.place, "0002")
    database.close()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for status in ("sent", "failed"):
            connection.execute(insert, {"to": f"{status}@example.org", "status": status})
    engine.dispose()
    with Store.open(url) as store:
        [refused] = store.undelivered("daily")
    assert (refused.recipient, refused.status) == ("failed@example.org", "refused")
