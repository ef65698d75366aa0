"""The daily digest as a Prefect flow: the same call as ``digest run``, each stage a task run."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from datetime import date as Date  # noqa: N812 (the parameter is called date)

import httpx
from prefect import State, flow, runtime

from digest import settings
from digest.model import DigestError, PassingError
from digest.operate.again import (
    bridged,
    go_again,
    pressed_retry,
    published_already,
    refuse_crash_loop,
    revive_others,
)
from digest.operate.due import due
from digest.operate.ending import ending, failing, report
from digest.operate.events import emit, events
from digest.operate.shards import gathering
from digest.operate.show import show
from digest.operate.turns import wait_for_turn
from digest.run import Outcome, run
from digest.stages.order import Order
from digest.stages.tasks import TimedTasks

logging.getLogger("digest").setLevel(logging.INFO)


def run_name() -> str:
    """``daily 2026-11-23 Seoul``: what was asked for, and for when."""
    asked = runtime.flow_run.parameters
    when = asked.get("date") or f"{runtime.flow_run.scheduled_start_time:%Y-%m-%d %H:%M} UTC"
    parts = (asked.get("edition") or "digest", when, asked.get("topic"))
    return " ".join(str(part) for part in parts if part)


@flow(name="daily-digest", flow_run_name=run_name, on_failure=[go_again], persist_result=False)
def daily_digest(
    edition: str = "",
    date: Date | None = None,
    topic: str = "",
    max_stories: int | None = None,
    deliver: bool = True,
    rebuild: bool = False,
) -> State[Outcome]:
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
    step = TimedTasks()
    try:
        refuse_crash_loop()
        revive_others()
        if not (date or topic):
            wait_for_turn()
        # What an attempt before this one made anew is made anew; the readers are what is left.
        rebuild = rebuild and not published_already()
        order = replace(order, insist=pressed_retry(), rebuild=rebuild)
        ours = settings.load()
        at = due(ours, edition)
        outcome = bridged(
            lambda: run(
                ours,
                order,
                now=at,
                step=step,
                late=datetime.now(UTC) - at,
                gather=gathering(ours, order),
            )
        )
        report(outcome)
        show(outcome, ours, step.seconds)
        emit(events(outcome, ours, again=runtime.flow_run.run_count > 1))
    except DigestError as error:
        return failing(error)
    except httpx.HTTPError as error:
        if isinstance(error, httpx.HTTPStatusError) and not error.response.is_server_error:
            raise
        return failing(PassingError(f"the Prefect server does not answer ({error})"))
    return ending(outcome)


if __name__ == "__main__":
    daily_digest()
