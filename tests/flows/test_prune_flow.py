"""Clearing up as a flow, and what it removes from a Prefect server: a real one, with old runs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from digest.operate import old_runs

pytestmark = pytest.mark.prefect

COMPLETED = {"type": "COMPLETED", "name": "Completed"}


@pytest.fixture(scope="module")
def server(start_prefect, tmp_path_factory):
    """A Prefect server that knows nothing yet."""
    with start_prefect(tmp_path_factory.mktemp("prune")) as served:
        yield served


@pytest.fixture(scope="module")
def new_run(server):
    """``new_run(state, *tags)``: a flow run in that state, with a log line and two artifacts."""
    flow = server.ask("flows/", name="any")["id"]

    def make(state, *tags):
        run = server.ask("flow_runs/", flow_id=flow, state=state, tags=list(tags))["id"]
        line = {
            "name": "digest",
            "level": 20,
            "message": "hello",
            "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "flow_run_id": run,
        }
        server.client.post("logs/", json=[line]).raise_for_status()
        for number in range(2):
            server.ask("artifacts/", key="digest", type="markdown", data=number, flow_run_id=run)
        return run

    return make


@pytest.fixture
def on_the_server(server):
    """This process asks that server, also where Prefect has read its environment before."""
    with temporary_settings({PREFECT_API_URL: server.variables["PREFECT_API_URL"]}):
        yield


def left(server, what, run):
    return len(server.of_run(what, run))


def test_old_runs_of_ours_go_with_all_that_belongs_to_them_and_no_others(
    server, new_run, on_the_server, tools, monkeypatch
):
    monkeypatch.setattr(old_runs, "BATCH", 3)
    done = [new_run(COMPLETED, "digest", "daily") for _ in range(4)]
    crashed = new_run({"type": "CRASHED", "name": "Crashed"}, "digest")
    running = new_run({"type": "RUNNING", "name": "Running"}, "digest")
    of_others = new_run(COMPLETED, "theirs")

    yesterday, soon = (datetime.now(UTC) + timedelta(days=days) for days in (-1, 1))
    assert old_runs.remove_runs(yesterday) == {"flow runs": 0, "artifacts": 0}
    old = len(done) + 1
    assert old_runs.remove_runs(soon, dry_run=True) == {"flow runs": old}
    assert old_runs.remove_runs(soon) == {"flow runs": old, "artifacts": 2 * old}
    assert old_runs.remove_runs(soon) == {"flow runs": 0, "artifacts": 0}

    kept = {run["id"] for run in server.ask("flow_runs/filter")}
    assert kept == {running, of_others}
    for run in (done[0], done[-1], crashed):
        assert left(server, "artifacts", run) == 0
        # The server removes them a moment later.
        tools.eventually(lambda run=run: left(server, "logs", run) == 0)
    for run in (running, of_others):
        assert left(server, "artifacts", run) == 2
        assert left(server, "logs", run) == 1


def messages(server, run):
    return [log["message"] for log in server.of_run("logs", run)]


def test_the_flow_shows_what_it_removed_as_a_table(server, new_project, tools, tmp_path: Path):
    settings = {"store": "sqlite:///digest.sqlite", "retention": {"outputs": 30}}
    project = new_project(tmp_path / "project", settings, [])
    project.run(Path(sys.executable).name, "flows/prune.py", **server.variables)
    [run] = server.ask("flow_runs/filter", flows={"name": {"any_": ["prune"]}})
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    tasks = {task["name"].rpartition("-")[0] for task in server.of_run("task_runs", run["id"])}
    assert tasks == {"prune store", "remove editions", "remove runs"}
    [table] = server.of_run("artifacts", run["id"])
    assert (table["key"], table["type"]) == ("pruned", "table")
    assert table["description"] == "What was removed"
    for what in ("texts of articles", "editions' folders", "flow runs"):
        assert f'{{"what": "{what}", "how many": 0}}' in table["data"]
    tools.eventually(lambda: "0 texts of articles" in messages(server, run["id"]))
