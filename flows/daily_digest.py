"""The daily digest as a Prefect flow: the same call as ``digest run``, each stage a task run."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from datetime import date as Date  # noqa: N812 (the parameter is called date)

from prefect import flow, runtime
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from digest import settings
from digest.editing.health import worst_first
from digest.model import DigestError
from digest.publish.markdown import markdown
from digest.run import Outcome, run
from digest.stages.order import Order
from digest.stages.tasks import as_task

logging.getLogger("digest").setLevel(logging.INFO)


def run_name() -> str:
    """``daily 2026-11-23 Seoul``: what was asked for, and for when."""
    asked = runtime.flow_run.parameters
    when = asked.get("date") or f"{runtime.flow_run.scheduled_start_time:%Y-%m-%d %H:%M} UTC"
    parts = (asked.get("edition") or "digest", when, asked.get("topic"))
    return " ".join(str(part) for part in parts if part)


@flow(name="daily-digest", flow_run_name=run_name, persist_result=False)
def daily_digest(
    edition: str = "",
    date: Date | None = None,
    topic: str = "",
    max_stories: int | None = None,
    deliver: bool = True,
    rebuild: bool = False,
) -> Outcome:
    """Makes one edition of the digest and publishes it.

    Safe to run again: an edition that is published already is only written again, to the same
    bytes, unless it is to be rebuilt.

    Args:
        edition: Which edition of the settings; the first one where empty.
        date: The day whose edition is wanted; the last one that is due where empty.
        topic: Only stories about this, as an edition of its own.
        max_stories: At most so many stories, from 1 to 100; as in the settings where empty.
        deliver: Mail it to the edition's recipients (an edition on a topic is not mailed).
        rebuild: Make it anew although it is there already.
    """
    order = Order(
        edition=edition,
        date=date.isoformat() if date else "",
        topic=topic,
        max_stories=max_stories,
        deliver=deliver,
        rebuild=rebuild,
    )
    # A run that starts late still makes the edition it was scheduled for.
    due = datetime.fromtimestamp(runtime.flow_run.scheduled_start_time.timestamp(), UTC)
    outcome = run(settings.load(), order, due, as_task)
    show(outcome)
    if failed := [d.recipient for d in outcome.deliveries if d.status == "failed"]:
        raise DigestError(f"published, but not delivered to {', '.join(failed)}")
    return outcome


def show(outcome: Outcome) -> None:
    """The digest and the feeds' health, in the Prefect UI."""
    made = outcome.edition
    create_markdown_artifact(markdown(made), key="digest", description=f"{made.title}, {made.slot}")
    create_table_artifact(
        [
            {"feed": feed.title, "how it does": feed.status, "why": feed.reason, "url": feed.url}
            for feed in worst_first(made.health)
        ],
        key="feed-health",
        description=f"The feeds of {made.title}, {made.slot}",
    )


if __name__ == "__main__":
    daily_digest()
