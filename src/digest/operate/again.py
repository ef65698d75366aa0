"""A run that failed for a reason that may pass goes again by itself, as the same flow run.

So it is still due at the time it was due, and makes the edition it was meant for. A database that
is away for a moment is waited for inside the run; a longer trouble ends the run, which gives its
place at the worker free, and is tried again later and later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import stamina
from prefect.client.orchestration import SyncPrefectClient
from prefect.context import FlowRunContext
from prefect.states import AwaitingRetry

from digest.model import DigestError, PassingError
from digest.operate.automations import RESTARTS
from digest.operate.unfinished import revive
from digest.store.errors import StoreAwayError

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.schemas.objects import FlowRun, State

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 10, 20, 40, 60))
"""Before the second attempt, the third …; the last one before all that follow."""
ATTEMPTS = 28
"""A day's worth. Counted, not timed: a laptop's lid may be closed for most of a week, and when it
is opened the network is not there at once."""

UNDELIVERED = "published, but not delivered to"
"""How a run's failure begins that only concerns some readers."""
_AGAIN = "Attempt {} failed: {}"
"""What a state says into which ``go_again`` puts a run."""

Made = TypeVar("Made")
logger = logging.getLogger(__name__)


class NotYetError(PassingError):
    """Something else has to come first, which is expected at ``at``."""

    def __init__(self, message: str, at: datetime) -> None:
        super().__init__(message)
        self.at = at


def deployed_run() -> tuple[SyncPrefectClient, FlowRun] | None:
    """The flow run that this is, and the client it has; ``None`` if it is no deployment's."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None or context.flow_run.deployment_id is None:
        return None
    # The run's own client is patient while a server restarts, which a new one is not.
    assert isinstance(context.client, SyncPrefectClient)
    return context.client, context.flow_run


def pause(failures: int) -> timedelta | None:
    """How long to wait after so many failed attempts, at least one; ``None`` to give up."""
    return PAUSES[min(failures, len(PAUSES)) - 1] if failures < ATTEMPTS else None


def go_again(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001
    """What Prefect calls when a run has failed (``on_failure``): puts it back into the queue.

    Only a deployment's run: nobody would come for another.
    """
    error = state.result(raise_on_failure=False)
    deployed = deployed_run()
    if deployed is None or not isinstance(error, PassingError):
        return
    client, _ = deployed
    failures = sum(each.is_failed() for each in client.read_flow_run_states(flow_run.id))
    wait = pause(failures)
    if wait is None:
        logger.error("failed %d times: it is not tried again by itself", failures)
        return
    at = error.at if isinstance(error, NotYetError) else datetime.now(UTC) + wait
    again: State[Any] = AwaitingRetry(scheduled_time=at, message=_AGAIN.format(failures, error))
    client.set_flow_run_state(flow_run.id, again)
    logger.warning("is tried again at %s UTC", f"{at:%Y-%m-%d %H:%M:%S}")


def pressed_retry() -> bool:
    """Whether somebody, and not this program, has put this run back into the queue."""
    deployed = deployed_run()
    if deployed is None or deployed[1].run_count <= 1:
        return False
    client, flow_run = deployed
    return retried_by_hand(client.read_flow_run_states(flow_run.id))


def retried_by_hand(states: Sequence[State[Any]]) -> bool:
    """Whether a run had ended in words, and ``go_again`` did not put it back; ``states`` in their
    order. One that crashed is put back by the server."""
    ends = [
        number
        for number, state in enumerate(states)
        if state.is_failed() or state.is_completed() or state.is_crashed()
    ]
    if not ends or states[ends[-1]].is_crashed():
        return False
    ours = _AGAIN.partition("{")[0]
    return not any((state.message or "").startswith(ours) for state in states[ends[-1] + 1 :])


def published_already() -> bool:
    """Whether an earlier attempt of this run has published, and could not reach all readers."""
    deployed = deployed_run()
    if deployed is None or deployed[1].run_count <= 1:
        return False
    client, flow_run = deployed
    return has_published(client.read_flow_run_states(flow_run.id))


def has_published(states: Sequence[State[Any]]) -> bool:
    """Whether one of a run's attempts failed only for some readers."""
    return any(
        state.is_failed() and (state.message or "").startswith(UNDELIVERED) for state in states
    )


def bridged(make: Callable[[], Made]) -> Made:
    """What ``make`` makes, called again while the store is away, for about two minutes.

    As a whole and not stage by stage: what the run holds in the store (``Store.alone``) is lost
    with the connection, and has to be taken anew.
    """
    # Counted, as the time that an attempt takes itself is none that the store was away.
    for attempt in stamina.retry_context(
        StoreAwayError, attempts=12, timeout=None, wait_initial=1, wait_max=15
    ):
        with attempt:
            try:
                return make()
            except StoreAwayError as error:
                logger.warning("attempt %d: %s", attempt.num, error)
                raise
    raise AssertionError  # the last attempt returns or raises


def refuse_crash_loop() -> None:
    """A run that brings its process down each time must not do so for ever.

    Raises:
        DigestError: since it last ended in words, it crashed as often as it is started again.
    """
    deployed = deployed_run()
    if deployed is None or deployed[1].run_count <= RESTARTS:
        return
    client, flow_run = deployed
    crashed = crashes(client.read_flow_run_states(flow_run.id))
    if crashed >= RESTARTS:
        raise DigestError(
            f"this run's process died {crashed} times, so it is not begun again: see where its log "
            "ends and whether the machine has memory and disk left, then press Retry"
        )


def revive_others() -> None:
    """What a run does before its own work, if it is a deployment's: see ``revive``."""
    if deployed := deployed_run():
        for name in revive(deployed[0]):
            logger.warning("%s had crashed and is begun again", name)


def crashes(states: Sequence[State[Any]]) -> int:
    """How often a run died since it last ended otherwise; ``states`` in their order.

    Only the first of two crashes counts if it had not begun in between: the worker says it twice.
    """
    count, alive = 0, False
    for state in states:
        if state.is_running():
            alive = True
        elif state.is_crashed():
            count, alive = count + alive, False
        elif state.is_failed() or state.is_completed():
            count = 0
    return count
