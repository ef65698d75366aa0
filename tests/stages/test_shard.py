"""Parts of ingest: which sites belong to which, and what is left to another one."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.ingest.fetch import FetchPolicy
from digest.model import Entry, Feed, FeedState
from digest.stages.gather import FeedCheck, Reading, check_feeds, read_articles
from digest.stages.shard import WHOLE, Shard, shard_of
from digest.stages.tally import NOT_ASKED, checks_of, reading_of, unchecked, untried
from digest.stages.waiting import waiting_entries
from digest.store.feeds import PendingEntry
from digest.store.store import Store

POLICY = FetchPolicy(allow_private=True, timeout=3, retries=0)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
SITES = [f"https://paper{number}.example/feed" for number in range(1000)]
WORDS = "What the feed says of it, in words enough to be read by somebody."


def test_every_site_belongs_to_exactly_one_part():
    parts = [Shard(index, 4) for index in range(1, 5)]
    for url in SITES:
        assert [part for part in parts if part.holds(url)] == [shard_of(url, 4)]


def test_the_parts_are_of_about_the_same_size():
    sizes = Counter(shard_of(url, 4) for url in SITES)
    assert all(200 <= size <= 300 for size in sizes.values())


def test_all_processes_agree_on_the_parts():
    told = "from digest.stages.shard import shard_of; print(shard_of('https://example.org/', 1000))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(shard_of("https://example.org/feed.xml", 1000))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.org/feed", "https://www.example.org:8443/a/page"),
        ("https://edition.cnn.com/", "https://www.cnn.com/"),
        ("https://feeds.bbc.co.uk/x", "https://bbc.co.uk./y"),
        ("https://bücher.de/x", "https://www.xn--bcher-kva.de/x"),
        ("http://10.0.0.1/x", " http://reader:word@10.0.0.1:8080/y"),
        ("http://[::1]/x", "http://[::1]:8080/y"),
    ],
)
def test_the_hosts_of_a_site_are_in_one_part(one: str, other: str):
    assert shard_of(one, 1000) == shard_of(other, 1000)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://127.0.0.1/x", "http://127.0.0.2/x"),
        ("https://one.co.uk/", "https://two.co.uk/"),
        ("urn:uuid:1", "urn:uuid:2"),
        ("no address", "neither address"),
        ("http://\ud800/", "http://\ud800/other"),
    ],
)
def test_what_is_not_one_site_is_spread(one: str, other: str):
    assert shard_of(one, 1000) != shard_of(other, 1000)


def test_the_whole_holds_everything():
    assert all(WHOLE.holds(url) for url in SITES)
    assert str(Shard(2, 4)) == "2 of 4"


def parts_of(url: str) -> tuple[Shard, Shard]:
    """The one of two parts that holds a site, and the other one."""
    mine = shard_of(url, 2)
    return mine, Shard(3 - mine.index, 2)


def item(link: str) -> str:
    return f"<item><title>T</title><link>{link}</link><description>{WORDS}</description></item>"


def test_a_part_asks_its_own_feeds_only_where_they_moved_to(site, store: Store):
    site.feed(item(f"{site.url}/page"))
    feed = Feed("https://elsewhere.example/feed")
    store.save_check(FeedState(feed.url, moved_to=f"{site.url}/feed"), (), LONG_AGO)
    mine, other = parts_of(site.url)
    assert check_feeds(store, [feed], POLICY, other) == []
    assert check_feeds(store, [feed], POLICY, mine) == [FeedCheck(feed, "read", 1)]


def test_a_part_reads_the_pages_of_its_own_sites_only(site, store: Store):
    site.feed(item(f"{site.url}/page"))
    feeds = [Feed(f"{site.url}/feed")]
    check_feeds(store, feeds, POLICY)
    mine, other = parts_of(site.url)
    assert read_articles(store, feeds, POLICY, LONG_AGO, shard=other) == Reading()
    assert read_articles(store, feeds, POLICY, LONG_AGO, shard=mine).fetched == 1


def foreign(site) -> str:
    """The site by a name that belongs to the other part."""
    here = shard_of(site.url, 2)
    names = (
        f"http://127.0.0.{number}{site.url[site.url.rindex(':') :]}" for number in range(2, 99)
    )
    return next(name for name in names if shard_of(name, 2) != here)


def test_a_feed_that_leads_to_a_site_of_another_part_is_left_as_it_was(site, store: Store):
    feed = Feed(f"{site.url}/feed")
    site.redirects["/feed"] = f"{foreign(site)}/there"
    mine, _ = parts_of(site.url)
    [check] = check_feeds(store, [feed], POLICY, mine)
    assert check.outcome == "left"
    assert check.reason.endswith("which another part of this run asks")
    assert site.asked == ["/feed"]
    assert store.feed_states([feed.url]) == {}


def test_a_feed_that_fails_where_it_moved_to_is_left_if_its_old_site_is_another_parts(
    site, store: Store
):
    feed = Feed(f"{foreign(site)}/feed")
    moved = FeedState(feed.url, moved_to=f"{site.url}/gone")
    store.save_check(moved, (), LONG_AGO)
    mine, _ = parts_of(site.url)
    [check] = check_feeds(store, [feed], POLICY, mine)
    assert check.outcome == "left"
    assert store.feed_states([feed.url]) == {feed.url: moved}


@pytest.mark.parametrize("path", ["/page", "/robots.txt"])
def test_a_page_that_leads_to_a_site_of_another_part_waits_for_whoever_asks_all(
    path: str, site, store: Store
):
    site.feed(item(f"{site.url}/page"))
    site.redirects[path] = f"{foreign(site)}/there"
    feeds = [Feed(f"{site.url}/feed")]
    check_feeds(store, feeds, POLICY)
    before = waiting_entries(store, feeds, LONG_AGO)
    mine, _ = parts_of(site.url)
    assert read_articles(store, feeds, POLICY, LONG_AGO, shard=mine) == Reading()
    after = waiting_entries(store, feeds, LONG_AGO)
    assert untried(before, after) == set(before)


def test_an_address_that_was_just_tried_is_left_alone(site, store: Store):
    site.feed(item(f"{site.url}/one"), item(f"{site.url}/two"))
    feeds = [Feed(f"{site.url}/feed")]
    check_feeds(store, feeds, POLICY)
    tried = [f"{site.url}/one"]
    assert read_articles(store, feeds, POLICY, LONG_AGO, tried=tried).fetched == 1
    assert set(waiting_entries(store, feeds, LONG_AGO)) == set(tried)


def test_what_the_checks_brought_is_seen_in_the_states_before_and_after():
    fresh, quiet, broken, waits, passed_over, unknown = feeds = [
        Feed(f"https://{name}.example/feed")
        for name in ("fresh", "quiet", "broken", "waits", "over", "unknown")
    ]
    before = {feed.url: FeedState(feed.url, checked_at=LONG_AGO) for feed in feeds[:5]}
    before[waits.url] = replace(before[waits.url], problem="answers 410 Gone")
    after = before | {
        feed.url: FeedState(feed.url, checked_at=NOW) for feed in (fresh, quiet, broken)
    }
    after[broken.url] = replace(after[broken.url], problem="answers 500")
    due = {feed.url for feed in feeds} - {waits.url}
    assert unchecked(due, before, after) == {passed_over.url, unknown.url}
    assert checks_of(feeds, due, before, after, {fresh.url: 3}) == [
        FeedCheck(fresh, "read", 3),
        FeedCheck(quiet, "unchanged"),
        FeedCheck(broken, "failed", reason="answers 500"),
        FeedCheck(waits, "not due", reason="answers 410 Gone"),
        FeedCheck(passed_over, "failed", reason=NOT_ASKED),
        FeedCheck(unknown, "failed", reason=NOT_ASKED),
    ]


def pending(number: int, attempts: int = 0, link: str = "https://one.example/page") -> PendingEntry:
    entry = Entry("https://one.example/feed", str(number), link, "T", NOW)
    return PendingEntry(number, entry, NOW, attempts)


def test_what_the_reading_brought_is_seen_in_the_entries_before_and_after():
    before = {
        "read": [pending(1), pending(2)],
        "from its feed": [pending(3)],
        "failed": [pending(4, attempts=1)],
        "known": [pending(5)],
        "left": [pending(6), pending(7, attempts=2)],
        "a note": [pending(8, link="")],
    }
    after = {"failed": [pending(4, attempts=2)], "left": before["left"]}
    left = untried(before, after)
    assert left == {"left"}
    origins = {1: "page", 2: "page", 3: "summary", 5: "page", 8: "content"}
    reading = reading_of(before, {"known"}, left, origins)
    assert reading == Reading(fetched=3, known=1, from_feed=2, failed=1)


def test_the_store_tells_what_the_last_checks_found_new_and_where_texts_came_from(
    site, store: Store
):
    site.feed(item(f"{site.url}/old"))
    feeds = [Feed(f"{site.url}/feed")]
    urls = [feed.url for feed in feeds]
    check_feeds(store, feeds, POLICY)
    assert store.new_entries(urls) == {feeds[0].url: 1}
    site.feed(item(f"{site.url}/old"), item(f"{site.url}/a"), item(f"{site.url}/b"))
    [check] = check_feeds(store, feeds, POLICY)
    assert store.new_entries(urls) == {feeds[0].url: check.new} == {feeds[0].url: 2}
    waiting = waiting_entries(store, feeds, datetime.now(UTC) - timedelta(days=1))
    ids = [entry.id for entries in waiting.values() for entry in entries]
    assert store.origins(ids) == {}
    read_articles(store, feeds, POLICY, LONG_AGO)
    assert store.origins(ids) == dict.fromkeys(ids, "summary")
