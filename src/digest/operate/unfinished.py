"""Runs that a worker of ours has left unfinished: they are put back into the queue.

The worker cannot do so itself, as it is gone, killed or switched off with the machine. The same
flow run begins again and is still due at the time it was due, so that the edition is not lost.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun, State

INTERRUPTED = "it was interrupted"
ABANDONED = timedelta(seconds=30)
"""A worker puts its name to a run at once, so one that bears none for so long has lost its own."""


def requeue(client: SyncPrefectClient, work_pool: str, worker: str) -> list[str]:
    """Takes back the runs of a worker of which nothing runs any more; the names of those runs.

    Other workers may share the pool: their runs are left alone.
    """
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType
    from prefect.exceptions import ObjectNotFound
    from prefect.states import AwaitingRetry, Cancelled

    open_ = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    found = client.read_flow_runs(
        work_pool_filter=filters.WorkPoolFilter(name=filters.WorkPoolFilterName(any_=[work_pool])),
        flow_run_filter=filters.FlowRunFilter(
            state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=open_))
        ),
    )
    now = datetime.now(UTC)
    left = [run for run in found if is_left(run, worker, now)]
    for run in left:
        state: State[Any] = (
            Cancelled()
            if run.state and run.state.is_cancelling()
            else AwaitingRetry(scheduled_time=now, message=INTERRUPTED)
        )
        with suppress(ObjectNotFound):  # a person deleted it just now
            client.set_flow_run_state(run.id, state, force=True)
    return [run.name for run in left]


def is_left(run: FlowRun, worker: str, now: datetime) -> bool:
    """Whether a run that is under way was this worker's, or died with a worker that took it."""
    name = run.labels.get("prefect.worker.name")
    if name is None and run.state and run.state.is_pending():
        return now - run.state.timestamp > ABANDONED
    return name == worker
