"""Over real HTTP: the sample newsroom's site, and a small one where a scenario needs its own."""

import logging
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, RowMapping, event, select

from digest.ingest.fetch import FetchPolicy
from digest.model import Feed, FeedState
from digest.sample.newsroom import Newsroom
from digest.sample.server import serving
from digest.stages.gather import FeedCheck, Reading, check_feeds, read_articles, try_feeds
from digest.store import tables
from digest.store.store import Store, StoreError

POLICY = FetchPolicy(allow_private=True, timeout=3, retries=0)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SILENT = "Tidewater Times"


@pytest.fixture(scope="module")
def gathered(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """The newsroom's feeds and articles as they came into a store, once and then again."""
    path = tmp_path_factory.mktemp("gathered") / "digest.sqlite"
    with serving(newsroom.anchor) as site, Store.open(f"sqlite:///{path}") as store:
        feeds = [feed for feed in site.feeds if feed.title != SILENT]
        checks = check_feeds(store, feeds, POLICY)
        reading = read_articles(store, feeds, POLICY, LONG_AGO)
        before = len(site.requests)
        checks_again = check_feeds(store, feeds, POLICY)
        reading_again = read_articles(store, feeds, POLICY, LONG_AGO)
        yield SimpleNamespace(
            store=store,
            feeds=feeds,
            checks={check.feed.title: check for check in checks},
            reading=reading,
            checks_again={check.feed.title: check for check in checks_again},
            reading_again=reading_again,
            asked_again=site.requests[before:],
            articles={
                found.article.title: found
                for found in store.candidates(
                    [feed.url for feed in feeds], LONG_AGO, newsroom.anchor, datetime.now(UTC)
                )
            },
        )


def test_every_feed_that_can_be_read_brings_its_entries(gathered):
    outcomes = {title: check.outcome for title, check in gathered.checks.items()}
    failed = {title for title, outcome in outcomes.items() if outcome == "failed"}
    assert failed == {"Lantern Street Journal", "Quarry Gazette"}
    assert {outcome for title, outcome in outcomes.items() if title not in failed} == {"read"}
    assert gathered.checks["Meridian Wire"].new == 7


def test_a_feed_that_fails_says_why_in_words(gathered):
    assert gathered.checks["Lantern Street Journal"].reason == "answers 404 Not Found"
    assert "is not valid XML" in gathered.checks["Quarry Gazette"].reason
    states = gathered.store.feed_states(feed.url for feed in gathered.feeds)
    assert sorted(state.problem for state in states.values() if state.problem) == sorted(
        check.reason for check in gathered.checks.values() if check.reason
    )


def test_every_article_of_the_newsroom_is_read_once(gathered, newsroom: Newsroom):
    assert set(gathered.articles) == {piece.title for piece in newsroom.pieces}
    assert gathered.reading == Reading(fetched=46, from_feed=5)


def test_an_article_in_two_feeds_is_one_and_names_both(gathered):
    article = gathered.articles[
        "Seven years, two billion kilometres, and a soft landing in the mud"
    ]
    assert [url.rpartition("/")[2] for url in article.article.feeds] == ["feed.xml", "science.xml"]


def test_an_article_is_known_by_its_address_without_trackers(gathered):
    assert not any("utm_" in found.article.url for found in gathered.articles.values())


def test_where_a_page_gives_too_little_the_feeds_text_stands_in_and_says_why(gathered):
    walled = gathered.articles["Higher than 2014, and dry feet all the same"]
    assert walled.article.origin != "page"
    assert walled.problem == "its page shows a cookie notice, a paywall or a robot check"
    script = gathered.articles["Halcyon brings home 212 grams of a comet"]
    assert script.article.origin == "content"
    assert len(script.article.paragraphs) > 2


def test_an_article_bears_the_name_its_reader_gave_the_feed(gathered):
    found = gathered.articles["The tunnel that heats a town"].article
    assert (found.source, found.language) == ("Kilowatt", "en")
    assert found.published is not None


def test_asked_again_every_feed_that_can_says_304_and_no_page_is_asked_for(gathered):
    outcomes = {check.outcome for check in gathered.checks_again.values() if not check.reason}
    assert outcomes == {"unchanged"}
    assert gathered.reading_again == Reading()
    answered = {request.path: request.status for request in gathered.asked_again}
    assert sorted(answered.values()) == [200, *[304] * 14, 404], "200 is the feed of broken XML"
    assert "/northgate-dispatch/feed.xml" in answered, "where the feed has moved to"
    assert "/northgate-dispatch/rss" not in answered


def test_a_feed_that_never_answers_delays_the_others_by_no_more_than_its_timeout(
    newsroom: Newsroom, store: Store
):
    with serving(newsroom.anchor) as site:
        began = time.monotonic()
        checks = check_feeds(store, site.feeds, POLICY)
        assert time.monotonic() - began < POLICY.timeout + 1
    (silent,) = [check for check in checks if check.feed.title == SILENT]
    assert silent.reason == "did not answer within 3 s"
    assert sum(check.outcome == "read" for check in checks) == 14


def test_articles_from_before_the_floor_are_left_alone(newsroom: Newsroom, store: Store):
    with serving(newsroom.anchor) as site:
        feeds = [feed for feed in site.feeds if feed.title == "Meridian Wire"]
        check_feeds(store, feeds, POLICY)
        floor = newsroom.anchor - timedelta(hours=14)
        assert read_articles(store, feeds, POLICY, floor).fetched == 2
    assert len(store.pending_entries([feeds[0].url], LONG_AGO)) == 5


def test_how_far_it_is_can_be_followed(
    newsroom: Newsroom, store: Store, caplog: pytest.LogCaptureFixture
):
    with serving(newsroom.anchor) as site, caplog.at_level(logging.DEBUG, "digest.progress"):
        feeds = [feed for feed in site.feeds if feed.title in ("Kilowatt", "Weserblick")]
        check_feeds(store, feeds, POLICY)
        read_articles(store, feeds, POLICY, LONG_AGO)
    ticks = [(r.stage, r.done, r.total) for r in caplog.records if hasattr(r, "stage")]
    assert ticks[:2] == [("feeds", 1, 2), ("feeds", 2, 2)]
    assert ticks[2:] == [("articles", n, 5) for n in range(1, 6)]


def test_a_feed_that_is_not_due_is_left_alone_and_its_last_problem_remembered(store: Store):
    feed, other = Feed("http://127.0.0.1:9/feed"), Feed("http://127.0.0.1:9/other")
    later = datetime.now(UTC) + timedelta(hours=1)
    store.save_check(FeedState(feed.url, next_check=later, problem="answers 500"), (), later)
    store.save_check(FeedState(other.url, next_check=later), (), later)
    assert check_feeds(store, [feed, other], POLICY) == [
        FeedCheck(feed, "not due", reason="answers 500"),
        FeedCheck(other, "not due"),
    ]


def test_feeds_can_be_tried_without_keeping_anything(newsroom: Newsroom, store: Store):
    with serving(newsroom.anchor) as site:
        trials = {feed.title: trial for feed, trial in try_feeds(site.feeds[:5], POLICY)}
        (gone,) = [feed for feed in site.feeds if feed.title == "Lantern Street Journal"]
        (broken,) = [feed for feed in site.feeds if feed.title == "Quarry Gazette"]
        (_, missing), (_, unreadable) = try_feeds([gone, broken], POLICY)
    assert trials["Meridian Wire"].works
    assert trials["Meridian Wire"].says == "Meridian Wire, 7 entries"
    assert "moved for good to " in trials["Northgate Dispatch"].says
    assert (missing.works, missing.says) == (False, "answers 404 Not Found")
    assert "is not valid XML" in unreadable.says


def item(site, path: str, text: str = "") -> str:
    link = f"<link>{site.url}{path}</link>" if path else ""
    guid = f"<guid isPermaLink='false'>{path}</guid>"
    return f"<item>{guid}<title>T</title>{link}{text}</item>"


@pytest.mark.parametrize("status", [500, 429])
def test_a_page_that_may_come_back_is_tried_in_three_runs_and_then_given_up(
    status: int, site, store: Store
):
    site.feed(item(site, "/page"))
    site.pages["/page"] = (status, "")
    feeds = [Feed(f"{site.url}/feed")]
    check_feeds(store, feeds, POLICY)
    for _ in range(3):
        assert read_articles(store, feeds, POLICY, LONG_AGO) == Reading(fetched=1, failed=1)
    assert read_articles(store, feeds, POLICY, LONG_AGO) == Reading()
    (unread,) = store.entries_without_article(LONG_AGO)
    assert unread.reason.startswith(f"its page answers {status}")


def test_a_page_that_comes_back_is_read_by_the_next_run(site, store: Store):
    site.feed(item(site, "/page"))
    site.pages["/page"] = (503, "")
    feeds = [Feed(f"{site.url}/feed")]
    check_feeds(store, feeds, POLICY)
    read_articles(store, feeds, POLICY, LONG_AGO)
    text = "".join(
        f"<p>Paragraph {n} of the article, with words enough to be one.</p>" * 2 for n in "abcdef"
    )
    site.pages["/page"] = (200, f"<html><body><article>{text}</article></body></html>")
    assert read_articles(store, feeds, POLICY, LONG_AGO) == Reading(fetched=1)
    assert store.entries_without_article(LONG_AGO) == []


def test_the_feeds_text_stands_in_for_a_page_that_may_come_back_only_when_an_edition_is_made(
    site, store: Store
):
    words = "What the feed says of it, in words enough to be read by somebody."
    site.feed(item(site, "/page", f"<description>{words}</description>"))
    site.pages["/page"] = (503, "")
    feeds = [Feed(f"{site.url}/feed")]
    check_feeds(store, feeds, POLICY)
    waiting = read_articles(store, feeds, POLICY, LONG_AGO, settle=False)
    assert (waiting.fetched, waiting.from_feed) == (1, 0)
    assert read_articles(store, feeds, POLICY, LONG_AGO).from_feed == 1
    assert store.entries_without_article(LONG_AGO) == []


def test_links_that_end_at_one_consent_page_are_articles_of_their_own(site, store: Store):
    def entry(name: str) -> str:
        words = f"What the feed says of {name}, in words enough to be read by somebody."
        return item(site, f"/{name}", f"<description>{words}</description>")

    site.feed(entry("ferry"), entry("bridge"))
    wall = "<html><body><p>We value your privacy. Accept all cookies to go on.</p></body></html>"
    site.redirects |= {"/ferry": "/consent", "/bridge": "/consent"}
    site.pages["/consent"] = (200, wall)
    feeds = [Feed(f"{site.url}/feed")]
    check_feeds(store, feeds, POLICY)
    assert read_articles(store, feeds, POLICY, LONG_AGO).from_feed == 2
    now = datetime.now(UTC)
    assert len(store.candidates([feeds[0].url], LONG_AGO, now, now)) == 2


def test_a_feed_that_moved_back_is_found_where_the_reader_subscribed_to_it(site, store: Store):
    site.feed(item(site, "/page"))
    site.pages["/new"] = site.pages.pop("/feed")
    site.redirects["/feed"] = "/new"
    feed = Feed(f"{site.url}/feed")
    check_feeds(store, [feed], POLICY)
    assert store.feed_states([feed.url])[feed.url].moved_to == f"{site.url}/new"
    site.pages["/feed"] = site.pages.pop("/new")
    del site.redirects["/feed"]
    (check,) = check_feeds(store, [feed], POLICY)
    assert check.outcome == "read"
    assert store.feed_states([feed.url])[feed.url].moved_to == ""


def test_a_page_that_is_gone_is_not_asked_for_again(site, store: Store):
    site.feed(item(site, "/gone"))
    feeds = [Feed(f"{site.url}/feed")]
    check_feeds(store, feeds, POLICY)
    assert read_articles(store, feeds, POLICY, LONG_AGO) == Reading(fetched=1, failed=1)
    assert read_articles(store, feeds, POLICY, LONG_AGO) == Reading()
    (unread,) = store.entries_without_article(LONG_AGO)
    assert unread.reason == "its page answers 404 Not Found"


def test_an_entry_without_a_page_is_read_from_the_feed(site, store: Store):
    words = "A note without a page of its own, but with words enough to be read by somebody."
    site.feed(item(site, "", f"<description>{words}</description>"))
    feeds = [Feed(f"{site.url}/feed", "Notes")]
    check_feeds(store, feeds, POLICY)
    assert read_articles(store, feeds, POLICY, LONG_AGO) == Reading(fetched=0, from_feed=1)
    (found,) = store.candidates([feeds[0].url], LONG_AGO, datetime.now(UTC), datetime.now(UTC))
    assert (found.article.paragraphs, found.problem) == ((words,), "it has no page")


def test_a_feed_that_comes_later_does_not_ask_for_a_page_that_is_there(site, store: Store):
    site.feed(item(site, "/page", "<description>Words enough to be read by all.</description>"))
    site.pages["/again"] = site.pages["/feed"]
    first, later = Feed(f"{site.url}/feed"), Feed(f"{site.url}/again")
    check_feeds(store, [first], POLICY)
    read_articles(store, [first], POLICY, LONG_AGO)
    site.asked.clear()
    check_feeds(store, [later], POLICY)
    assert read_articles(store, [first, later], POLICY, LONG_AGO) == Reading(known=1)
    assert site.asked == ["/again"]
    (found,) = store.candidates([first.url], LONG_AGO, datetime.now(UTC), datetime.now(UTC))
    assert found.article.feeds == tuple(sorted([first.url, later.url]))


def test_a_full_disk_is_told_as_such_and_not_as_a_group_of_errors(site, store: Store):
    text = f"<description>{'words ' * 50_000}</description>"
    site.feed(*(item(site, f"/{n}", text) for n in range(3)))

    @event.listens_for(Engine, "checkout")
    def fill_up(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count=40")

    try:
        with pytest.raises(StoreError, match="has no room left; free space on its disk"):
            check_feeds(store, [Feed(f"{site.url}/feed")], POLICY)
    finally:
        event.remove(Engine, "checkout", fill_up)


def test_how_each_check_went_is_kept_by_feed_and_day(gathered):
    table = tables.feed_days
    kept: dict[str, list[RowMapping]] = {}
    with gathered.store.reading() as connection:
        for row in connection.execute(select(table)).mappings():
            kept.setdefault(row["feed"], []).append(row)

    def total(feed: Feed, column: str) -> float:
        return sum(row[column] for row in kept[feed.url])

    assert set(kept) == {feed.url for feed in gathered.feeds}
    for feed in gathered.feeds:
        check = gathered.checks[feed.title]
        failed = check.outcome == "failed"
        assert (total(feed, "checks"), total(feed, "failures")) == (2, 2 * failed)
        assert total(feed, "new_entries") == check.new
        slowest = max(row["slowest"] for row in kept[feed.url])
        assert (slowest == 0) if failed else (0 < slowest < total(feed, "seconds") <= 2 * slowest)
