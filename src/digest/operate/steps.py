"""What ``prefect.yaml`` calls, so that ``prefect deploy --all`` and ``digest deploy`` are one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from digest import settings, subscriptions
from digest.model import UsageError
from digest.operate.deploy import deploy
from digest.operate.deployments import wanted
from digest.operate.jobs import jobs


def deploy_settings(deployment: str, work_pool: str) -> dict[str, Any]:
    """Deploys everything; a build step of a deployment in ``prefect.yaml``.

    Prefect deploys what the file names after its steps have run. So that this changes nothing any
    more, the file takes all values from what this returns.

    Args:
        deployment: The full name of the deployment that the file names.
        work_pool: The work pool that the file names, which Prefect looks up before any step.

    Returns:
        That deployment's values, by the names that stand in the file.

    Raises:
        UsageError: the file and the settings do not name the same work pool.
    """
    loaded, project = settings.load(), Path.cwd()
    if work_pool != loaded.prefect.work_pool:
        raise UsageError(
            f"prefect.yaml names the work pool {work_pool!r} and the settings name "
            f"{loaded.prefect.work_pool!r}: write the same in both"
        )
    deploy(loaded, project)
    [job] = [
        each
        for each in jobs(loaded, subscriptions.read(loaded.feeds))
        if each.full_name == deployment
    ]
    values = wanted(job, project, work_pool)
    return {
        "cron": job.schedule,
        "timezone": job.timezone,
        "directory": str(project),
        **{name: values[name] for name in ("description", "tags", "version", "job_variables")},
    }
