"""When a run is tried again, and how often. The runs themselves are in
tests/flows/test_nothing_is_missed.py.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta

import pytest
from prefect.states import AwaitingRetry, Completed, Crashed, Failed, Running

from digest.model import DigestError
from digest.operate.again import (
    ATTEMPTS,
    bridged,
    crashes,
    deployed_run,
    go_again,
    has_published,
    pause,
    pressed_retry,
    published_already,
    refuse_crash_loop,
    retried_by_hand,
)
from digest.store.store import Store, StoreAwayError, Totals


def test_the_pauses_grow_to_an_hour_and_make_a_day_of_trying():
    pauses = [pause(failures) for failures in range(1, ATTEMPTS)]
    assert [each / timedelta(minutes=1) for each in pauses[:7]] == [1, 5, 10, 20, 40, 60, 60]
    assert timedelta(hours=23) < sum(pauses, timedelta()) < timedelta(hours=24)


def test_a_run_that_failed_for_a_day_is_given_up():
    assert pause(ATTEMPTS) is None
    assert pause(ATTEMPTS + 1) is None


def test_crashes_count_since_the_run_last_ended_in_words():
    died = [Running(), Crashed(), AwaitingRetry()]
    assert crashes([]) == 0
    assert crashes([*died, *died, Running()]) == 2
    assert crashes([*died, Running(), Failed(), AwaitingRetry(), *died, Running()]) == 1
    assert crashes([*died, Running(), Completed()]) == 0


def test_a_crash_that_is_told_twice_counts_once():
    assert crashes([Running(), Crashed(), AwaitingRetry(), Crashed(), AwaitingRetry()]) == 1


FAILED_AND_PUT_BACK = AwaitingRetry(message="Attempt 1 failed: published, but not delivered to a@b")


@pytest.mark.parametrize(
    ("states", "by_hand"),
    [
        ([], False),
        ([Running()], False),
        ([Running(), Failed(), FAILED_AND_PUT_BACK, Running()], False),
        ([Running(), Crashed(), AwaitingRetry(message="It crashed and is started again.")], False),
        ([Running(), Failed(), AwaitingRetry(), Running()], True),
        ([Running(), Completed(), AwaitingRetry(), Running()], True),
        ([Running(), Failed(), FAILED_AND_PUT_BACK, Running(), Failed(), AwaitingRetry()], True),
        ([Running(), Failed(), AwaitingRetry(), Running(), Crashed(), AwaitingRetry()], False),
    ],
)
def test_whether_somebody_pressed_retry_shows_in_a_run_s_states(states, by_hand):
    assert retried_by_hand(states) == by_hand


UNREACHED = Failed(message="published, but not delivered to a@b")


@pytest.mark.parametrize(
    ("states", "published"),
    [
        ([], False),
        ([Running()], False),
        ([Running(), Failed(message="none of the 7 feeds could be read"), AwaitingRetry()], False),
        ([Running(), UNREACHED, FAILED_AND_PUT_BACK, Running()], True),
        ([Running(), UNREACHED, FAILED_AND_PUT_BACK, Running(), Crashed(), AwaitingRetry()], True),
        ([Running(), UNREACHED, AwaitingRetry(), Running(), Failed(message="no store")], True),
    ],
)
def test_an_attempt_that_only_missed_some_readers_need_not_rebuild_again(states, published):
    assert has_published(states) == published


def test_outside_a_deployment_nothing_is_put_back_into_a_queue():
    assert deployed_run() is None
    refuse_crash_loop()
    assert not pressed_retry()
    assert not published_already()
    failed = Failed(data=StoreAwayError("away"))
    assert go_again(None, None, failed) is None


def test_a_database_that_comes_back_soon_is_waited_for(postgresql_server, caplog):
    url = postgresql_server.new_database()
    with Store.open(url) as store:
        store.counts()
    postgresql_server.stop("immediate")
    back = threading.Timer(1.5, postgresql_server.start)
    back.start()
    began = time.monotonic()

    def look():
        with Store.open(url) as store:
            return store.counts()

    with caplog.at_level(logging.WARNING, "digest.operate.again"):
        assert bridged(look) == Totals(0, 0, 0, 0)
    back.join()
    assert 1 < time.monotonic() - began < 20
    assert caplog.messages[0].startswith("attempt 1: The store postgresql+psycopg://")
    assert "see that the server runs" in caplog.messages[0]


def test_an_error_that_does_not_pass_is_not_waited_for():
    calls = []

    def make():
        calls.append(1)
        raise DigestError("no such edition")

    with pytest.raises(DigestError, match="no such edition"):
        bridged(make)
    assert len(calls) == 1
