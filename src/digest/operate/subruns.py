"""Runs of another deployment that a flow run starts and waits for, and does not depend on.

Workers may be busy, be switched off or die. Then a run never begins, or is begun again, or hangs.
So it is waited for as long as something moves, and who waits is told what did not come to an end.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelling

QUIET = 60.0
"""Seconds without anything happening after which the runs that are not over are given up. A worker
looks for work every few seconds, and a run that crashed is started again as soon."""
LONGEST = 3600.0
"""Seconds that the runs are waited for at most."""
POLL = 2.0
"""Seconds between two looks."""

_AT_WORK = (StateType.PENDING, StateType.RUNNING)
_OVER = (StateType.COMPLETED, StateType.FAILED, StateType.CANCELLED)
"""Not CRASHED: such a run is started again."""

logger = logging.getLogger(__name__)


def carry_out(deployment: str, wanted: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Starts a run of a deployment for each name, and waits until nothing more comes of them.

    Inside a flow they become its subflow runs. What is still waiting for a worker at the end, or
    does not end, is cancelled.

    Args:
        deployment: Its full name, ``flow/deployment``.
        wanted: The parameters of each run, by the run's name; at most 100.

    Returns:
        The names of the runs that may still be at work. All others are over, well or not.
    """
    runs: dict[UUID, str] = {}
    try:
        for name, parameters in wanted.items():
            run = run_deployment(
                deployment, parameters=dict(parameters), flow_run_name=name, timeout=0
            )
            assert isinstance(run, FlowRun)
            runs[run.id] = name
    except (httpx.HTTPError, ObjectNotFound) as error:
        logger.warning("no more runs of %s could be started: %s", deployment, error)
    if not runs:
        return frozenset()
    logger.info("waiting for %s", ", ".join(runs.values()))
    with get_client(sync_client=True) as client:
        states = _wait(client, list(runs))
        for run_id, state in states.items():
            if not state.is_completed():
                said = f": {state.message}" if state.message else ""
                logger.warning("%s is given up as %s%s", runs[run_id], state.name, said)
            if not state.is_final():
                _cancel(client, run_id)
    return frozenset(runs[run_id] for run_id, state in states.items() if state.type in _AT_WORK)


def _wait(client: SyncPrefectClient, runs: list[UUID]) -> dict[UUID, State]:
    """The states of the runs when they are over, or nothing happens any more, or time is up."""
    states: dict[UUID, State] = {}
    began = moved = time.monotonic()
    while True:
        try:
            before, states = states, _states(client, runs)
        except httpx.HTTPError as error:
            # That says nothing of the runs, which need no server to go on.
            logger.warning("the Prefect server cannot be asked: %s", error)
            moved = time.monotonic()
        else:
            if all(state.type in _OVER for state in states.values()):
                return states
            if _moves(before, states):
                moved = time.monotonic()
        now = time.monotonic()
        if now - moved > QUIET or now - began > LONGEST:
            return states
        time.sleep(POLL)


def _cancel(client: SyncPrefectClient, run: UUID) -> None:
    try:
        client.set_flow_run_state(run, Cancelling())
    except (httpx.HTTPError, ObjectNotFound) as error:
        logger.warning("flow run %s could not be cancelled: %s", run, error)


def _states(client: SyncPrefectClient, runs: list[UUID]) -> dict[UUID, State]:
    asked = FlowRunFilter(id=FlowRunFilterId(any_=runs))
    return {run.id: run.state for run in client.read_flow_runs(flow_run_filter=asked) if run.state}


def _moves(before: Mapping[UUID, State], now: Mapping[UUID, State]) -> bool:
    """Whether one is at work, or another state was taken since."""
    if any(state.type in _AT_WORK for state in now.values()):
        return True
    return {run: state.id for run, state in now.items()} != {
        run: state.id for run, state in before.items()
    }
