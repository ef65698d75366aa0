"""The settings on a real Prefect server: what is made, changed, removed and left alone."""

from __future__ import annotations

import re
import shutil
import threading
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.settings import PREFECT_API_URL, temporary_settings
from typer.testing import CliRunner

from digest import settings
from digest.cli.app import app
from digest.model import Feed, UsageError
from digest.operate import automations
from digest.operate.deploy import deploy
from digest.operate.steps import deploy_settings

pytestmark = pytest.mark.prefect

DAILY, INGEST, PRUNE = "daily-digest/daily", "ingest/feeds", "prune/old"
FEEDS = (Feed("https://news.example/feed", "News", topics=("world",)),)
EVENING = {"schedule": "30 18 * * 1-5", "timezone": "Asia/Seoul"}


@pytest.fixture
def eventually(tools):
    return tools.eventually


@pytest.fixture(scope="module")
def served(start_prefect, tmp_path_factory):
    with start_prefect(tmp_path_factory.mktemp("server")) as server:
        yield server


def change(server, method, path, body=None):
    """Asks until the server's database is not busy, as Prefect's own client does."""
    while (answer := server.client.request(method, path, json=body)).status_code == 503:
        time.sleep(0.2)
    answer.raise_for_status()


@pytest.fixture
def server(served):
    """A server on which nothing is deployed."""
    for kind, found in (
        ("deployments", served.ask("deployments/filter")),
        ("automations", served.ask("automations/filter")),
        ("work_pools", served.ask("work_pools/filter")),
    ):
        for each in found:
            key = each["name"] if kind == "work_pools" else each["id"]
            change(served, "DELETE", f"{kind}/{key}")
    with temporary_settings({PREFECT_API_URL: served.variables["PREFECT_API_URL"]}):
        yield served


@pytest.fixture
def project(new_project, tmp_path, monkeypatch):
    project = new_project(tmp_path / "project", {}, FEEDS)
    monkeypatch.setenv("DIGEST_CONFIG", str(project.settings))
    return project


@pytest.fixture
def bring(project):
    """``bring(**settings)``: deploys such settings; the names of what changed, by how."""

    def bring(check=False, **changed):
        written = {"feeds": "feeds.opml", **changed}
        project.settings.write_text(yaml.safe_dump(written), "utf-8")
        done: dict[str, list[str]] = {}
        for change in deploy(settings.load(), project.folder, check):
            done.setdefault(change.what, []).append(change.name)
        return done

    return bring


def all_deployments(server):
    """Everything that the server says of each deployment but what it gives each one anew."""
    flows = {flow["id"]: flow["name"] for flow in server.ask("flows/filter")}
    anew = {"id", "created", "updated", "deployment_id", "last_polled", "status", "work_queue_id"}
    found = {}
    for each in server.ask("deployments/filter"):
        each["schedules"] = [
            {key: value for key, value in schedule.items() if key not in anew}
            for schedule in each["schedules"]
        ]
        # Prefect writes these into the schema where they are empty, or leaves them out.
        schema = each["parameter_openapi_schema"]
        each["parameter_openapi_schema"] = {"required": [], "definitions": {}} | schema
        name = f"{flows[each['flow_id']]}/{each['name']}"
        found[name] = {key: value for key, value in each.items() if key not in anew}
    return found


def schedules(server, name):
    return {each["slug"]: each for each in server.deployment(name)["schedules"]}


def planned(server, name):
    """When the runs are due that the server has planned for a deployment."""
    deployment = {"id": {"any_": [server.deployment(name)["id"]]}}
    runs = server.ask("flow_runs/filter", deployments=deployment)
    return {datetime.fromisoformat(run["expected_start_time"]) for run in runs}


def test_the_first_call_makes_everything_and_the_second_changes_nothing(server, bring, project):
    ours = [each.name for each in automations.automations()]
    everything = ["digest", DAILY, INGEST, PRUNE, *ours]
    assert bring(check=True) == {"create": everything}
    assert server.ask("work_pools/filter") == server.ask("deployments/filter") == []
    assert bring() == {"create": everything}
    assert bring() == bring(check=True) == {"keep": everything}

    daily = server.deployment(DAILY)
    assert daily["tags"] == ["digest"]
    assert daily["work_pool_name"] == "digest"
    assert daily["parameters"] == {"edition": "daily"}
    assert daily["enforce_parameter_schema"] is True
    assert daily["global_concurrency_limit"] is None
    assert daily["job_variables"]["env"] == {
        "DIGEST_CONFIG": str(project.settings),
        "DO_NOT_TRACK": "1",
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "digest",
    }
    [pool] = server.ask("work_pools/filter")
    assert (pool["name"], pool["type"]) == ("digest", "process")
    assert "env" in pool["base_job_template"]["variables"]["properties"]


def test_settings_in_their_usual_place_need_no_variable(server, bring, monkeypatch, project):
    (project.folder / "config").mkdir()
    project.settings.rename(project.folder / "config/digest.yaml")
    (project.settings.parent / "feeds.opml").rename(project.folder / "feeds.opml")
    monkeypatch.delenv("DIGEST_CONFIG")
    monkeypatch.chdir(project.folder)
    deploy(settings.load(), project.folder)
    assert "DIGEST_CONFIG" not in server.deployment(DAILY)["job_variables"]["env"]


def test_a_changed_schedule_takes_the_runs_along_that_were_planned(server, bring, eventually):
    seoul = ZoneInfo("Asia/Seoul")
    bring(editions={"daily": {"schedule": "0 7 * * *", "timezone": "Asia/Seoul"}})
    before = eventually(lambda: planned(server, DAILY))
    assert {f"{each.astimezone(seoul):%H:%M}" for each in before} == {"07:00"}

    later = {"daily": {"schedule": "15 9 * * *", "timezone": "Asia/Seoul"}}
    assert DAILY in bring(editions=later)["update"]
    assert planned(server, DAILY).isdisjoint(before)
    after = eventually(lambda: planned(server, DAILY))
    assert {f"{each.astimezone(seoul):%H:%M}" for each in after} == {"09:15"}


def test_an_edition_that_is_gone_goes_and_other_projects_deployments_stay(server, bring):
    bring(editions={"daily": {}, "evening": EVENING}, prefect={"work_pool": "theirs"})
    bring(editions={"daily": {}, "evening": EVENING})
    bring(editions={"theirs": {}}, prefect={"work_pool": "theirs"})
    done = bring(editions={"daily": {}})
    assert done["remove"] == ["daily-digest/evening"]
    assert set(all_deployments(server)) == {DAILY, INGEST, PRUNE, "daily-digest/theirs"}


def test_another_projects_deployments_are_not_taken_over_but_a_moved_projects_are(
    server, bring, project, new_project, tmp_path
):
    bring()
    before = all_deployments(server)
    other = new_project(tmp_path / "other", {}, FEEDS)
    with pytest.raises(UsageError, match=f"is of the project in {re.escape(str(project.folder))}"):
        deploy(settings.load(other.settings), other.folder)
    assert all_deployments(server) == before
    shutil.rmtree(project.folder / "flows")
    changes = deploy(settings.load(other.settings), other.folder)
    moved = {change.name for change in changes if "pull_steps" in change.differs}
    assert moved == {DAILY, INGEST, PRUNE}


def test_what_a_person_set_on_the_server_and_the_settings_do_not_decide_stays(server, bring):
    bring()
    daily = server.deployment(DAILY)["id"]
    [ours] = server.deployment(DAILY)["schedules"]
    address = f"deployments/{daily}/schedules"
    change(server, "PATCH", f"{address}/{ours['id']}", {"active": False})
    theirs = {"schedule": {"interval": 3600}, "active": True}
    change(server, "POST", address, [theirs])
    change(server, "PATCH", "work_pools/digest", {"concurrency_limit": 2})
    assert set(bring()) == {"keep"}

    assert bring(editions={"daily": {"schedule": "15 9 * * *"}})["update"] == [DAILY]
    found = schedules(server, DAILY)
    assert (found["settings"]["schedule"]["cron"], found["settings"]["active"]) == (
        "15 9 * * *",
        False,
    )
    assert (found[None]["schedule"]["interval"], found[None]["active"]) == (3600, True)
    assert server.client.get("work_pools/digest").json()["concurrency_limit"] == 2


def test_an_automation_is_put_right_and_one_that_a_person_switched_off_stays_off(server, bring):
    bring()
    dead = automations.automations()[0].name
    [known] = [each for each in server.ask("automations/filter") if each["name"] == dead]
    changed = {key: known[key] for key in ("name", "trigger", "actions")}
    changed |= {"description": "of another version", "enabled": False}
    change(server, "PUT", f"automations/{known['id']}", changed)
    assert bring()["update"] == [dead]
    assert "update" not in bring()
    put_right = server.client.get(f"automations/{known['id']}").json()
    assert put_right["actions"] == known["actions"]
    assert put_right["enabled"] is False


def test_a_wrong_value_is_refused_with_a_sentence_before_anything_runs(server, bring):
    bring(editions={"daily": {}, "evening": EVENING})
    address = f"deployments/{server.deployment(DAILY)['id']}/create_flow_run"
    refused = server.client.post(address, json={"parameters": {"edition": "weekly"}})
    assert refused.status_code == 409
    assert "'weekly' is not one of ['daily', 'evening']" in refused.json()["detail"]
    assert server.client.post(address, json={"parameters": {"edition": "evening"}}).is_success


def test_prefects_own_deploy_gives_the_same_set(server, bring, project):
    bring(editions={"daily": {}, "evening": EVENING}, ingest={"shards": 2})
    ours = all_deployments(server)
    for each in server.ask("deployments/filter"):
        change(server, "DELETE", f"deployments/{each['id']}")
    project.run("prefect", "--no-prompt", "deploy", "--all", **server.variables)
    assert all_deployments(server) == ours
    assert set(bring(editions={"daily": {}, "evening": EVENING}, ingest={"shards": 2})) == {"keep"}


def test_prefects_own_deploy_does_not_put_one_deployment_into_another_work_pool(server, bring):
    bring(check=True, prefect={"work_pool": "other"})
    said = "prefect.yaml names the work pool 'digest' and the settings name 'other'"
    with pytest.raises(UsageError, match=said):
        deploy_settings(INGEST, "digest")


def test_the_command_says_what_it_did_line_by_line(server, bring, project, monkeypatch):
    bring(editions={"daily": {}, "evening": EVENING})
    project.settings.write_text(yaml.safe_dump({"feeds": "feeds.opml"}), "utf-8")
    monkeypatch.chdir(project.folder)
    would, did = (
        CliRunner().invoke(app, command).output.splitlines()
        for command in (["deploy", "--check"], ["deploy"])
    )
    assert would[0] == "would keep work pool digest"
    assert did[0] == "kept work pool digest"
    assert "would remove deployment daily-digest/evening" in would
    assert "removed deployment daily-digest/evening" in did
    [daily] = [line for line in did if DAILY in line]
    start = f"updated deployment {DAILY} (form): at 07:00 every day (UTC), next 20"
    assert daily.startswith(start)


def test_a_server_that_does_not_answer_is_named_with_what_to_do(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        refused = CliRunner().invoke(app, ["deploy"]).exception
    assert isinstance(refused, UsageError)
    said = "the Prefect server at http://127.0.0.1:9/api does not answer"
    assert str(refused).startswith(said)
    assert "prefect server start" in str(refused)


def test_a_server_that_wants_a_password_says_where_to_put_it(project):
    class Locked(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(401)

    with HTTPServer(("127.0.0.1", 0), Locked) as locked:
        threading.Thread(target=locked.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{locked.server_port}/api"
        with (
            temporary_settings({PREFECT_API_URL: url}),
            pytest.raises(UsageError, match="set PREFECT_API_AUTH_STRING"),
        ):
            deploy(settings.load(), project.folder)
        locked.shutdown()
