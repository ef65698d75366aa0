"""How each feed did, day by day: counted where a check is saved, whoever else saves one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import select, text

from digest.model import Entry, FeedState
from digest.store import tables
from digest.store.database import Database
from digest.store.schema import migrate
from digest.store.store import Store

FEED, OTHER = "https://a.example/feed", "https://b.example/feed"
NOW = datetime(2026, 11, 23, 6, 30, 0, 123456, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Start = Callable[..., Any]  # what start_worker of conftest.py is


def entries(*numbers: int, feed: str = FEED) -> list[Entry]:
    return [Entry(feed, f"guid {n}", f"{feed}/{n}", f"Title {n}", NOW) for n in numbers]


def broken(feed: str = FEED) -> FeedState:
    return FeedState(feed, failures=1, problem="answers 404 Not Found")


def days(store: Store) -> list[tuple[Any, ...]]:
    """(feed, day, checks, failures, seconds, slowest, new entries), by feed and day."""
    table = tables.feed_days
    with store.reading() as connection:
        rows = connection.execute(select(table).order_by(table.c.feed, table.c.day))
        return [tuple(row) for row in rows]


def test_the_checks_of_a_day_are_added_up(store: Store):
    store.save_check(FeedState(FEED), entries(1, 2), NOW, 0.25)
    store.save_check(FeedState(FEED), entries(1, 2, 3), NOW + HOUR, 1.5)
    store.save_check(FeedState(FEED), [], NOW + 2 * HOUR, 0.5)
    assert days(store) == [(FEED, MIDNIGHT, 3, 0, 2.25, 1.5, 3)]


def test_a_failed_check_is_counted_and_the_time_it_took_is_not(store: Store):
    store.save_check(FeedState(FEED), [], NOW, 0.25)
    store.save_check(broken(), [], NOW + HOUR, 20.0)
    assert days(store) == [(FEED, MIDNIGHT, 2, 1, 0.25, 0.25, 0)]


def test_each_feed_and_each_day_of_utc_is_counted_by_itself(store: Store):
    seoul = timezone(9 * HOUR)
    store.save_check(FeedState(FEED), [], datetime(2026, 11, 24, 8, 59, tzinfo=seoul), 0.5)
    store.save_check(FeedState(FEED), [], datetime(2026, 11, 24, 9, 0, tzinfo=seoul), 0.25)
    store.save_check(broken(OTHER), [], NOW)
    assert days(store) == [
        (FEED, MIDNIGHT, 1, 0, 0.5, 0.5, 0),
        (FEED, MIDNIGHT + DAY, 1, 0, 0.25, 0.25, 0),
        (OTHER, MIDNIGHT, 1, 1, 0.0, 0.0, 0),
    ]


def test_processes_that_check_feeds_at_once_count_every_check(start_worker: Start, store: Store):
    workers = [start_worker("count-checks", *order) for order in 2 * [(FEED, OTHER), (OTHER, FEED)]]
    for worker in workers:
        worker.wait_for("ready")
    for worker in workers:
        worker.go()
    for worker in workers:
        worker.result()
    assert days(store) == [(feed, MIDNIGHT, 80, 0, 20.0, 0.25, 0) for feed in (FEED, OTHER)]


def test_a_check_that_was_not_saved_whole_is_not_counted(start_worker: Start, store: Store):
    worker = start_worker("hang", "INSERT INTO entries", "save-check", FEED)
    worker.wait_for("ready")
    worker.go()
    worker.wait_for("inside")
    worker.process.kill()
    worker.process.wait()
    assert days(store) == []


def test_a_feed_that_is_forgotten_takes_its_days_along(store: Store):
    store.save_check(FeedState(FEED), [], NOW)
    store.save_check(FeedState(OTHER), [], NOW)
    with store.writing() as connection:
        connection.execute(tables.feeds.delete().where(tables.feeds.c.url == FEED))
    assert [feed for feed, *_ in days(store)] == [OTHER]


def test_a_store_from_before_there_was_a_history_is_upgraded_and_begins_one(url: str):
    with Database.connect(url) as database, database.writing() as connection:
        migrate(connection, database.place, "0003")
        connection.execute(
            text(
                "INSERT INTO feeds (url, title, etag, last_modified, moved_to, failures, problem) "
                f"VALUES ('{FEED}', 'A feed', 'e', '', '', 0, '')"
            )
        )
    with Store.open(url) as store:
        assert store.feed_states([FEED])[FEED].etag == "e"
        assert days(store) == []
        store.save_check(FeedState(FEED), [], NOW, 0.5)
        assert days(store) == [(FEED, MIDNIGHT, 1, 0, 0.5, 0.5, 0)]
