"""The flows as a person deploys them: a real server, a real worker, the real newsroom over HTTP."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import pytest

TOPIC = "Seoul Security Consultative Meeting"
TOPIC_EDITION = "daily.seoul-security-consultative-meeting"
NETWORK = {"check feeds", "read articles"}

pytestmark = pytest.mark.prefect


@pytest.fixture(scope="module")
def scheduled(prefect, project, tools):
    """The first run that the schedule brought, when it is over; then the schedule is paused."""
    daily = prefect.deployment("daily-digest/daily")["id"]

    def started():
        runs = prefect.ask(
            "flow_runs/filter",
            deployments={"id": {"any_": [daily]}},
            flow_runs={"state": {"type": {"not_any_": ["SCHEDULED"]}}},
        )
        return runs and runs[0]

    run = tools.eventually(started)
    prefect.pause("daily-digest/daily")
    return prefect.end_of(run["id"])


@pytest.fixture(scope="module")
def manual(prefect, scheduled, project):
    """A run that somebody started with the form, when it is over."""
    asked = {"edition": "daily", "date": project.slot, "topic": TOPIC, "deliver": False}
    return prefect.run("daily-digest/daily", **asked)


def test_a_scheduled_run_appears_and_publishes_the_edition_that_is_due(scheduled, project):
    assert scheduled["auto_scheduled"]
    assert scheduled["state_type"] == "COMPLETED", scheduled["state"]["message"]
    assert scheduled["name"].startswith("daily 20")
    digest = json.loads(project.published()[f"daily/{project.slot}/digest.json"])
    assert len(digest["stories"]) == 12


def test_a_manual_run_takes_the_forms_parameters(manual, project):
    assert manual["state_type"] == "COMPLETED", manual["state"]["message"]
    assert manual["name"] == f"daily {project.slot} {TOPIC}"
    digest = json.loads(project.published()[f"{TOPIC_EDITION}/{project.slot}/digest.json"])
    assert [len(story["articles"]) for story in digest["stories"]] == [4]


def test_a_run_has_a_handful_of_task_runs_none_of_which_is_tried_again_alone(prefect, scheduled):
    tasks = prefect.of_run("task_runs", scheduled["id"])
    names = Counter(task["name"].rpartition("-")[0] for task in tasks)
    assert len(tasks) < 20
    assert set(names) > NETWORK
    for task in tasks:
        # What may pass is tried again as a whole run: a stage by itself would have lost its locks.
        assert task["empirical_policy"]["retries"] == 0
        assert task["state_type"] == "COMPLETED"


def test_the_artifacts_hold_the_whole_digest_and_the_feeds_health(prefect, manual, project, site):
    artifacts = {each["key"]: each for each in prefect.of_run("artifacts", manual["id"])}
    shown, health = artifacts["digest-daily-topic"], artifacts["feed-health-daily-topic"]
    assert (shown["type"], health["type"]) == ("markdown", "table")
    text = shown["data"]
    digest = json.loads(project.published()[f"{TOPIC_EDITION}/{project.slot}/digest.json"])
    [story] = digest["stories"]
    assert text.startswith("# Morning digest")
    assert story["headline"] in text
    for said in ("Hegseth", "Ahn Gyu-back", "3.5%", "submarine"):
        assert said in text
    for article in story["articles"]:
        assert article["url"] in text

    rows = json.loads(health["data"])
    assert len(rows) == len(site.feeds)
    told = {row["feed"]: (row["how it does"], row["why"]) for row in rows}
    assert told["Lantern Street Journal"] == ("failing", "answers 404 Not Found")
    assert told["Tidewater Times"] == ("failing", "did not answer within 8 s")
    assert told["Touchline"] == ("ok", "")


def test_the_lines_of_the_stages_are_in_the_runs_log(prefect, scheduled):
    logs = prefect.of_run("logs", scheduled["id"])
    lines = [line["message"] for line in logs if line["name"].startswith("digest.")]
    for said in ("checked 17 feeds: 14 read", "read 46 articles", "wrote 12 paragraphs"):
        assert any(line.startswith(said) for line in lines), lines
    assert any("answers 404 Not Found" in line for line in lines)


def test_a_run_of_an_edition_that_is_there_changes_nothing_and_reads_nothing(
    prefect, manual, project, site
):
    before, asked = project.published(), len(site.requests)
    again = prefect.run("daily-digest/daily", date=project.slot)
    assert again["state_type"] == "COMPLETED", again["state"]["message"]
    assert again["name"] == f"daily {project.slot}"
    assert project.published() == before
    requests = site.requests[asked:]
    assert sum(request.status == 304 for request in requests) == 14
    assert len(requests) == len(site.feeds)


def test_a_run_that_comes_late_makes_the_edition_it_was_scheduled_for(prefect, manual, project):
    due = project.cutoff - timedelta(days=2) + timedelta(minutes=5)
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": due.isoformat()}}
    late = prefect.run("daily-digest/daily", state)
    assert late["state_type"] == "COMPLETED", late["state"]["message"]
    assert f"daily/{due:%Y-%m-%d}/digest.html" in project.published()


def test_an_order_that_cannot_be_followed_fails_and_says_why(prefect, manual):
    failed = prefect.run("daily-digest/daily", date="2999-01-01")
    assert failed["state_type"] == "FAILED"
    assert "which is still to come" in failed["state"]["message"]
    assert prefect.of_run("task_runs", failed["id"]) == []


def test_an_ingest_run_tells_how_each_feed_answered(prefect, manual, site):
    ingest = prefect.run("ingest/feeds")
    assert ingest["state_type"] == "COMPLETED", ingest["state"]["message"]
    [table] = prefect.of_run("artifacts", ingest["id"])
    assert (table["key"], table["type"]) == ("feed-checks", "table")
    outcomes = Counter(row["outcome"] for row in json.loads(table["data"]))
    assert outcomes["unchanged"] == 14
    # What failed before waits longer and longer to be asked again.
    assert outcomes["failed"] + outcomes["not due"] == 3
    tasks = prefect.of_run("task_runs", ingest["id"])
    assert {task["name"].rpartition("-")[0] for task in tasks} == NETWORK


def test_the_command_leaves_the_same_files_as_the_flow(scheduled, project, other_project):
    other_project.run("digest", "run")
    folder = f"daily/{project.slot}/"
    by_command, by_flow = (
        {name: data for name, data in each.published().items() if name.startswith(folder)}
        for each in (other_project, project)
    )
    assert len(by_command) == 7
    assert by_command.keys() == by_flow.keys()
    # The flow has made an older edition since, to which its page leads.
    page = f"{folder}digest.html"
    del by_command[page], by_flow[page]
    assert by_command == by_flow


def test_without_its_decorators_the_flow_does_the_same(prefect, manual, project):
    before = project.published()
    undecorated = (
        "from pathlib import Path\n"
        "from digest.project import DAILY_DIGEST, load_flow\n"
        "outcome = load_flow(Path.cwd(), DAILY_DIGEST).fn(edition='daily').data\n"
        "print(outcome.edition.slot, outcome.made, outcome.written.changed)"
    )
    done = project.run("python", "-c", undecorated, **prefect.variables)
    assert done.stdout.splitlines()[-1] == f"{project.slot} False False"
    assert project.published() == before
