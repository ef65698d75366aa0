"""What the settings want to run on a Prefect server."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.model import Feed
from digest.operate.deploy import Change, decide
from digest.operate.jobs import FLOWS, jobs
from digest.project import load_flow
from digest.settings import Settings

ROOT = Path(__file__).parents[2]
FEEDS = (
    Feed("https://a.example/feed", topics=("world",)),
    Feed("https://b.example/feed", topics=("tech", "world")),
    Feed("https://c.example/feed", topics=("tech",)),
)


def deployed(feeds=FEEDS, **settings):
    """The jobs of such settings by their full names."""
    return {job.full_name: job for job in jobs(Settings(**settings), feeds)}


def test_every_edition_is_a_deployment_with_its_schedule_in_its_time_zone():
    evening = {"schedule": "30 18 * * 1-5", "timezone": "Asia/Seoul"}
    found = deployed(editions={"daily": {}, "evening": evening})
    assert list(found) == [
        "daily-digest/daily",
        "daily-digest/evening",
        "ingest/feeds",
        "prune/old",
    ]
    job = found["daily-digest/evening"]
    assert (job.schedule, job.timezone) == ("30 18 * * 1-5", "Asia/Seoul")
    assert job.parameters == {"edition": "evening"}
    assert job.form["properties"]["edition"]["default"] == "evening"
    assert job.form["properties"]["edition"]["enum"] == ["daily", "evening"]
    assert "tech, world" in job.form["properties"]["topic"]["description"]


def test_ingest_and_clearing_up_come_when_the_settings_say():
    found = deployed(
        ingest={"schedule": "*/20 * * * *", "timezone": "Europe/London"},
        retention={"schedule": "0 3 1 * *", "timezone": "Asia/Seoul"},
    )
    ingest, prune = found["ingest/feeds"], found["prune/old"]
    assert (ingest.schedule, ingest.timezone) == ("*/20 * * * *", "Europe/London")
    assert (prune.schedule, prune.timezone) == ("0 3 1 * *", "Asia/Seoul")


def test_an_ingest_in_shards_has_a_deployment_more_that_waits_to_be_started():
    assert "ingest-shard/feeds" not in deployed()
    found = deployed(ingest={"shards": 4})
    assert not found["ingest-shard/feeds"].schedule
    assert "4 runs" in found["ingest/feeds"].description


def test_an_editions_description_says_what_it_is_when_it_comes_and_who_gets_it():
    edition = {
        "title": "Tech today",
        "timezone": "Europe/London",
        "topics": ["tech"],
        "max_stories": 1,
        "recipients": ["ann@example.org"],
    }
    description = deployed(editions={"tech": edition})["daily-digest/tech"].description
    assert description.startswith(
        "**Tech today**: what the feeds on tech brought since the last one, in at most 1 story. "
        "At 07:00 every day (Europe/London) its articles are cut off and it is published and "
        "mailed to 1 reader.\n\n"
    )


def test_an_edition_without_a_title_is_called_by_its_name():
    description = deployed(editions={"daily": {}})["daily-digest/daily"].description
    assert description.startswith("**daily**: what the feeds brought")
    assert "mailed" not in description.partition("\n")[0]


def test_the_clearing_up_tells_what_is_kept_for_how_long():
    description = deployed(retention={"articles": 30, "runs": 7})["prune/old"].description
    assert "articles' texts 30 days, flow runs 7 days, editions' files for ever" in description


def test_every_job_is_a_flow_of_the_project_by_the_name_that_its_flow_has():
    for job in jobs(Settings(ingest={"shards": 2}), FEEDS):
        assert load_flow(ROOT, job.entrypoint).name == job.flow
        assert job.flow in FLOWS


@pytest.mark.parametrize(
    ("there", "what", "differs"),
    [
        ({}, "create", ()),
        ({"mine": {"cron": "1", "text": "a", "id": 7}}, "keep", ()),
        ({"mine": {"cron": "2", "text": "b", "id": 7}}, "update", ("cron", "text")),
    ],
)
def test_only_what_differs_is_changed(there, what, differs):
    wanted = {"mine": {"cron": "1", "text": "a"}}
    assert decide("deployment", wanted, there) == (Change(what, "deployment", "mine", differs),)


def test_what_is_wanted_no_longer_goes():
    changes = decide("deployment", {"new": {}}, {"old": {}, "new": {}})
    assert changes == (Change("keep", "deployment", "new"), Change("remove", "deployment", "old"))
