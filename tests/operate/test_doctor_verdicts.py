"""What facts mean, without collecting them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from digest.ingest.fetch import Failed, Fetched, NotModified
from digest.operate.deploy import Change
from digest.operate.doctor.clock import compare, tell_time
from digest.operate.doctor.data import GONE, SCARCE, judge_disk, judge_store
from digest.operate.doctor.network import date_of, judge_answers
from digest.operate.doctor.server import (
    Served,
    judge_absence,
    judge_deployments,
    judge_version,
    judge_work,
)
from digest.store.checkup import Vitals
from digest.store.tables import SCHEMA

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
STORE = Vitals("sqlite:////news.sqlite", "SQLite 3.45.1", SCHEMA, free=2 * SCARCE)
SERVED = Served("http://prefect.example/api", "3.8.8", NOW, workers=1, overdue=0)


@pytest.mark.parametrize(
    ("apart", "status", "found"),
    [
        (timedelta(seconds=0), "ok", "agrees with that of a.example"),
        (timedelta(seconds=-29), "ok", "agrees with that of a.example"),
        (timedelta(seconds=45), "warning", "is 45 seconds ahead of that of a.example"),
        (timedelta(minutes=-4), "warning", "is 4 minutes behind that of a.example"),
        (timedelta(hours=-9), "failed", "is 9 hours behind that of a.example"),
        (timedelta(days=400), "failed", "is 400 days ahead of that of a.example"),
    ],
)
def test_a_clock_that_differs_says_by_how_much(apart, status, found):
    verdict = compare("a.example", NOW, NOW + apart)
    assert (verdict.status, verdict.found) == (status, found)
    assert bool(verdict.mend) == (status != "ok")


def test_the_time_is_told_where_the_editions_are():
    assert tell_time(NOW, {"UTC", "Asia/Seoul"}).found == (
        "it is 2026-11-23 07:00:00 UTC, 16:00 in Asia/Seoul, 07:00 in UTC"
    )


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"date": "Mon, 23 Nov 2026 07:00:00 GMT"}, NOW),
        ({"date": "Mon, 23 Nov 2026 06:00:00 GMT", "age": "3600"}, NOW),
        ({}, None),
        ({"date": "yesterday"}, None),
        ({"date": "Mon, 23 Nov 2026 07:00:00 GMT", "age": "old"}, None),
    ],
)
def test_the_date_of_an_answer_counts_its_age_in_a_cache(headers, told):
    assert date_of(httpx.Response(200, headers=headers)) == told


def test_a_store_that_is_well_says_what_it_is():
    [verdict] = judge_store(STORE)
    assert (verdict.status, verdict.mend) == ("ok", "")
    assert verdict.found == (
        f"sqlite:////news.sqlite: SQLite 3.45.1, schema {SCHEMA}, can be written"
    )


@pytest.mark.parametrize(
    ("facts", "status", "found"),
    [
        ({"version": "", "revision": ""}, "ok", "is not there yet: the first run makes it"),
        ({"revision": ""}, "ok", "empty, can be written"),
        ({"revision": "0001"}, "ok", f"schema 0001, brought to {SCHEMA} by the next run"),
        ({"revision": "9999"}, "failed", "has the schema 9999, and this version of digest knows"),
        ({"damage": "Page 7: never used"}, "failed", "is damaged: Page 7: never used"),
        ({"looked": False}, "warning", "too large to be looked through"),
        ({"version": "PostgreSQL 13.4"}, "warning", "PostgreSQL 13.4 gets no more corrections"),
        ({"free": SCARCE - 1}, "warning", "its disk has 1023 MiB left"),
        ({"free": GONE - 1}, "failed", "its disk has 63 MiB left"),
    ],
)
def test_what_is_wrong_with_a_store_is_said_with_what_to_do(facts, status, found):
    verdict = list(judge_store(replace(STORE, **facts)))[-1]
    assert verdict.status == status
    assert found in verdict.found
    assert bool(verdict.mend) == (status != "ok")


def test_a_disk_with_room_needs_no_line():
    assert list(judge_disk("outputs", SCARCE)) == []


def test_one_feed_that_answers_is_enough():
    dead = Failed("https://a.example/", "did not answer within 5 s")
    known = NotModified("https://me:secret@b.example/")
    read = Fetched("https://c.example/", "https://c.example/", b"")
    assert judge_answers([dead, known]).found == "https://b.example/ answers"
    assert judge_answers([read]).status == "ok"
    verdict = judge_answers([dead, replace(dead, url="https://me:secret@b.example/")])
    assert verdict.status == "failed"
    assert "https://a.example/ did not answer within 5 s" in verdict.found
    assert "secret" not in verdict.found


def test_without_a_server_a_configured_one_is_missed_and_an_unconfigured_one_is_not():
    assert judge_absence("it does not answer", "http://x/api", configured=True).status == "failed"
    verdict = judge_absence("it does not answer", "http://x/api", configured=False)
    assert verdict.status == "warning"
    assert "no server at http://x/api" in verdict.found


@pytest.mark.parametrize(
    ("theirs", "status"),
    [
        ("3.8.8", "ok"),
        ("3.8.0", "ok"),
        ("3.9.0.dev3", "ok"),
        ("3.7.9", "warning"),
        ("2.20.1", "failed"),
        ("4.0.0", "failed"),
    ],
)
def test_a_server_of_another_version(theirs, status):
    verdict = judge_version(replace(SERVED, version=theirs), "3.8.8")
    assert verdict.status == status
    assert theirs in verdict.found


DAILY = Change("keep", "deployment", "daily-digest/daily")
POOL = Change("keep", "work pool", "digest")


@pytest.mark.parametrize(
    ("changes", "status", "found"),
    [
        ([POOL, DAILY], "ok", "1 deployments are as the settings say"),
        ([POOL, replace(DAILY, what="create")], "warning", "nothing is deployed on this server"),
        (
            [POOL, DAILY, Change("create", "deployment", "daily-digest/evening")],
            "failed",
            "1 things differ: daily-digest/evening (create)",
        ),
        (
            [POOL, DAILY, Change("remove", "deployment", "daily-digest/old")],
            "warning",
            "1 things differ: daily-digest/old (remove)",
        ),
        (
            [replace(POOL, what="create"), replace(DAILY, what="update")],
            "warning",
            "2 things differ: digest (create), daily-digest/daily (update)",
        ),
    ],
)
def test_deployments_that_are_out_of_step_are_named(changes, status, found):
    verdict = judge_deployments(changes)
    assert verdict.status == status
    assert found in verdict.found


def test_runs_need_somebody_who_carries_them_out():
    assert [each.status for each in judge_work(SERVED, "digest")] == ["ok"]
    waiting = replace(SERVED, overdue=3)
    assert [each.status for each in judge_work(waiting, "digest")] == ["ok", "warning"]
    nobody = replace(waiting, workers=0)
    none, overdue = judge_work(nobody, "digest")
    assert (none.status, overdue.status) == ("failed", "failed")
    assert "prefect worker start --pool digest" in none.mend
    assert "3 runs should have begun" in overdue.found
