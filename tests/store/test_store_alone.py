"""``Store.alone``: one process at a time, and nothing to clean up after one that died."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from digest.model import FeedState
from digest.store.store import Store, StoreAwayError

Start = Callable[..., Any]  # what start_worker of conftest.py is
EDITION, FEEDS = "the edition daily", "the feeds"


def hold(start_worker: Start, name: str = EDITION) -> Any:
    """A process that holds a name until it is told to let it go."""
    worker = start_worker("hold", name)
    worker.wait_for("ready")
    worker.go()
    worker.wait_for("inside")
    return worker


def wait_behind(start_worker: Start, name: str = EDITION) -> Any:
    """A process that wants the same name, and gets it later."""
    worker = start_worker("hold", name)
    worker.wait_for("ready")
    worker.go()
    worker.wait_for("waiting")
    return worker


def test_a_second_process_waits_until_the_first_is_done(start_worker: Start):
    first = hold(start_worker)
    second = wait_behind(start_worker)
    first.go()
    second.wait_for("inside")
    assert first.result() == "outside"
    second.go()
    assert second.result() == "outside"


def test_what_bears_another_name_is_not_waited_for(start_worker: Start, store: Store):
    hold(start_worker)
    with store.alone(FEEDS):
        assert store.counts().feeds == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_is_killed_holds_nothing(start_worker: Start, number: signal.Signals):
    first = hold(start_worker)
    second = wait_behind(start_worker)
    first.process.send_signal(number)
    assert first.process.wait() == -number
    second.wait_for("inside")


def test_a_process_that_stands_still_holds_it_still(start_worker: Start):
    first = hold(start_worker)
    first.process.send_signal(signal.SIGSTOP)
    second = wait_behind(start_worker)
    first.process.send_signal(signal.SIGCONT)
    first.go()
    second.wait_for("inside")


def test_an_error_inside_lets_it_go(start_worker: Start, store: Store):
    with pytest.raises(ZeroDivisionError), store.alone(EDITION):
        _ = 1 / 0
    hold(start_worker)


def test_while_it_is_held_others_read_and_write(start_worker: Start, store: Store):
    hold(start_worker)
    store.save_check(FeedState("https://a.example/feed"), [], datetime.now(UTC))
    assert store.counts().feeds == 1


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_server_that_is_restarted_forgets_and_both_who_held_it_and_who_waited_learn_it(
    start_worker: Start, store: Store, postgresql_server: Any
):
    first = hold(start_worker)
    second = wait_behind(start_worker)
    postgresql_server.stop("immediate")
    postgresql_server.start()
    second.wait_for("lost")
    with store.alone(EDITION) as still:
        first.go()
        assert first.result() == "lost"
        still()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_server_that_is_away_is_an_error_that_may_pass(store: Store, postgresql_server: Any):
    postgresql_server.stop("immediate")
    try:
        with pytest.raises(StoreAwayError, match="cannot be reached"), store.alone(EDITION):
            pass
    finally:
        postgresql_server.start()


def test_a_machine_that_lost_power_does_not_hold_its_locks_for_hours(
    postgresql_server, postgresql_url
):
    url = postgresql_server.over_tcp(postgresql_url)
    with Store.open(url) as store, store.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"SHOW tcp_keepalives_{name}").scalar()
            for name in ("idle", "interval", "count")
        }
    assert found == {"idle": "30", "interval": "10", "count": "3"}
