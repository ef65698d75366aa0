"""Which of the runs that a worker left are its own to take back, as pure decisions. The runs
themselves are in tests/flows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Crashed, Pending, Running

from digest.operate.unfinished import is_left, may_begin

AT = datetime(2026, 11, 23, 7, 0, 5, tzinfo=UTC)
OURS = "digest serve, laptop, 12345678"


def run(state, worker: str | None = OURS) -> FlowRun:
    labels = {"prefect.worker.name": worker} if worker else {}
    return FlowRun(flow_id=uuid4(), name="daily 2026-11-23", state=state, labels=labels)


@pytest.mark.parametrize("state", [Running(timestamp=AT), Pending(timestamp=AT)])
def test_a_run_of_this_worker_is_left_and_one_of_another_is_not(state):
    assert is_left(run(state), OURS, AT)
    assert not is_left(run(state, "digest serve, cellar, 12345678"), OURS, AT)


def test_a_run_that_no_worker_put_its_name_to_is_left_after_a_while():
    pending = run(Pending(timestamp=AT), None)
    assert not is_left(pending, OURS, AT + timedelta(seconds=5))
    assert is_left(pending, OURS, AT + timedelta(minutes=1))
    # Started by hand, without a worker.
    assert not is_left(run(Running(timestamp=AT), None), OURS, AT + timedelta(minutes=1))


def test_a_run_that_crashed_ten_times_may_not_begin_again():
    states = [Pending(), Running(), Crashed()] * 9
    assert may_begin(states)
    assert not may_begin([*states, Pending(), Crashed()])
