"""Runs that a worker of ours has left unfinished: they are put back into the queue.

The worker cannot do so itself, as it is gone, killed or switched off with the machine. The same
flow run begins again and is still due at the time it was due, so that the edition is not lost.

A run may also be marked Crashed without an automation of the server acting on it. A busy server on
SQLite drops events (its database "is locked"), and what follows an event that was dropped, or was
never told, such as that a run was planned, waits for a quarter of an hour in the server's memory,
and is lost if it restarts. So `digest serve` looks for such runs, too, and so do our runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from digest.operate.automations import RESTARTS
from digest.operate.jobs import TAG

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun, State

INTERRUPTED = "it was interrupted"
ABANDONED = timedelta(seconds=30)
"""A worker puts its name to a run at once, so one that bears none for so long has lost its own."""
SETTLED = timedelta(seconds=10)
"""Where its events arrive, the server has begun a crashed run again by then."""
RECENT = timedelta(days=1)
"""What crashed earlier is left to a person: later editions have told its news."""


def requeue(client: SyncPrefectClient, work_pool: str, worker: str) -> list[str]:
    """Takes back the runs of a worker of which nothing runs any more; the names of those runs.

    Other workers may share the pool: their runs are left alone.
    """
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType

    now = datetime.now(UTC)
    open_ = filters.FlowRunFilterState(
        type=filters.FlowRunFilterStateType(
            any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
        )
    )
    found = client.read_flow_runs(
        work_pool_filter=filters.WorkPoolFilter(name=filters.WorkPoolFilterName(any_=[work_pool])),
        flow_run_filter=filters.FlowRunFilter(state=open_),
    )
    left = [run for run in found if is_left(run, worker, now)]
    for run in left:
        _begins_again(client, run, now)
    return [run.name for run in left]


def revive(client: SyncPrefectClient) -> list[str]:
    """Begins again the runs of ours that crashed and stayed so; the names of those runs.

    Whichever worker had them: what is Crashed runs nowhere.
    """
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType

    now = datetime.now(UTC)
    crashed = filters.FlowRunFilter(
        state=filters.FlowRunFilterState(
            type=filters.FlowRunFilterStateType(any_=[StateType.CRASHED])
        ),
        tags=filters.FlowRunFilterTags(all_=[TAG]),
        end_time=filters.FlowRunFilterEndTime(after_=now - RECENT, before_=now - SETTLED),
    )
    left = [
        run
        for run in client.read_flow_runs(flow_run_filter=crashed)
        if may_begin(client.read_flow_run_states(run.id))
    ]
    for run in left:
        _begins_again(client, run, now)
    return [run.name for run in left]


def is_left(run: FlowRun, worker: str, now: datetime) -> bool:
    """Whether a run that is under way was this worker's, or died with a worker that took it."""
    name = run.labels.get("prefect.worker.name")
    if name is None and run.state and run.state.is_pending():
        return now - run.state.timestamp > ABANDONED
    return name == worker


def may_begin(states: Sequence[State[Any]]) -> bool:
    """Whether a run has not crashed too often yet; the worker says each crash up to twice.

    One that had begun each time refuses by itself before that (``refuse_crash_loop``). This bounds
    those that never get so far.
    """
    return sum(state.is_crashed() for state in states) < 2 * RESTARTS


def _begins_again(client: SyncPrefectClient, run: FlowRun, now: datetime) -> None:
    from prefect.exceptions import ObjectNotFound
    from prefect.states import AwaitingRetry, Cancelled

    state: State[Any] = (
        Cancelled()
        if run.state and run.state.is_cancelling()
        else AwaitingRetry(scheduled_time=now, message=INTERRUPTED)
    )
    with suppress(ObjectNotFound):  # a person deleted it just now
        client.set_flow_run_state(run.id, state, force=True)
