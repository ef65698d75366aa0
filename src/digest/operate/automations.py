"""What the Prefect server does by itself when a run of ours dies.

A run whose process is killed says nothing. Where its worker lives on, the worker marks it Crashed.
Where both are gone (the machine was switched off), nobody does, and the run would be Running for
ever: that is what the heartbeats are for. A Crashed run is then started again. As it is the same
flow run, it is still due when it was due, and makes the edition it was meant for.

They know our runs by their tag alone, so that the pools of several machines share them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from digest.operate.jobs import TAG

if TYPE_CHECKING:
    from prefect.events.schemas.automations import AutomationCore

HEARTBEAT = 30
"""Seconds between two signs of life of a run; Prefect allows no fewer."""
SILENCE = 3 * HEARTBEAT
"""Seconds without one after which a run is dead."""
RESTARTS = 5
"""How often in a row a run may crash; the run itself refuses to begin once more."""
MOST_STARTS = 50
"""A run that has begun so often, for whatever reason, is not started again by an automation."""
APART = 60
"""Seconds. A run that crashes twice within these without having begun in between cannot begin at
all, for a flow that cannot be imported say, and is not started again."""
LEFT = 45
"""Seconds after which nobody says anything more of a run that crashed."""
SERVER_ENVIRONMENT = {"PREFECT_SERVER_EVENTS_EXPIRED_BUCKET_BUFFER": "P7D"}
"""What a server's environment should hold. It keeps what it waits for in its database, but forgets
it a minute after it was due unless told otherwise, and with it what died while it was down itself.
"""

_OURS = {"prefect.resource.id": f"prefect.tag.{TAG}", "prefect.resource.role": "tag"}
_RUNS = {"prefect.resource.id": "prefect.flow-run.*"}
_EACH_RUN = {"prefect.resource.id"}
_EACH_START = {"prefect.resource.id", "prefect.run-count"}


def automations() -> tuple[AutomationCore, ...]:
    """Those that every server with our deployments needs."""
    return (_dead_is_crashed(), _crashed_runs_again(), _left_crashed_runs_again())


def definition(automation: AutomationCore) -> dict[str, Any]:
    """What two automations that do the same have in common, whoever made them."""
    return automation.model_dump(include={"description", "trigger", "actions"})


def _dead_is_crashed() -> AutomationCore:
    """After each sign that a run is under way, another event of that run is expected.

    Pending counts as such a sign, so that a worker which dies between taking a run and starting its
    process is found out, too. Any event will do: the next sign of life, or the run's end.
    """
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    alive = ("Pending", "pull-step.executed", "Running", "heartbeat")
    return AutomationCore(
        name="digest: a run that died is marked Crashed",
        description=f"A run that gave no sign of life for {SILENCE} s is dead.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            after={f"prefect.flow-run.{sign}" for sign in alive},
            expect={"prefect.flow-run.*"},
            match=_RUNS,
            match_related=_OURS,
            for_each=_EACH_RUN,
            threshold=1,
            within=timedelta(seconds=SILENCE),
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED, message=f"It gave no sign of life for {SILENCE} s."
            )
        ],
    )


def _crashed_runs_again() -> AutomationCore:
    """Once it has acted on a crash, it passes over the next ones until ``APART`` is over, unless
    the run has begun again: it is then told apart by how often it has begun."""
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    return AutomationCore(
        name="digest: a crashed run is started again",
        description=(
            f"Unless it crashes twice within {APART} s and cannot even begin, or has begun "
            f"{MOST_STARTS} times. A run that crashed {RESTARTS} times in a row "
            "then fails and says so."
        ),
        trigger=EventTrigger(
            posture=Posture.Reactive,
            expect={"prefect.flow-run.Crashed"},
            match=_RUNS | {"prefect.run-count": [str(count) for count in range(MOST_STARTS)]},
            match_related=_OURS,
            for_each=_EACH_START,
            threshold=1,
            within=timedelta(seconds=APART),
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.SCHEDULED,
                name="AwaitingRetry",
                message="It crashed and is started again.",
            )
        ],
    )


def _left_crashed_runs_again() -> AutomationCore:
    """A worker says twice that a run crashed, some seconds apart. By then the run may be in the
    queue again, and is Crashed once more, on which ``_crashed_runs_again`` does not act."""
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    return AutomationCore(
        name="digest: a run that was left Crashed is started again",
        description=f"One that has begun, and of which nothing was heard for {LEFT} s since.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            after={"prefect.flow-run.Crashed"},
            expect={"prefect.flow-run.*"},
            match=_RUNS | {"prefect.run-count": [str(count) for count in range(1, MOST_STARTS)]},
            match_related=_OURS,
            for_each=_EACH_RUN,
            threshold=1,
            within=timedelta(seconds=LEFT),
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.SCHEDULED,
                name="AwaitingRetry",
                message="It was left Crashed and is started again.",
            )
        ],
    )
