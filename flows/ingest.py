"""Ingest as a Prefect flow: often, so that nothing drops out of a feed between two editions."""

from __future__ import annotations

import logging
from datetime import datetime

from prefect import flow, runtime

from digest import settings
from digest.operate.again import bridged, refuse_crash_loop, revive_others
from digest.operate.shards import Stage, Work, gather_part, gathering
from digest.operate.show import show_ingest
from digest.run import Gathered, ingest
from digest.stages.shard import Shard
from digest.stages.tasks import as_task

logging.getLogger("digest").setLevel(logging.INFO)


def run_name() -> str:
    """``ingest 14:50 UTC``: when it was due."""
    return f"ingest {runtime.flow_run.scheduled_start_time:%H:%M} UTC"


# One that fails is not tried again by itself: the next one, an hour later, does the same.
@flow(name="ingest", flow_run_name=run_name, persist_result=False)
def ingest_feeds() -> Gathered:
    """Asks every feed that is due and reads the articles that are new."""
    refuse_crash_loop()
    revive_others()
    loaded = settings.load()
    gathered = bridged(lambda: ingest(loaded, step=as_task, gather=gathering(loaded)))
    show_ingest(gathered)
    return gathered


@flow(name="ingest-shard", flow_run_name="{stage} {shard} of {of}", persist_result=False)
def ingest_shard(
    stage: Stage, shard: int, of: int, floor: datetime, settle: bool, edition: str = ""
) -> None:
    """Does one part of an ingest; the run that needs it starts it, with all of its parameters.

    Args:
        stage: Whether the feeds are asked or the articles read.
        shard: Which part, from 1.
        of: How many parts there are.
        floor: What was published before this time is no news any more.
        settle: Take the feed's own text where a page cannot be had now.
        edition: Only the feeds of this edition; those of all editions where empty.
    """
    refuse_crash_loop()
    loaded, work = settings.load(), Work(of, floor, settle, edition)
    bridged(lambda: gather_part(loaded, stage, Shard(shard, of), work))


if __name__ == "__main__":
    ingest_feeds()
