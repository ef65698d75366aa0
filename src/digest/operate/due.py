"""For when a run's edition is meant."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import runtime

from digest.editing.window import meant
from digest.operate.again import deployed_run
from digest.settings import Settings


def due(settings: Settings, edition: str) -> datetime:
    """The time for which this flow run is scheduled, UTC: a run that starts late still makes the
    edition it was scheduled for.

    ``edition`` is its name, empty for the first one of the settings.
    """
    at = datetime.fromtimestamp(runtime.flow_run.scheduled_start_time.timestamp(), UTC)
    deployed = deployed_run()
    if deployed is None or not deployed[1].auto_scheduled:
        return at
    _, wanted = settings.edition(edition)
    return meant(wanted.schedule, wanted.timezone, at)
