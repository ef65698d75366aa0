"""What a server does with runs that crash, by the automations of ours that it holds."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from digest import settings
from digest.model import Feed
from digest.operate import automations, unfinished
from digest.operate.deploy import deploy
from digest.operate.unfinished import revive

pytestmark = pytest.mark.prefect

DAILY = "daily-digest/daily"
FEEDS = (Feed("https://news.example/feed", "News"),)


@pytest.fixture
def eventually(tools):
    return tools.eventually


@pytest.fixture(scope="module")
def served(start_busy_prefect, tmp_path_factory):
    with start_busy_prefect(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def server(served):
    """A server with none of our automations."""
    for each in served.ask("automations/filter"):
        served.client.delete(f"automations/{each['id']}").raise_for_status()
    with temporary_settings({PREFECT_API_URL: served.variables["PREFECT_API_URL"]}):
        yield served


@pytest.fixture(scope="module")
def bring(new_project, tmp_path_factory):
    """``bring()``: deploys a project, with the automations as they are now."""
    project = new_project(tmp_path_factory.mktemp("automations") / "project", {}, FEEDS)
    return lambda: deploy(settings.load(project.settings), project.folder)


class Run:
    """A flow run that nobody carries out: its states are told to the server by the test."""

    def __init__(self, server):
        self.server = server
        deployment = server.deployment(DAILY)["id"]
        self.id = server.ask(f"deployments/{deployment}/create_flow_run")["id"]

    def becomes(self, *states):
        for state in states:
            answer = self.server.ask(f"flow_runs/{self.id}/set_state", state={"type": state})
            assert answer["status"] == "ACCEPT", answer
            # The server looks at one event after the other, as long as they do not come at once.
            time.sleep(0.5)

    def now(self):
        return self.server.client.get(f"flow_runs/{self.id}").json()

    def states(self):
        found = self.server.client.get(f"flow_run_states/?flow_run_id={self.id}").json()
        return [state["name"] for state in sorted(found, key=lambda state: state["timestamp"])]


def test_a_run_that_crashes_whenever_it_has_begun_is_started_again_as_the_same_run(
    server, bring, eventually
):
    bring()
    run = Run(server)
    due = run.now()["expected_start_time"]
    for _ in range(3):
        run.becomes("PENDING", "RUNNING", "CRASHED")
        eventually(lambda: run.now()["state_name"] == "AwaitingRetry")
    assert run.now()["expected_start_time"] == due
    assert run.now()["state"]["message"] == "It crashed and is started again."


def test_a_run_that_cannot_even_begin_is_started_again_but_once(server, bring, eventually):
    bring()
    run, other = Run(server), Run(server)
    run.becomes("PENDING", "CRASHED")
    eventually(lambda: run.now()["state_name"] == "AwaitingRetry")
    run.becomes("PENDING", "CRASHED")
    # What came later has been looked at, and so has this.
    other.becomes("PENDING", "RUNNING", "CRASHED")
    eventually(lambda: other.now()["state_name"] == "AwaitingRetry")
    assert run.now()["state_name"] == "Crashed"


def test_a_run_that_has_begun_very_often_is_not_started_again(
    server, bring, eventually, monkeypatch
):
    monkeypatch.setattr(automations, "MOST_STARTS", 2)
    bring()
    run, other = Run(server), Run(server)
    run.becomes("PENDING", "RUNNING", "CRASHED")
    eventually(lambda: run.now()["state_name"] == "AwaitingRetry")
    run.becomes("PENDING", "RUNNING", "CRASHED")
    other.becomes("PENDING", "RUNNING", "CRASHED")
    eventually(lambda: other.now()["state_name"] == "AwaitingRetry")
    assert run.now()["state_name"] == "Crashed"


def test_a_run_that_gives_no_sign_of_life_is_crashed_wherever_it_died(
    server, bring, eventually, monkeypatch
):
    monkeypatch.setattr(automations, "SILENCE", 10)
    bring()
    taken, begun, waiting, done = Run(server), Run(server), Run(server), Run(server)
    taken.becomes("PENDING")
    begun.becomes("PENDING", "RUNNING")
    done.becomes("PENDING", "RUNNING", "COMPLETED")
    for run in (taken, begun):
        eventually(lambda run=run: run.now()["state_name"] == "AwaitingRetry", 40)
    assert taken.states() == ["Scheduled", "Pending", "Crashed", "AwaitingRetry"]
    assert begun.states() == ["Scheduled", "Pending", "Running", "Crashed", "AwaitingRetry"]
    assert "Crashed" not in waiting.states()
    assert done.states()[-1] == "Completed"


def test_a_run_whose_crash_is_told_again_when_it_is_in_the_queue_is_not_left_there(
    server, bring, eventually, monkeypatch
):
    monkeypatch.setattr(automations, "LEFT", 10)
    bring()
    run, never_begun = Run(server), Run(server)
    run.becomes("PENDING", "RUNNING", "CRASHED")
    never_begun.becomes("PENDING", "CRASHED")
    for each in (run, never_begun):
        eventually(lambda each=each: each.now()["state_name"] == "AwaitingRetry")
        each.becomes("CRASHED")
    eventually(lambda: run.now()["state_name"] == "AwaitingRetry", 40)
    assert run.states()[-3:] == ["AwaitingRetry", "Crashed", "AwaitingRetry"]
    assert never_begun.now()["state_name"] == "Crashed"


def test_a_run_that_no_automation_begins_again_is_begun_by_whoever_looks(
    server, bring, monkeypatch
):
    bring()
    for each in server.ask("automations/filter"):
        server.client.delete(f"automations/{each['id']}").raise_for_status()
    crashed, done = Run(server), Run(server)
    due = crashed.now()["expected_start_time"]
    crashed.becomes("PENDING", "RUNNING", "CRASHED")
    done.becomes("PENDING", "RUNNING", "COMPLETED")
    with get_client(sync_client=True) as client:
        # The server's automations get their time.
        assert crashed.now()["name"] not in revive(client)
        monkeypatch.setattr(unfinished, "SETTLED", timedelta(0))
        assert crashed.now()["name"] in revive(client)
        assert revive(client) == []
    assert crashed.now()["state_name"] == "AwaitingRetry"
    assert crashed.now()["expected_start_time"] == due
    assert done.now()["state_name"] == "Completed"
