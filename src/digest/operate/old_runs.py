"""The history that a Prefect server keeps of our runs, and how long.

Prefect's own service for it (``server.services.db_vacuum``) is no help here: it is a setting of the
server, off unless its owner turns it on, and it takes everybody's runs alike.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from digest.model import UsageError
from digest.operate.client import connected
from digest.operate.jobs import TAG

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.filters import FlowRunFilter

BATCH = 50
"""Runs that are looked up at once."""

logger = logging.getLogger(__name__)


def remove_runs(limit: datetime, dry_run: bool = False) -> dict[str, int]:
    """Removes the flow runs of our deployments that ended before ``limit`` from the server.

    Their task runs, states and logs go with them; their artifacts are removed first. Gives the
    number of flow runs and of artifacts; nothing where no server answers. With ``dry_run`` the
    runs are only counted.
    """
    try:
        with connected() as client:
            old = _ended_before(limit)
            if dry_run:
                return {"flow runs": client.count_flow_runs(flow_run_filter=old)}
            return _remove(client, old)
    except UsageError as away:
        logger.info("flow runs on a server stay: %s", away)
        return {}


def _ended_before(limit: datetime) -> FlowRunFilter:
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterEndTime,
        FlowRunFilterState,
        FlowRunFilterStateType,
        FlowRunFilterTags,
    )
    from prefect.client.schemas.objects import TERMINAL_STATES

    return FlowRunFilter(
        tags=FlowRunFilterTags(all_=[TAG]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(TERMINAL_STATES))),
        end_time=FlowRunFilterEndTime(before_=limit),
    )


def _remove(client: SyncPrefectClient, old: FlowRunFilter) -> dict[str, int]:
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
    from prefect.exceptions import ObjectNotFound

    removed = {"flow runs": 0, "artifacts": 0}
    while runs := client.read_flow_runs(flow_run_filter=old, limit=BATCH):
        theirs = FlowRunFilter(id=FlowRunFilterId(any_=[run.id for run in runs]))
        # While its run is there, an artifact can be found.
        while artifacts := client.read_artifacts(flow_run_filter=theirs, limit=BATCH):
            for artifact in artifacts:
                with suppress(ObjectNotFound):  # a person was faster
                    client.delete_artifact(artifact.id)
            removed["artifacts"] += len(artifacts)
        for run in runs:
            with suppress(ObjectNotFound):
                client.delete_flow_run(run.id)
        removed["flow runs"] += len(runs)
    return removed
