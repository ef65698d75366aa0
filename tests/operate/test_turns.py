"""Who comes first of runs that are due at once, as pure decisions. The runs themselves are in
tests/flows/test_nothing_is_missed.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import AwaitingRetry, Crashed, Running

from digest.operate.turns import PATIENCE, Earlier, comes_first, given_up, only_delivers

NOW = datetime(2026, 11, 23, 7, 0, 5, tzinfo=UTC)
UNTIL = NOW + PATIENCE
DAY = timedelta(days=1)
SATURDAY = Earlier(NOW - 2 * DAY, "Running")
SUNDAY = Earlier(NOW - DAY, "Pending")


def starts(in_: timedelta) -> Earlier:
    return Earlier(NOW - DAY, "AwaitingRetry", NOW + in_)


def test_a_run_with_none_before_it_goes_at_once():
    assert comes_first([], UNTIL, NOW) is None


def test_a_run_waits_for_the_first_of_those_before_it():
    assert comes_first([SATURDAY, SUNDAY], UNTIL, NOW) == SATURDAY


def test_a_run_that_nobody_ends_is_waited_for_only_so_long():
    assert comes_first([SATURDAY], UNTIL, UNTIL - timedelta(seconds=1)) == SATURDAY
    assert comes_first([SATURDAY], UNTIL, UNTIL) is None


@pytest.mark.parametrize("minutes", [-60, 0, 1, 9])
def test_a_run_that_begins_soon_is_waited_for(minutes):
    soon = starts(timedelta(minutes=minutes))
    assert comes_first([soon], UNTIL, NOW) == soon
    assert comes_first([soon], UNTIL, UNTIL) is None


def test_a_run_that_is_tried_again_later_than_we_wait_comes_first_even_so():
    later, last = starts(timedelta(minutes=20)), starts(timedelta(minutes=40))
    assert comes_first([SATURDAY, last, later], UNTIL, NOW) == last
    assert comes_first([last], UNTIL, UNTIL) == last


@pytest.mark.parametrize(
    ("state", "waits"),
    [
        (AwaitingRetry(message="Attempt 3 failed: published, but not delivered to a@b"), False),
        (AwaitingRetry(message="Attempt 3 failed: none of the 4 feeds could be read"), True),
        (AwaitingRetry(), True),
        (Running(), True),
    ],
)
def test_nobody_waits_for_a_run_that_has_published_and_only_has_mails_to_send(state, waits):
    assert only_delivers(FlowRun(flow_id=uuid4(), state=state)) != waits


def test_a_run_is_named_by_the_time_it_was_due():
    assert str(SUNDAY) == "the run that was due at 2026-11-22 07:00 UTC"


def test_a_run_that_crashed_just_now_is_begun_again_and_so_comes_first():
    crashed = FlowRun(flow_id=uuid4(), state=Crashed(timestamp=NOW))
    assert not given_up(crashed, NOW + timedelta(minutes=9))
    assert given_up(crashed, NOW + timedelta(minutes=11))
    assert not given_up(FlowRun(flow_id=uuid4(), state=Running(timestamp=NOW)), NOW + DAY)
