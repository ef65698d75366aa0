"""``digest doctor`` and a real Prefect server: in step with the settings, and not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import yaml
from prefect.settings import PREFECT_API_URL, temporary_settings

from digest import settings
from digest.model import Feed
from digest.operate.deploy import deploy
from digest.operate.doctor.server import check_server

pytestmark = pytest.mark.prefect


@pytest.fixture(scope="module")
def server(start_prefect, tmp_path_factory):
    with start_prefect(tmp_path_factory.mktemp("server")) as served:
        variables = {PREFECT_API_URL: served.variables["PREFECT_API_URL"]}
        with temporary_settings(variables):
            yield served


@pytest.fixture(scope="module")
def project(new_project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("doctor") / "project"
    return new_project(folder, {}, [Feed("https://news.example/feed", "News")])


@pytest.fixture
def verdicts(server, project, monkeypatch):
    """``verdicts(**settings)``: what is found with such settings."""
    monkeypatch.setenv("DIGEST_CONFIG", str(project.settings))

    def look(**changed):
        project.settings.write_text(yaml.safe_dump({"feeds": "feeds.opml", **changed}), "utf-8")
        found = list(check_server(settings.load(), project.folder))
        return [(each.status, each.check, each.found) for each in found]

    return look


def test_a_server_on_which_nothing_is_deployed_is_no_failure(verdicts):
    server, clock, deployments = verdicts()
    assert server[:2] == ("ok", "Prefect")
    assert "is Prefect 3." in server[2]
    assert clock == ("ok", "clock", "agrees with that of the Prefect server")
    assert deployments == ("warning", "Prefect", "nothing is deployed on this server")


def test_deployments_without_a_worker_fail_until_one_is_alive(verdicts, server, project):
    deploy(settings.load(), project.folder)
    *_, deployments, workers = verdicts()
    assert deployments[0] == "ok"
    assert "deployments are as the settings say" in deployments[2]
    assert workers == ("failed", "workers", "none is alive in the work pool digest")

    # What a worker says of itself every half a minute.
    server.ask("work_pools/digest/workers/heartbeat", name="one", heartbeat_interval_seconds=30)
    assert verdicts()[-1] == ("ok", "workers", "1 alive in the work pool digest")


def test_runs_that_should_have_begun_are_counted(verdicts, server):
    daily = server.deployment("daily-digest/daily")["id"]
    for minutes in (-10, -1, 60):
        time = datetime.now(UTC) + timedelta(minutes=minutes)
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": time.isoformat()}}
        server.ask(f"deployments/{daily}/create_flow_run", state=state)
    assert verdicts()[-1] == ("warning", "workers", "1 runs should have begun by now")


def test_settings_that_changed_since_are_named(verdicts):
    evening = {"daily": {}, "evening": {"schedule": "0 18 * * *"}}
    found = {text: status for status, _, text in verdicts(editions=evening)}
    [(text, status)] = [each for each in found.items() if "not as the settings say" in each[0]]
    assert status == "failed"
    assert "daily-digest/evening (create)" in text
    found = verdicts(editions={"daily": {"schedule": "0 18 * * *"}})
    assert "daily-digest/daily (update)" in found[2][2]
    assert found[2][0] == "warning"
