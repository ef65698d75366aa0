from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError

from digest.model import Article, Entry, FeedState
from digest.store import rows
from digest.store.store import PendingEntry, Store, Totals

FEED = "https://news.example/feed"
NOW = datetime(2026, 11, 23, 6, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
FLOOR = NOW - timedelta(days=60)


def entry(number: int, feed: str = FEED, **changes: object) -> Entry:
    made = Entry(feed, f"guid-{number}", f"{feed}/{number}", f"Title {number}", NOW)
    return replace(made, **changes)


def pending(store: Store, *feeds: str) -> list[Entry]:
    return [each.entry for each in store.pending_entries(feeds or [FEED], FLOOR)]


def test_a_feed_never_checked_is_unknown(store: Store):
    assert store.feed_states([FEED]) == {}
    assert store.feed_states([]) == {}


def test_what_a_check_found_out_about_a_feed_comes_back(store: Store):
    first = FeedState(
        FEED,
        title="뉴스 – Nachrichten 🗞️",
        etag='W/"a"',
        last_modified="Mon, 23 Nov 2026 06:00:00 GMT",
        moved_to="https://news.example/new",
        next_check=LATER,
        checked_at=NOW,
        changed_at=NOW - timedelta(days=1),
        failing_since=NOW - timedelta(days=2),
        failures=3,
        problem="answered 503",
    )
    store.save_check(first, [], NOW)
    assert store.feed_states([FEED, "https://other.example"]) == {FEED: first}
    second = FeedState(FEED, checked_at=LATER)
    store.save_check(second, [], LATER)
    assert store.feed_states([FEED]) == {FEED: second}


def test_a_rerun_inserts_no_entry_twice_and_keeps_when_it_was_first_seen(store: Store):
    entries = [entry(1), entry(2)]
    assert store.save_check(FeedState(FEED), entries, NOW) == 2
    assert store.save_check(FeedState(FEED), entries, LATER) == 0
    assert store.save_check(FeedState(FEED), [entry(3), *entries], LATER) == 1
    assert [(each.entry, each.first_seen) for each in store.pending_entries([FEED], FLOOR)] == [
        (entry(1), NOW),
        (entry(2), NOW),
        (entry(3), LATER),
    ]


def test_one_guid_twice_in_a_feed_is_one_entry_and_the_first_counts(store: Store):
    assert store.save_check(FeedState(FEED), [entry(1), entry(1, title="Again")], NOW) == 1
    assert pending(store) == [entry(1)]


def test_the_same_guid_in_two_feeds_is_two_entries(store: Store):
    other = "https://other.example/feed"
    store.save_check(FeedState(FEED), [entry(1)], NOW)
    assert store.save_check(FeedState(other), [entry(1, feed=other)], NOW) == 1


def test_an_entry_is_refreshed_only_while_it_waits_for_its_article(store: Store):
    store.save_check(FeedState(FEED), [entry(1), entry(2), entry(3)], NOW)
    waiting, read, failed = store.pending_entries([FEED], FLOOR)
    store.save_article(Article("https://news.example/2", "Title", ("Text.",)), [read.id])
    store.fail_entry(failed.id, "answered 410", final=True)
    corrected = [entry(n, title="Corrected", link=f"{FEED}/moved") for n in (1, 2, 3)]
    assert store.save_check(FeedState(FEED), corrected, LATER) == 0
    assert store.pending_entries([FEED], FLOOR) == [replace(waiting, entry=corrected[0])]
    assert [each.entry for each in store.entries_without_article(NOW - timedelta(1))] == [
        corrected[0],
        entry(3),
    ]


def test_an_entry_comes_back_whole_with_its_times_in_utc(store: Store):
    seoul = timezone(timedelta(hours=9))
    full = entry(
        1,
        title="국방장관 회의 \N{ZERO WIDTH JOINER} é",
        published=datetime(2026, 11, 23, 15, 30, tzinfo=seoul),
        updated=datetime(2026, 11, 23, 16, 0, tzinfo=seoul),
        author="김",
        language="ko",
        summary_html="<p>요약</p>",
        content_html="<p>" + "긴 글 " * 20_000,
    )
    store.save_check(FeedState(FEED), [full], NOW)
    [found] = pending(store)
    assert found == full
    assert found.published.tzinfo is UTC
    assert found.published.hour == 6


def test_times_on_both_sides_of_a_change_of_clocks_stay_apart(store: Store):
    # On 25 October 2026 Berlin's clocks show 02:30 twice, at 00:30 and at 01:30 UTC.
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    store.save_check(FeedState(FEED), [entry(n, published=twice[n]) for n in (0, 1)], NOW)
    assert [each.published for each in pending(store)] == twice


def test_a_time_without_a_zone_is_refused(store: Store):
    with pytest.raises(StatementError, match="no time zone"):
        store.save_check(FeedState(FEED, checked_at=NOW.replace(tzinfo=None)), [], NOW)


def test_text_that_no_database_takes_does_not_cost_its_feed(store: Store):
    broken = entry(1, title="nul\0 and half a pair \ud800.", guid="a\0b")
    assert store.save_check(FeedState(FEED), [broken], NOW) == 1
    assert store.save_check(FeedState(FEED), [broken], NOW) == 0
    assert pending(store) == [entry(1, title="nul and half a pair ?.", guid="ab")]


def test_entries_published_before_the_floor_wait_where_they_are(store: Store):
    old, undated = entry(1, published=FLOOR), entry(2, published=None)
    store.save_check(FeedState(FEED), [old, undated, entry(3)], NOW)
    assert pending(store) == [undated, entry(3)]
    assert len(store.pending_entries([FEED], FLOOR - timedelta(seconds=1))) == 3


def test_an_attempt_that_failed_is_counted(store: Store):
    store.save_check(FeedState(FEED), [entry(1), entry(2)], NOW)
    first, second = store.pending_entries([FEED], FLOOR)
    store.fail_entry(first.id, "timed out", final=False)
    assert store.pending_entries([FEED], FLOOR) == [replace(first, attempts=1), second]
    assert store.entries_without_article(NOW - timedelta(1)) == [
        (entry(1), "timed out", NOW),
        (entry(2), "", NOW),
    ]


def test_an_entry_that_failed_for_good_is_not_tried_again(store: Store):
    store.save_check(FeedState(FEED), [entry(1)], NOW)
    [only] = store.pending_entries([FEED], FLOOR)
    store.fail_entry(only.id, "answered 410", final=True)
    assert store.pending_entries([FEED], FLOOR) == []
    [left_out] = store.entries_without_article(NOW - timedelta(1))
    assert left_out == (entry(1), "answered 410", NOW)


def test_a_failure_reported_after_the_article_came_changes_nothing(store: Store):
    store.save_check(FeedState(FEED), [entry(1)], NOW)
    [only] = store.pending_entries([FEED], FLOOR)
    store.save_article(Article("https://news.example/1", "Title", ("Text.",)), [only.id])
    store.fail_entry(only.id, "timed out", final=True)
    assert store.entries_without_article(NOW - timedelta(1)) == []


def test_only_entries_first_seen_after_the_time_count_as_left_out(store: Store):
    store.save_check(FeedState(FEED), [entry(1)], NOW)
    store.save_check(FeedState(FEED), [entry(2)], LATER)
    assert [each.entry for each in store.entries_without_article(NOW)] == [entry(2)]


def test_questions_about_more_feeds_than_a_statement_takes_are_split(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rows, "CHUNK", 2)
    feeds = [f"https://{n}.example/feed" for n in range(5)]
    for feed in feeds:
        store.save_check(FeedState(feed), [entry(n, feed=feed) for n in range(5)], NOW)
        assert store.save_check(FeedState(feed), [entry(n, feed=feed) for n in range(7)], NOW) == 2
    assert list(store.feed_states(feeds)) == feeds
    assert len(store.pending_entries(feeds, FLOOR)) == 35
    assert store.counts() == Totals(feeds=5, entries=35, articles=0, editions=0)


def test_ten_thousand_entries_at_once(store: Store):
    many = [entry(n, feed=FEED) for n in range(10_000)]
    assert store.save_check(FeedState(FEED), many, NOW) == 10_000
    assert store.save_check(FeedState(FEED), many, NOW) == 0
    first = store.pending_entries([FEED], FLOOR)[0]
    assert first == PendingEntry(first.id, many[0], NOW, attempts=0)
