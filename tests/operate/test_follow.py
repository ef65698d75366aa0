"""What `digest serve` prints of what the runs say. (With a real server: tests/flows.)"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun, Log
from prefect.states import (
    AwaitingRetry,
    Completed,
    Crashed,
    Failed,
    Pending,
    Running,
)

from digest.operate.follow import Line, show, turn, worth_showing

AT = datetime(2026, 11, 23, 7, 0, 5, tzinfo=UTC)
OURS = "digest serve, laptop, 12345678"


def record(name: str, level: int, message: str = "24 articles tell 11 stories") -> Log:
    return Log(name=name, level=level, message=message, timestamp=AT, flow_run_id=uuid4())


def run(state, worker: str | None = OURS, **more) -> FlowRun:
    labels = {"prefect.worker.name": worker} if worker else {}
    return FlowRun(flow_id=uuid4(), name="daily 2026-11-23", state=state, labels=labels, **more)


@pytest.fixture
def shown(monkeypatch, capsys):
    """``shown(line)``: what of it appears on the terminal, in a known time zone."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr("digest.operate.follow.console.file", None, raising=False)

    def show_one(line: Line) -> str:
        show([line])
        return capsys.readouterr().out

    return show_one


@pytest.mark.parametrize(
    ("name", "level", "message", "shown"),
    [
        ("digest", logging.INFO, "read 24 articles", True),
        ("digest.stages.compose", logging.INFO, "24 articles tell 11 stories", True),
        ("digestion", logging.INFO, "not of ours", False),
        ("prefect.flow_runs", logging.INFO, "Beginning flow run", False),
        ("prefect.flow_runs.worker", logging.INFO, "submitted to infrastructure", False),
        ("prefect.task_runs", logging.WARNING, "Retry 1/2 will start 30 s from now", True),
        ("prefect.flow_runs", logging.ERROR, "Finished in state Failed('no network')", False),
        ("prefect.flow_runs", logging.ERROR, "Encountered exception during execution: X", False),
    ],
)
def test_records_of_the_digest_and_warnings_are_shown(name, level, message, shown):
    assert worth_showing(record(name, level, message)) is shown


def test_a_run_says_when_it_begins_and_how_it_ends():
    began = turn(run(Running(timestamp=AT)))
    assert began == Line(AT, "daily 2026-11-23", "begins")
    took = timedelta(seconds=12.3)
    assert turn(run(Completed(timestamp=AT), total_run_time=took)).text == "done in 12 s"
    assert turn(run(Pending(timestamp=AT))) is None
    failed = turn(run(Failed(timestamp=AT, message="2 of 3 mails were not taken")))
    assert (failed.text, failed.level) == ("Failed: 2 of 3 mails were not taken", logging.ERROR)
    crashed = turn(run(Crashed(timestamp=AT)))
    assert (crashed.text, crashed.level) == ("Crashed", logging.ERROR)


def test_a_run_that_is_put_off_says_until_when_and_why():
    later = AT + timedelta(minutes=1)
    line = turn(run(AwaitingRetry(scheduled_time=later, timestamp=AT, message="no network")))
    assert line.text == f"is tried again from {later.astimezone():%H:%M:%S} on: no network"
    assert line.level == logging.WARNING


def test_a_line_has_the_local_time_the_run_and_what_it_says(shown):
    line = Line(AT, "daily 2026-11-23", "24 articles tell 11 stories")
    assert shown(line) == (
        f"{AT.astimezone():%H:%M:%S}  daily 2026-11-23  24 articles tell 11 stories\n"
    )


@pytest.mark.parametrize(
    ("level", "stands_out"), [(logging.WARNING, "warning: "), (logging.CRITICAL, "error: ")]
)
def test_warnings_stand_out_where_there_are_no_colours(shown, level, stands_out):
    line = Line(AT, "daily", "the feed of Kilowatt [weight=2] is dead", level)
    assert shown(line).endswith(f"daily  {stands_out}the feed of Kilowatt [weight=2] is dead\n")


def test_of_a_traceback_only_what_matters_is_shown(shown):
    text = "It went wrong\nTraceback (most recent call last):\n  File …\nKeyError: 'daily'\n"
    assert shown(Line(AT, "daily", text, logging.ERROR)).endswith(
        "error: It went wrong: KeyError: 'daily'\n"
    )
    assert shown(Line(AT, "daily", "one\ntwo")).endswith("daily  one\n")
