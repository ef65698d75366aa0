"""Runs of one edition that are due at once, as after downtime, publish in the order they were due.

Each takes the news since the last published edition. If a later one came first, it would take the
news of those before it, too. The store keeps two runs of an edition apart; it does not know which
of them should come first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from prefect.client.schemas import filters
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort

from digest.operate.again import UNDELIVERED, NotYetError, deployed_run, revive_others

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

PATIENCE = timedelta(minutes=10)
"""A run that nobody carries out (its worker is gone for good) must not hold up the others."""
LOOK = 2
"""Seconds between two looks."""

_NOT_OVER = [
    *(StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.CANCELLING),
    StateType.CRASHED,
]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run that was due before ours and is not over."""

    due: datetime
    state: str
    """What Prefect calls it, such as ``Running``."""
    starts: datetime | None = None
    """When it is begun, or begun again; ``None`` if it is under way."""

    @property
    def crashed(self) -> bool:
        """Whether somebody has to begin it again."""
        return self.state == "Crashed"

    def __str__(self) -> str:
        return f"the run that was due at {self.due:%Y-%m-%d %H:%M} UTC"


def comes_first(earlier: Sequence[Earlier], until: datetime, now: datetime) -> Earlier | None:
    """The run that has to come before ours; ``None`` if it is our turn.

    Our patience ends at ``until``. A run that begins only after that still comes first, but there
    is no use in waiting for it.
    """
    away = [run for run in earlier if run.starts and run.starts > max(until, now)]
    if away:
        return max(away, key=lambda run: run.starts or now)
    return earlier[0] if earlier and now < until else None


def wait_for_turn() -> None:
    """Waits until the runs of this deployment that were due earlier are over, ten minutes at most.

    Raises:
        NotYetError: one of them is tried again only later than that.
    """
    deployed = deployed_run()
    if deployed is None:
        return
    until, told = datetime.now(UTC) + PATIENCE, None
    while first := comes_first(earlier := earlier_runs(*deployed), until, datetime.now(UTC)):
        if first.starts and first.starts > until:
            again = f"{first.starts:%Y-%m-%d %H:%M} UTC"
            raise NotYetError(f"{first} comes first, and is tried again at {again}", first.starts)
        if first.crashed:
            revive_others()
        if first != told:
            logger.info("%s comes first, and is %s: waiting for it", first, first.state)
            told = first
        time.sleep(LOOK)
    if earlier:
        logger.warning("%s is still %s: going on without it", earlier[0], earlier[0].state)


def earlier_runs(client: SyncPrefectClient, ours: FlowRun) -> list[Earlier]:
    """The runs of our deployment that were due before ours and are not over, in their order.

    One that crashed just now is none that is over: it is begun again.
    """
    now = datetime.now(UTC)
    found = client.read_flow_runs(
        deployment_filter=filters.DeploymentFilter(
            id=filters.DeploymentFilterId(any_=[ours.deployment_id])
        ),
        flow_run_filter=filters.FlowRunFilter(
            expected_start_time=filters.FlowRunFilterExpectedStartTime(
                before_=ours.expected_start_time
            ),
            state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=_NOT_OVER)),
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
    )
    return [
        Earlier(run.expected_start_time, run.state_name or "", run.next_scheduled_start_time)
        for run in found
        if run.expected_start_time
        and (run.expected_start_time, run.id) < (ours.expected_start_time, ours.id)
        and _takes_turns(run.parameters)
        and not only_delivers(run)
        and not given_up(run, now)
    ]


def only_delivers(run: FlowRun) -> bool:
    """Whether a run has published, and is tried again for readers who could not be reached."""
    state = run.state
    return state is not None and state.is_scheduled() and UNDELIVERED in (state.message or "")


def given_up(run: FlowRun, now: datetime) -> bool:
    """Whether a run crashed so long ago that nobody will begin it again by now."""
    state = run.state
    return state is not None and state.is_crashed() and now - state.timestamp > PATIENCE


def _takes_turns(parameters: Mapping[str, Any]) -> bool:
    """Whether a run makes what is due when it is due, not what somebody asked for by name."""
    return not parameters.get("date") and not parameters.get("topic")
