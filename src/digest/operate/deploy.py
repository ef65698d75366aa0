"""Brings a Prefect server to what the settings say: work pool, deployments, automations.

What is wanted and what is there are put into the same form and compared by a pure function, and
only what differs is changed. A second call therefore changes nothing. What a person set on the
server, and the settings say nothing about, is left alone: a paused schedule stays paused, an added
one stays, and a work pool is theirs once it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from digest import subscriptions
from digest.model import UsageError
from digest.operate import deployments
from digest.operate.automations import automations, definition
from digest.operate.client import connected
from digest.operate.jobs import TAG, jobs
from digest.settings import Settings

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

Kind = Literal["work pool", "deployment", "automation"]
Values = Mapping[str, Any]
"""What the settings decide of something on the server."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was done, or would be done, to one thing on the server."""

    what: Literal["create", "update", "remove", "keep"]
    kind: Kind
    name: str
    differs: tuple[str, ...] = ()
    """The names of the values that an update changes."""


def deploy(settings: Settings, project: Path, check: bool = False) -> tuple[Change, ...]:
    """Brings the server that Prefect's own settings name to what our settings say.

    Args:
        settings: All settings; the subscriptions are read from where they say.
        project: The project's folder, which holds the flows and in which they will run.
        check: Changes nothing, and returns what would be changed.

    Returns:
        A change for each thing that is wanted, and for each that is to go.

    Raises:
        UsageError: the server does not answer or refuses us, ``project`` holds no flows, or the
            deployments there are another project's.
    """
    pool = settings.prefect.work_pool
    wanted = {
        job.full_name: deployments.wanted(job, project.resolve(), pool)
        for job in jobs(settings, subscriptions.read(settings.feeds))
    }
    with connected() as client:
        return (
            _bring_pool(client, pool, check),
            *_bring_deployments(client, pool, project.resolve(), wanted, check),
            *_bring_automations(client, check),
        )


def from_nothing(settings: Settings) -> tuple[Change, ...]:
    """What ``deploy`` would do on a server that knows nothing yet."""
    wanted = jobs(settings, subscriptions.read(settings.feeds))
    return (
        Change("create", "work pool", settings.prefect.work_pool),
        *(Change("create", "deployment", job.full_name) for job in wanted),
        *(Change("create", "automation", automation.name) for automation in automations()),
    )


def decide(
    kind: Kind, wanted: Mapping[str, Values], there: Mapping[str, Values]
) -> tuple[Change, ...]:
    """What has to be done so that there is what is wanted, and nothing else."""
    changes = []
    for name, values in wanted.items():
        if name not in there:
            changes.append(Change("create", kind, name))
        elif differs := tuple(key for key in values if values[key] != there[name][key]):
            changes.append(Change("update", kind, name, differs))
        else:
            changes.append(Change("keep", kind, name))
    gone = [Change("remove", kind, name) for name in there if name not in wanted]
    return (*changes, *gone)


def _bring_pool(client: SyncPrefectClient, name: str, check: bool) -> Change:
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectNotFound
    from prefect.workers.process import ProcessWorker

    try:
        client.read_work_pool(name)
    except ObjectNotFound:
        if not check:
            template = ProcessWorker.get_default_base_job_template()
            pool = WorkPoolCreate(name=name, type="process", base_job_template=template)
            client.create_work_pool(pool)
        return Change("create", "work pool", name)
    return Change("keep", "work pool", name)


def _bring_deployments(
    client: SyncPrefectClient, pool: str, project: Path, wanted: Mapping[str, Values], check: bool
) -> tuple[Change, ...]:
    found = {
        name: deployment
        for name, deployment in deployments.found(client).items()
        # Somebody else's flow may have the same name as one of ours.
        if name in wanted or (TAG in deployment.tags and deployment.work_pool_name == pool)
    }
    for name, deployment in found.items():
        # All projects call their deployments alike. One that was moved is still the same project.
        folder = deployments.folder(deployment)
        if folder and folder != project and (folder / "flows").is_dir():
            raise UsageError(
                f"{name} on this Prefect server is of the project in {folder}, not of {project}: "
                "give each project a server of its own (PREFECT_SERVER_API_PORT and PREFECT_HOME, "
                f"or PREFECT_API_URL), or delete the deployments of {folder} there"
            )
    there = {name: deployments.there(deployment) for name, deployment in found.items()}
    changes = decide("deployment", wanted, there)
    for change in changes if not check else ():
        if change.what == "create":
            deployments.create(client, change.name, wanted[change.name])
        elif change.what == "update":
            deployments.update(client, found[change.name], wanted[change.name])
        elif change.what == "remove":
            client.delete_deployment(found[change.name].id)
    return changes


def _bring_automations(client: SyncPrefectClient, check: bool) -> tuple[Change, ...]:
    ours = {automation.name: automation for automation in automations()}
    found = {each.name: each for name in ours for each in client.read_automations_by_name(name)}
    changes = decide(
        "automation",
        {name: definition(automation) for name, automation in ours.items()},
        {name: definition(automation) for name, automation in found.items()},
    )
    for change in changes if not check else ():
        automation = ours[change.name]
        if change.what == "create":
            client.create_automation(automation)
        elif change.what == "update":
            known = found[change.name]
            # The client sends what was set by name: all of it, but the owner, which nobody may set.
            whole = automation.model_dump(exclude={"owner_resource"}) | {"enabled": known.enabled}
            client.update_automation(known.id, type(automation)(**whole))
    return changes
