"""What a run shows, as rows and text; tests/flows/test_prefect_ui.py looks at it in a browser."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from digest.model import (
    Article,
    Citation,
    Counts,
    Delivery,
    Edition,
    Feed,
    FeedHealth,
    LeftOut,
    Sentence,
    Story,
    Summary,
    Told,
)
from digest.operate.show import (
    MOST_BARS,
    articles_by_feed,
    as_image,
    cell,
    check_rows,
    edition_key,
    feed_rows,
    figures,
    how_much,
    left_out_rows,
)
from digest.publish.files import Written
from digest.run import Gathered, Outcome
from digest.stages.gather import FeedCheck, Reading

CUTOFF = datetime(2026, 11, 23, 7, tzinfo=UTC)


def told(number: int, method: str = "extractive", fallback: str = "") -> Told:
    url = f"https://news.example/{number}"
    sentence = Sentence("It rained.", (Citation(url, 0, "It rained."),))
    story = Story((Article(url, "Rain", ("It rained.",)),), "Rain")
    return Told(story, Summary((sentence,), method, "a model", fallback))


def outcome(**changes) -> Outcome:
    edition = Edition(
        name="daily",
        slot="2026-11-23",
        title="Morning digest",
        timezone="UTC",
        start=CUTOFF - timedelta(days=1),
        cutoff=CUTOFF,
        stories=(
            told(1),
            told(2, "generative"),
            told(3, "extractive", "the written one was wrong"),
        ),
        counts=Counts(feeds=4, articles=9, stories=5),
        late_minutes=42,
    )
    feeds = [Feed(f"https://news.example/{number}/feed") for number in range(4)]
    checks = [
        FeedCheck(feeds[0], "read", new=7),
        FeedCheck(feeds[1], "unchanged"),
        FeedCheck(feeds[2], "not due"),
        FeedCheck(feeds[3], "failed", reason="answers 404 Not Found"),
    ]
    values = {
        "edition": edition,
        "written": Written(Path("outputs/daily/2026-11-23"), (), True),
        "gathered": Gathered(checks, Reading(fetched=6, known=1, from_feed=2, failed=3)),
        "made": True,
        "model_loaded": True,
        "waiting": 8,
        "deliveries": (
            Delivery("daily", "2026-11-23", "a@news.example", "sent", CUTOFF),
            Delivery("daily", "2026-11-23", "b@news.example", "refused", CUTOFF, "550 unknown"),
        ),
    }
    return Outcome(**values | changes)


def test_a_run_is_told_in_figures():
    rows = figures(outcome(), {"check feeds": 3.14159, "publish": 0.04})
    assert [(row["of"], row["figure"], row["value"]) for row in rows] == [
        ("edition", "made by this run", "yes"),
        ("edition", "minutes late", "42"),
        ("stories", "told", "3"),
        ("stories", "left out", "2"),
        ("articles", "in the window", "9"),
        ("articles", "waiting for the next edition", "8"),
        ("paragraphs", "extractive", "2"),
        ("paragraphs", "generative", "1"),
        ("paragraphs", "fallen back", "1"),
        ("mails", "sent", "1"),
        ("mails", "deferred", "0"),
        ("mails", "refused", "1"),
        ("feeds", "read", "1"),
        ("feeds", "unchanged", "1"),
        ("feeds", "not due", "1"),
        ("feeds", "failed", "1"),
        ("feeds", "parts of the work that were not done in time", "0"),
        ("entries", "new", "7"),
        ("entries", "of an article that was known", "1"),
        ("entries", "without any text", "3"),
        ("pages", "asked for", "6"),
        ("pages", "not used, so that the feed's text stands in", "2"),
        ("seconds", "check feeds", "3.1"),
        ("seconds", "publish", "0.0"),
    ]


def test_a_run_that_found_its_edition_says_so():
    [first, *_] = figures(outcome(made=False), {})
    assert first["value"] == "no, it was there already"


def test_the_feeds_that_fail_stand_before_those_that_do_well():
    health = (
        FeedHealth("https://a.example/feed", "A", "ok", articles=3),
        FeedHealth("https://reader:secret@b.example/feed", "B", "failing", "answers 404 Not Found"),
    )
    assert feed_rows(health) == [
        {
            "feed": "B",
            "how it does": "failing",
            "articles": 0,
            "why": "answers 404 Not Found",
            "address": "https://b.example/feed",
        },
        {
            "feed": "A",
            "how it does": "ok",
            "articles": 3,
            "why": "",
            "address": "https://a.example/feed",
        },
    ]


def test_what_is_left_out_stands_with_its_reason():
    edition = Edition(
        name="daily",
        slot="2026-11-23",
        title="Morning digest",
        timezone="UTC",
        start=CUTOFF,
        cutoff=CUTOFF,
        stories=(),
        left_out=(LeftOut("article", "Snow", "javascript:alert(1)", "its page shows a paywall"),),
    )
    assert left_out_rows(edition) == [
        {"title": "Snow", "why": "its page shows a paywall", "address": ""}
    ]


def test_the_checks_of_an_ingest_begin_with_those_that_failed_and_those_that_brought_most():
    rows = check_rows(outcome().gathered.checks)
    assert [(row["outcome"], row["new entries"]) for row in rows] == [
        ("failed", 0),
        ("read", 7),
        ("unchanged", 0),
        ("not due", 0),
    ]
    assert rows[0] == {
        "feed": "https://news.example/3/feed",
        "outcome": "failed",
        "new entries": 0,
        "why": "answers 404 Not Found",
    }


@pytest.mark.parametrize(
    ("name", "key"), [("daily", "daily"), ("daily.elections", "daily-topic"), ("x.서울", "x-topic")]
)
def test_all_topics_of_an_edition_share_one_history(name, key):
    assert edition_key(name) == key


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![a](https://tracker.example/)", "![a]\u2060(https://tracker.example/)"),
        ("<img src=//tracker.example/>", "‹img src=//tracker.example/›"),
        ("Rain & *snow* at 4 pm", "Rain & *snow* at 4 pm"),
    ],
)
def test_a_cell_reads_as_the_text_and_is_no_markup(text, shown):
    assert cell(text) == shown


@pytest.mark.parametrize(
    ("rows", "said"), [(0, ""), (300, ""), (20_000, " (the first 300 of 20000)")]
)
def test_a_table_that_does_not_hold_everything_says_so(rows, said):
    assert how_much(rows) == said


def test_the_chart_shows_the_feeds_that_brought_most():
    health = [
        FeedHealth(f"https://{number}.example/", f"Feed {number}", "ok", articles=number)
        for number in range(MOST_BARS + 5)
    ]
    kind, _, data = as_image(articles_by_feed(health)).partition(",")
    assert kind == "data:image/svg+xml;base64"
    svg = etree.fromstring(b64decode(data))
    told = svg.findtext("{http://www.w3.org/2000/svg}desc").split("; ")
    assert len(told) == MOST_BARS
    assert told[0] == "Feed 24: 24 articles in the window of this edition"
