"""``digest status``: what a person reads, and what a program does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from digest.editing.window import latest_cutoff
from digest.model import (
    Article,
    Counts,
    Delivery,
    Edition,
    Feed,
    FeedHealth,
    FeedState,
    Story,
    Summary,
    Told,
)
from digest.store.store import Store

SCHEDULE = "30 5 * * *"
DAY = timedelta(days=1)
SLOT = "2026-11-17"


@pytest.fixture
def last() -> datetime:
    """The last time of the schedule, which is no minute away from the next."""
    return latest_cutoff(SCHEDULE, "UTC", datetime.now(UTC))


@pytest.fixture
def old(make_project, last):
    """A project whose daily edition came three days ago and, late, yesterday; today's is due."""
    feeds = [Feed(f"https://me:secret@{name}.example/", name.title()) for name in ("ada", "bo")]
    editions = {"daily": {"schedule": SCHEDULE}, "weekly": {"schedule": "0 7 * * 1"}}
    project = make_project(feeds, editions=editions)
    with store_of(project) as store:
        for name, days in (("ada", 2), ("bo", 5)):
            failing = {"failing_since": last - days * DAY, "problem": "answers 410 Gone"}
            url = f"https://me:secret@{name}.example/"
            store.save_check(FeedState(url, checked_at=last, **failing), (), last)
        for days, late in ((3, 0), (1, 125)):
            edition = made(last - days * DAY, late)
            store.save_edition(edition, (), last)
            store.publish_edition("daily", edition.slot, edition.cutoff + timedelta(minutes=late))
            for reader, status in (("ada", "sent"), ("bo", "refused" if late else "sent")):
                recipient, detail = f"{reader}@home.example", "550 [5.1.1] No such person"
                at = edition.cutoff
                store.save_delivery(Delivery("daily", edition.slot, recipient, status, at, detail))
    return project


def made(cutoff: datetime, late: int) -> Edition:
    stories = tuple(
        Told(
            Story((Article(f"https://a.example/{number}", "T", ()),), "T"),
            Summary((), "generative", "m", "it invented a name" if number == 0 else ""),
        )
        for number in range(4)
    )
    health = (FeedHealth("https://a.example/", "A", "failing", "answers 404 Not Found"),)
    return Edition(
        "daily",
        f"{cutoff:%Y-%m-%d}",
        "Daily",
        "UTC",
        cutoff - DAY,
        cutoff,
        stories,
        health,
        counts=Counts(1, 21, 4),
        late_minutes=late,
    )


def store_of(project) -> Store:
    return Store.open(f"sqlite:///{project.folder / '.digest/digest.sqlite'}")


def rows(output: str, title: str) -> Iterator[list[str]]:
    """The rows of the table below a title."""
    _, _, below = output.partition(f"\n{title}")
    _, _, below = below.partition("──\n")
    for line in below.splitlines():
        if "  " not in line:
            return
        yield re.split(r"\s{2,}", line.strip())


def test_an_empty_store_says_what_to_do(make_project, site):
    done = make_project(site.feeds[:2]).run("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("has not been asked yet") == 2
    assert "No edition yet: make one with `digest run`." in done.stdout
    assert "0 articles of 0 entries and 0 editions in" in done.stdout


def test_each_edition_tells_its_slots_the_newest_first(old, last):
    done = old.run("status")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"daily: {SCHEDULE} (UTC), next {last + DAY:%Y-%m-%d} 05:30"
    due, late, missed, first = rows(f"\n{done.stdout}", "daily:")
    days = [f"{last - days * DAY:%Y-%m-%d}" for days in range(4)]
    assert due[:2] == [days[0], "due"]
    assert late == [days[1], "07:35", "2 h 5 min", "4", "21", "1", "1", "1 of 2"]
    assert missed == [days[2], "missed"]
    assert first == [days[3], "05:30", "4", "21", "1", "1", "2"]
    short = "2 published, 1 of them late, 1 missed, 1 due, 2 fallbacks, 3 mails taken, 1 refused."
    assert f"Of the last 4: {short}" in " ".join(done.stdout.split())
    assert "weekly: 0 7 * * 1 (UTC), next " in done.stdout


def test_a_mail_that_was_refused_says_why_and_brackets_stay(old, last):
    lines = old.run("status").stdout.splitlines()
    slot = f"{last - DAY:%Y-%m-%d}"
    assert f"mail of daily {slot} to bo@home.example: 550 [5.1.1] No such person" in lines


def test_nothing_is_wider_than_eighty_columns_and_nothing_is_cut_off(old):
    hourly = {"daily": {"schedule": "0 * * * *", "timezone": "America/Argentina/Buenos_Aires"}}
    for width in ("80", "60"):
        done = old.run("status", variables={"COLUMNS": width})
        table = [line for line in done.stdout.splitlines() if "  " in line or "──" in line]
        assert max(map(len, table)) <= int(width)
        assert "…" not in done.stdout
    old.configure(editions=hourly)
    assert "…" not in old.run("status", variables={"COLUMNS": "80"}).stdout


def test_of_feeds_that_fail_the_one_that_does_for_longest_comes_first(old):
    done = old.run("status")
    assert "2 feeds, 0 of them fine" in done.stdout
    [first, second] = rows(done.stdout, "2 feeds")
    assert (first[0], second[0]) == ("Bo", "Ada")
    assert re.fullmatch(r"answers 410 Gone, for \d days", first[2])
    assert "secret" not in done.stdout


def test_a_run_leaves_the_feeds_that_fail_and_those_that_moved(first_run, site):
    done = first_run[0].run("status", variables={"COLUMNS": "200"})
    assert done.returncode == 0
    assert "17 feeds, 13 of them fine" in done.stdout
    *failing, moved = rows(done.stdout, "17 feeds")
    assert [row[1] for row in failing] == ["failing"] * 3
    address = f"{site.url}/northgate-dispatch/feed.xml"
    reason = f"has moved for good to {address}: subscribe to it there"
    assert moved == ["Northgate Dispatch", "moved", reason]
    assert "46 articles of 47 entries and 1 editions in sqlite:////" in done.stdout


def test_brackets_in_a_title_are_taken_as_they_are(make_project):
    feeds = [Feed("https://a.example/", "Radio [News]"), Feed("https://b.example/", "[/b] Blog")]
    done = make_project(feeds).run("status")
    assert done.returncode == 0, done.stderr
    assert "Radio [News]" in done.stdout
    assert "[/b] Blog" in done.stdout


def test_a_program_gets_the_same_as_json(old, last):
    done = old.run("status", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "secret" not in done.stdout
    found = json.loads(done.stdout)
    assert sorted(found) == [
        "at",
        "deferred",
        "editions",
        "feeds",
        "held",
        "refusals",
        "store",
    ]
    assert datetime.fromisoformat(found["at"]) - datetime.now(UTC) < timedelta(minutes=1)
    daily, weekly = found["editions"]
    assert daily["record"] == {
        "published": 2,
        "late": 1,
        "missed": 1,
        "due": 1,
        "fallbacks": 2,
        "sent": 3,
        "refused": 1,
    }
    assert [issue["status"] for issue in daily["issues"]] == [
        "due",
        "published",
        "missed",
        "published",
    ]
    assert datetime.fromisoformat(daily["next_cutoff"]) == last + DAY
    assert weekly["issues"] == []
    assert [feed["title"] for feed in found["feeds"]] == ["Bo", "Ada"]
    assert [each["recipient"] for each in found["refusals"]] == ["bo@home.example"]
    assert found["held"]["editions"] == 2
