"""Ingest as a Prefect flow: often, so that nothing drops out of a feed between two editions."""

from __future__ import annotations

import logging

from prefect import flow
from prefect.artifacts import create_table_artifact

from digest import settings
from digest.run import Gathered, ingest
from digest.stages.tasks import as_task

logging.getLogger("digest").setLevel(logging.INFO)


@flow(name="ingest", persist_result=False)
def ingest_feeds() -> Gathered:
    """Asks every feed that is due and reads the articles that are new."""
    gathered = ingest(settings.load(), step=as_task)
    create_table_artifact(
        [
            {
                "feed": check.feed.title or check.feed.url,
                "outcome": check.outcome,
                "new entries": check.new,
                "why": check.reason,
            }
            for check in gathered.checks
        ],
        key="feed-checks",
        description="How the feeds answered",
    )
    return gathered


if __name__ == "__main__":
    ingest_feeds()
