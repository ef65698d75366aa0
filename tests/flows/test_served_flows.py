"""``digest serve``: a Prefect server and the flows on their schedules, with one command."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

pytestmark = pytest.mark.prefect

PATIENCE = 60
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def two_editions(other_project):
    settings = yaml.safe_load(other_project.settings.read_text())
    settings["editions"]["evening"] = {
        "title": "Evening digest",
        "schedule": "30 18 * * 1-5",
        "timezone": "Asia/Seoul",
    }
    other_project.settings.write_text(yaml.safe_dump(settings))
    return other_project


def processes_with(text: str) -> list[str]:
    """The command lines of all processes that have this in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and text.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text())
        except OSError:  # it has ended meanwhile, or is not ours
            continue
    return found


def scheduled_runs(prefect, name):
    """When a deployment's next runs are, as soon as the server has planned them."""
    deployment = {"id": {"any_": [prefect.deployment(name)["id"]]}}
    deadline = time.monotonic() + PATIENCE
    while not (runs := prefect.ask("flow_runs/filter", deployments=deployment)):
        assert time.monotonic() < deadline, f"no run of {name} is scheduled"
        time.sleep(0.2)
    assert {run["state_type"] for run in runs} == {"SCHEDULED"}
    return [datetime.fromisoformat(run["expected_start_time"]) for run in runs]


def end(process, number):
    """Sends a signal as a terminal does, to all that were started there; the exit status."""
    os.killpg(process.pid, number)
    return process.wait(PATIENCE)


def test_serve_schedules_every_edition_and_the_ingest_until_it_is_stopped(
    two_editions, serve_digest
):
    with serve_digest(two_editions) as (process, prefect):
        evening = scheduled_runs(prefect, "daily-digest/evening")
        assert {f"{each.astimezone(SEOUL):%H:%M}" for each in evening} == {"18:30"}
        daily = scheduled_runs(prefect, "daily-digest/daily")
        assert {each.hour for each in daily} == {two_editions.cutoff.hour}
        hourly = scheduled_runs(prefect, "ingest/hourly")
        assert {each.minute for each in hourly} == {50}
        deployed = prefect.deployment("daily-digest/evening")
        assert deployed["parameters"] == {"edition": "evening"}
        assert deployed["description"] == "Evening digest"
        assert deployed["global_concurrency_limit"]["limit"] == 1

        run = prefect.run("ingest/hourly")
        assert run["state_type"] == "COMPLETED", run["state"]["message"]
        assert "46 articles of 47 entries" in two_editions.run("digest", "status").stdout

        home = prefect.variables["PREFECT_HOME"]
        assert len(processes_with(home)) >= 2
        assert end(process, signal.SIGINT) == 0
        assert processes_with(home) == []


def test_serve_takes_its_server_along_when_it_is_terminated(other_project, serve_digest):
    with serve_digest(other_project) as (process, prefect):
        assert end(process, signal.SIGTERM) == 0
        assert processes_with(prefect.variables["PREFECT_HOME"]) == []


def test_serve_can_be_stopped_before_its_server_answers(other_project, start_serving, tmp_path):
    with start_serving(other_project, PREFECT_HOME=str(tmp_path)) as process:
        deadline = time.monotonic() + PATIENCE
        while len(processes_with(f"PREFECT_HOME={tmp_path}")) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert end(process, signal.SIGINT) == 130
        assert processes_with(f"PREFECT_HOME={tmp_path}") == []


def test_serve_says_that_the_server_it_shall_use_does_not_answer(other_project, start_serving):
    address = "http://127.0.0.1:9/api"
    with start_serving(other_project, PREFECT_API_URL=address) as process:
        assert process.wait(PATIENCE) == 1
    assert (other_project.folder / "serve.log").read_text() == (
        f"digest: the Prefect server at {address} does not answer: start it, or unset "
        "PREFECT_API_URL to have one started here\n"
    )
