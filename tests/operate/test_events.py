"""What a run tells. That it arrives, and an automation acts, is in
tests/flows/test_nothing_is_missed.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.model import (
    Article,
    Counts,
    Delivery,
    Edition,
    FeedHealth,
    PassingError,
    Story,
    Summary,
    Told,
)
from digest.operate.ending import ending
from digest.operate.events import events
from digest.publish.files import Written
from digest.run import Gathered, Outcome
from digest.settings import Settings

NOW = datetime(2026, 11, 23, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ARTICLE = Article("https://a.example/1", "One", ("Text.",), published=NOW - DAY / 4)
STORY = Told(Story((ARTICLE,), "One"), Summary((), "extractive", "first sentences"))
EDITION = Edition(
    name="daily",
    slot="2026-11-23",
    title="Morning digest",
    timezone="UTC",
    start=NOW - DAY,
    cutoff=NOW - timedelta(minutes=1),
    stories=(STORY,),
    counts=Counts(feeds=2, articles=1, stories=1),
)
DAILY = "digest.edition.daily.2026-11-23"


@pytest.fixture
def settings():
    return Settings(dead_after_days=7)


def outcome(edition=EDITION, made=True, deliveries=()):
    written = Written(Path("out"), (Path("out/digest.html"),), made)
    return Outcome(edition, written, Gathered(), made, False, 0, deliveries)


def feed(days, **more):
    since = None if days is None else NOW - timedelta(days=days)
    values = {"status": "failing", "reason": "answers 404, for 8 days", "failing_since": since}
    return FeedHealth(**{"url": f"https://{days}.example/feed", "title": "A"} | values | more)


def delivery(recipient, status="refused", slot="2026-11-23"):
    return Delivery("daily", slot, recipient, status, NOW, "550 No such person")


def names(told):
    return [event.name for event in told]


def test_an_edition_that_is_made_is_told_with_its_figures(settings):
    [event] = events(outcome(), settings)
    assert (event.name, event.edition) == ("digest.edition.published", DAILY)
    assert event.title == "Morning digest, 2026-11-23"
    assert event.message == f"{event.title}: 1 story from 1 article of 2 feeds, 1 minute to read"
    assert event.figures == {"stories": 1, "articles": 1, "feeds": 2, "minutes late": 0}


def test_an_empty_edition_is_told(settings):
    empty = replace(EDITION, stories=(), counts=Counts(2))
    told = events(outcome(empty), settings)
    assert names(told) == ["digest.edition.published", "digest.edition.empty"]
    assert "no article came in from 2 feeds" in told[1].message


def test_a_late_edition_is_told_with_how_late(settings):
    _, late = events(outcome(replace(EDITION, late_minutes=125)), settings)
    assert late.name == "digest.edition.late"
    assert late.message.endswith("2026-11-23 comes 2 h 5 min late")
    assert late.figures["minutes late"] == 125


def test_a_feed_is_told_to_be_dead_by_the_edition_before_which_our_patience_ran_out(settings):
    secret = feed(7.9, url="https://u:secret@b.example/")
    health = (feed(7.5), feed(6), feed(8.5), secret, feed(None, status="ok"))
    _, dead, other = events(outcome(replace(EDITION, health=health)), settings)
    assert dead.name == other.name == "digest.feed.dead"
    assert (dead.resource, dead.edition) == ("digest.feed.https://7.5.example/feed", DAILY)
    assert dead.message == "A (https://7.5.example/feed) answers 404, for 8 days"
    assert dead.figures["days"] == 7
    assert "secret" not in repr(other)


def test_a_question_on_a_topic_does_not_tell_of_dead_feeds_again(settings):
    topic = replace(EDITION, name="daily.seoul", topic="Seoul", health=(feed(7.5),))
    assert names(events(outcome(topic), settings)) == ["digest.edition.published"]


def test_an_edition_that_was_there_already_is_not_told_again(settings):
    there = outcome(replace(EDITION, late_minutes=30, health=(feed(7.5),)), made=False)
    assert events(there, settings) == ()


def test_what_a_killed_attempt_may_not_have_told_is_told_as_the_same_events(settings):
    first = events(outcome(), settings)
    again = events(outcome(made=False), settings, again=True)
    assert [event.id for event in again] == [event.id for event in first]


def test_refused_deliveries_are_one_event_whoever_made_the_edition(settings):
    others = (delivery("b@x.example", "sent"), delivery("d@x.example", "deferred"))
    deliveries = (delivery("a@x.example"), *others, delivery("c@x.example"))
    [event] = events(outcome(made=False, deliveries=deliveries), settings)
    assert (event.name, event.edition) == ("digest.delivery.failed", DAILY)
    assert event.message.endswith("but not delivered to a@x.example, c@x.example")
    assert event.figures["why"]["a@x.example"] == "550 No such person"


def test_what_is_given_up_of_an_earlier_edition_is_told_as_that_edition_s(settings):
    given_up = (delivery("a@x.example", slot="2026-11-20"), delivery("b@x.example"))
    earlier, own = events(outcome(made=False, deliveries=given_up), settings)
    assert earlier.edition == "digest.edition.daily.2026-11-20"
    said = "Morning digest, 2026-11-20 is published, but not delivered to a@x.example"
    assert (earlier.message, earlier.title) == (said, "Morning digest, 2026-11-20")
    assert own.edition == DAILY


def test_events_of_different_editions_and_feeds_have_different_ids(settings):
    health = (feed(7.2), feed(7.5))
    other = replace(EDITION, slot="2026-11-24")
    told = [
        *events(outcome(replace(EDITION, health=health)), settings),
        *events(outcome(replace(other, health=health)), settings),
    ]
    assert len({event.id for event in told}) == len(told) == 6


def test_a_run_ends_as_completed_empty_or_failed_and_says_why():
    made, there = ending(outcome()), ending(outcome(made=False))
    assert (made.name, made.message) == (
        "Completed",
        "1 story from 1 article of 2 feeds, 1 minute to read",
    )
    assert there.message == "Was there already: 1 story from 1 article of 2 feeds, 1 minute to read"
    empty = ending(outcome(replace(EDITION, stories=())))
    assert (empty.type.value, empty.name) == ("COMPLETED", "Empty")
    failed = ending(outcome(deliveries=(delivery("a@x.example"),)))
    assert (failed.name, failed.message) == (
        "Failed",
        "published, but not delivered to a@x.example",
    )
    assert not isinstance(failed.result(raise_on_failure=False), PassingError)


def test_a_run_that_could_not_use_somebodys_template_says_so():
    made = outcome()
    flawed = replace(made, written=replace(made.written, flaws=("digest.html, line 2: oh",)))
    assert ending(flawed).message.endswith(
        "to read. A built-in template stood in for yours: digest.html, line 2: oh"
    )


def test_a_run_whose_mail_was_only_deferred_goes_again_by_itself():
    deliveries = (delivery("a@x.example", "deferred"), delivery("b@x.example"))
    failed = ending(outcome(deliveries=deliveries))
    assert failed.message == "published, but not delivered to a@x.example, b@x.example"
    assert isinstance(failed.result(raise_on_failure=False), PassingError)


def test_a_run_does_not_fail_for_what_earlier_editions_still_owe():
    late = delivery("a@x.example", "deferred", "2026-11-22")
    assert ending(outcome(deliveries=(late,))).name == "Completed"
