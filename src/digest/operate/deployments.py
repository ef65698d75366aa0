"""Deployments in two forms: what a job becomes, and what the server has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.operate.automations import HEARTBEAT
from digest.operate.jobs import FLOWS, TAG, Job
from digest.project import load_flow

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import DeploymentSchedule
    from prefect.client.schemas.responses import DeploymentResponse
    from prefect.client.schemas.schedules import CronSchedule

SLUG = "settings"
"""Names the one schedule of a deployment that is the settings'; others are a person's."""
ENTER = "prefect.deployments.steps.set_working_directory"
"""The step by which a run gets into its project's folder."""


def wanted(job: Job, project: Path, work_pool: str) -> dict[str, Any]:
    """What the settings decide of a deployment, by the names of Prefect's API.

    Only ``schedule`` is a name of ours: the cron line and its time zone, or ``None``.

    Raises:
        UsageError: ``project`` does not hold the job's flow.
    """
    from prefect.utilities.callables import parameter_schema

    flow = load_flow(project, job.entrypoint)
    directory = {"directory": str(project)}
    return {
        "description": job.description,
        "tags": [TAG],
        "version": version("digest"),
        "entrypoint": job.entrypoint,
        "pull_steps": [{ENTER: directory}],
        "work_pool_name": work_pool,
        "job_variables": {"env": environment()},
        "parameters": dict(job.parameters),
        "parameter_openapi_schema": _whole(job.form or parameter_schema(flow).model_dump()),
        "enforce_parameter_schema": True,
        "schedule": (job.schedule, job.timezone) if job.schedule else None,
    }


def environment() -> dict[str, str]:
    """The variables that every run needs."""
    config = os.environ.get("DIGEST_CONFIG")
    return {
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "digest",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT),
        # What a server answers while its own database is restarted: worth asking again.
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",
        **({"DIGEST_CONFIG": str(Path(config).absolute())} if config else {}),
    }


def there(deployment: DeploymentResponse) -> dict[str, Any]:
    """A deployment on the server in the form of ``wanted``."""
    known = _schedule(deployment)
    at = known.schedule.model_dump() if known else {}
    return {
        **deployment.model_dump(mode="json"),
        "parameter_openapi_schema": _whole(deployment.parameter_openapi_schema or {}),
        "schedule": (at.get("cron"), at.get("timezone")) if known else None,
    }


def folder(deployment: DeploymentResponse) -> Path | None:
    """The project's folder that a deployment's runs get into."""
    steps = deployment.pull_steps or []
    return next((Path(step[ENTER]["directory"]) for step in steps if ENTER in step), None)


def found(client: SyncPrefectClient) -> dict[str, DeploymentResponse]:
    """The deployments of our flows, by their full names."""
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName

    ours = FlowFilter(name=FlowFilterName(any_=list(FLOWS)))
    flows = {flow.id: flow.name for flow in client.read_flows(flow_filter=ours)}
    return {
        f"{flows[deployment.flow_id]}/{deployment.name}": deployment
        for deployment in client.read_deployments(flow_filter=ours)
    }


def create(client: SyncPrefectClient, full_name: str, values: Mapping[str, Any]) -> None:
    """Makes a deployment, and its flow where there is none yet."""
    from prefect.client.schemas.actions import DeploymentScheduleCreate

    fields = dict(values)
    schedule = fields.pop("schedule")
    flow, _, name = full_name.partition("/")
    client.create_deployment(
        client.create_flow_from_name(flow),
        name,
        schedules=[DeploymentScheduleCreate(schedule=_cron(*schedule), slug=SLUG)]
        if schedule
        else [],
        **fields,
    )


def update(
    client: SyncPrefectClient, deployment: DeploymentResponse, values: Mapping[str, Any]
) -> None:
    """Changes a deployment. The server plans anew what it had planned for it."""
    from prefect.client.schemas.actions import DeploymentScheduleUpdate, DeploymentUpdate

    fields = dict(values)
    schedule, known = fields.pop("schedule"), _schedule(deployment)
    schedules = [
        DeploymentScheduleUpdate(
            **each.model_dump(include=set(DeploymentScheduleUpdate.model_fields))
        )
        for each in deployment.schedules
        if each is not known
    ]
    if schedule:
        active = known.active if known else True
        schedules.append(
            DeploymentScheduleUpdate(schedule=_cron(*schedule), slug=SLUG, active=active)
        )
    client.update_deployment(deployment.id, DeploymentUpdate(**fields, schedules=schedules))


def _schedule(deployment: DeploymentResponse) -> DeploymentSchedule | None:
    return next((each for each in deployment.schedules if each.slug == SLUG), None)


def _cron(line: str, timezone: str) -> CronSchedule:
    from prefect.client.schemas.schedules import CronSchedule

    return CronSchedule(cron=line, timezone=timezone)


def _whole(schema: Mapping[str, Any]) -> dict[str, Any]:
    """With the keys that Prefect leaves out here and fills in there."""
    from prefect.utilities.callables import ParameterSchema

    return ParameterSchema(**schema).model_dump()
