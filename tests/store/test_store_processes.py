"""Several processes on one store, and processes that die in the middle of it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.model import Entry, FeedState
from digest.store.store import Store, StoreError, Totals

FEED, OTHER_FEED = "https://a.example/feed", "https://b.example/feed"
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
Start = Callable[..., Any]  # what start_worker of conftest.py is


def run_together(*workers: Any) -> list[str]:
    """Lets workers begin at the same moment; what each printed."""
    for worker in workers:
        worker.wait_for("ready")
    for worker in workers:
        worker.go()
    return [worker.result() for worker in workers]


def hang(worker: Any) -> Any:
    """Lets a worker begin, and waits until it stands still inside its transaction."""
    worker.wait_for("ready")
    worker.go()
    worker.wait_for("inside")
    return worker


def kill(worker: Any) -> None:
    worker.process.kill()
    assert worker.process.wait() == -signal.SIGKILL


def test_processes_that_open_a_new_store_at_once_migrate_it_once(start_worker: Start, url: str):
    assert run_together(*(start_worker("migrate") for _ in range(4))) == ["0"] * 4
    with Store.open(url) as store:
        assert store.counts() == Totals(0, 0, 0, 0)


def test_processes_that_save_the_same_articles_at_once_leave_each_once(
    start_worker: Start, store: Store
):
    run_together(
        start_worker("save-articles", FEED, "up"), start_worker("save-articles", OTHER_FEED, "down")
    )
    assert store.counts().articles == 20
    addresses = [
        f"https://news.example/{n}?from={side}" for n in range(20) for side in ("rss", "atom")
    ]
    assert len(store.article_for_url(addresses)) == 40


def test_processes_that_check_the_same_feed_at_once_count_each_entry_once(
    start_worker: Start, store: Store
):
    workers = [start_worker("save-check", FEED) for _ in range(2)]
    assert sorted(run_together(*workers)) == ["0", "200"]
    assert store.counts().entries == 200


def test_a_process_killed_in_the_middle_of_a_check_leaves_nothing_half_saved(
    start_worker: Start, store: Store
):
    before = FeedState(FEED, etag="before")
    store.save_check(before, [Entry(FEED, "guid 0", "", "Before", NOW)], NOW)
    kill(hang(start_worker("hang", "INSERT INTO entries", "save-check", FEED)))
    assert store.feed_states([FEED]) == {FEED: before}
    waiting = store.pending_entries([FEED], NOW - timedelta(days=1))
    assert [each.entry.title for each in waiting] == ["Before"]
    again = [Entry(FEED, f"guid {n}", "", "After", NOW) for n in range(200)]
    assert store.save_check(FeedState(FEED), again, NOW) == 199


def test_a_process_killed_in_the_middle_of_the_migration_leaves_a_store_that_opens(
    start_worker: Start, url: str
):
    kill(hang(start_worker("hang", "CREATE TABLE articles", "migrate")))
    with Store.open(url) as store:
        assert store.counts() == Totals(0, 0, 0, 0)


def test_readers_do_not_wait_for_a_writer(start_worker: Start, store: Store):
    hang(start_worker("hang", "INSERT INTO entries", "save-check", FEED))
    assert store.counts().entries == 0


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_store_that_stays_locked_is_an_error_that_says_so(
    start_worker: Start, store: Store, url: str
):
    hang(start_worker("hang", "INSERT INTO entries", "save-check", FEED))
    with Store.open(f"{url}?timeout=0.05") as other, pytest.raises(StoreError) as raised:
        other.save_check(FeedState(OTHER_FEED), [], NOW)
    assert "is locked by another process; wait for that process" in str(raised.value)
    assert "digest.db" in str(raised.value)
