"""Clearing up as a Prefect flow, once a week: what the settings keep no longer goes."""

from __future__ import annotations

import logging

from prefect import flow
from prefect.artifacts import create_table_artifact

from digest import settings
from digest.operate.again import refuse_crash_loop
from digest.operate.upkeep import Pruned, prune
from digest.stages.tasks import as_task

logging.getLogger("digest").setLevel(logging.INFO)
logger = logging.getLogger("digest.prune")


@flow(name="prune", persist_result=False)
def prune_old(dry_run: bool = False) -> Pruned:
    """Removes what is older than the settings keep; nothing that an edition's files cite is lost.

    Safe to stop and to run again, also while an edition is being made.

    Args:
        dry_run: Only count what would be removed.
    """
    refuse_crash_loop()
    pruned = prune(settings.load(), dry_run=dry_run, step=as_task)
    for what, count in pruned.removed.items():
        logger.info("%d %s", count, what)
    create_table_artifact(
        [{"what": what, "how many": count} for what, count in pruned.removed.items()]
        + [{"what": "bytes given back to the disk", "how many": pruned.freed}],
        key="pruned",
        description="What would be removed" if dry_run else "What was removed",
    )
    return pruned


if __name__ == "__main__":
    prune_old()
