from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.model import Article, Entry, FeedState
from digest.store import rows
from digest.store.store import Candidate, Store

FEED, OTHER_FEED = "https://a.example/feed", "https://b.example/feed"
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
YESTERDAY, HOUR = NOW - timedelta(days=1), timedelta(hours=1)


def article(name: str, **changes: object) -> Article:
    made = Article(
        f"https://news.example/{name}",
        f"Title of {name}",
        (f"First paragraph of {name}.", "Second."),
        published=NOW - HOUR,
        first_seen=NOW,
        feeds=(FEED,),
    )
    return replace(made, **changes)


def found(store: Store, *feeds: str) -> list[Article]:
    return [each.article for each in store.candidates(feeds or [FEED], YESTERDAY, NOW, NOW)]


def entry_ids(store: Store, feed: str, *guids: str) -> list[int]:
    """Saves entries of a feed and gives their ids."""
    entries = [Entry(feed, guid, f"{feed}/{guid}", "Title", NOW) for guid in guids]
    store.save_check(FeedState(feed), entries, NOW)
    return [each.id for each in store.pending_entries([feed], YESTERDAY)]


def test_an_article_comes_back_as_it_was(store: Store):
    korean = article(
        "ko",
        title="국방장관 회의",
        paragraphs=('"첫" 문단\\', "", "둘째\n\n문단 🗞️"),
        source="신문",
        author="김",
        language="ko",
        origin="content",
        feeds=(OTHER_FEED, FEED),
    )
    assert store.save_article(korean, [], problem="cookie wall") == korean.url
    assert store.candidates([FEED], YESTERDAY, NOW, NOW) == [
        Candidate(replace(korean, feeds=(FEED, OTHER_FEED)), "cookie wall")
    ]


def test_an_article_saved_again_is_there_once(store: Store):
    for _ in range(2):
        assert store.save_article(article("one"), [], ["https://news.example/one?utm=1"])
    assert found(store) == [article("one")]
    assert store.counts().articles == 1


def test_an_article_ends_the_waiting_of_its_entries_and_is_carried_by_their_feeds(store: Store):
    first, second = entry_ids(store, FEED, "1", "2")
    [third] = entry_ids(store, OTHER_FEED, "3")
    store.fail_entry(second, "timed out", final=True)
    store.save_article(article("one", feeds=()), [first, second, third])
    assert store.pending_entries([FEED, OTHER_FEED], YESTERDAY) == []
    assert store.entries_without_article(YESTERDAY) == []
    assert found(store) == [article("one", feeds=(FEED, OTHER_FEED))]


def test_an_article_is_found_under_its_own_url_and_every_url_that_led_to_it(store: Store):
    asked, canonical = "https://t.example/x", "https://news.example/one/amp"
    store.save_article(article("one"), [], [asked, canonical])
    own = article("one").url
    assert store.article_for_url([own, asked, canonical, "https://news.example/two"]) == {
        own: own,
        asked: own,
        canonical: own,
    }
    assert store.article_for_url([]) == {}


def test_the_same_content_under_two_urls_is_one_article(store: Store):
    store.save_article(article("one"), [])
    copy = article(
        "one",
        url="https://b.example/copy",
        published=NOW - 2 * HOUR,
        first_seen=NOW + HOUR,
        feeds=(OTHER_FEED,),
    )
    assert store.save_article(copy, [], ["https://b.example/copy?utm=1"]) == article("one").url
    assert found(store) == [
        article("one", published=NOW - 2 * HOUR, feeds=(FEED, OTHER_FEED)),
    ]
    assert store.article_for_url([copy.url, "https://b.example/copy?utm=1"]) == {
        copy.url: article("one").url,
        "https://b.example/copy?utm=1": article("one").url,
    }


def test_an_article_known_by_an_alias_keeps_its_text(store: Store):
    store.save_article(article("one"), [], ["https://t.example/x"])
    rewritten = article("two", paragraphs=("Rewritten.",), first_seen=NOW - HOUR, published=None)
    assert store.save_article(rewritten, [], ["https://t.example/x"]) == article("one").url
    assert found(store) == [article("one", first_seen=NOW - HOUR)]
    assert store.article_for_url([rewritten.url]) == {rewritten.url: article("one").url}


def test_a_date_is_learned_from_a_later_copy(store: Store):
    store.save_article(article("one", published=None), [])
    store.save_article(article("one"), [])
    assert found(store) == [article("one")]


def test_its_own_url_says_more_of_an_article_than_an_alias_or_its_content(store: Store):
    store.save_article(article("one"), [])
    store.save_article(article("two"), [])
    mixed = article("one", paragraphs=article("two").paragraphs, title=article("two").title)
    assert store.save_article(mixed, [], [article("two").url]) == article("one").url
    assert store.article_for_url([article("two").url]) == {article("two").url: article("two").url}


def test_an_entry_of_another_feed_joins_an_article_that_is_there(store: Store):
    store.save_article(article("one"), [])
    ids = entry_ids(store, OTHER_FEED, "1")
    store.link_entries(article("one").url, ids)
    assert store.pending_entries([OTHER_FEED], YESTERDAY) == []
    assert found(store, OTHER_FEED) == [article("one", feeds=(FEED, OTHER_FEED))]


def test_entries_wait_on_where_the_article_is_not_there_any_more(store: Store):
    waiting = entry_ids(store, FEED, "1")
    store.link_entries("https://news.example/none", waiting)
    assert [each.id for each in store.pending_entries([FEED], YESTERDAY)] == waiting
    assert len(waiting) == 1


def test_the_window_is_open_at_its_floor_and_closed_at_its_cutoff(store: Store):
    second = timedelta(seconds=1)
    for name, published in {
        "at floor": YESTERDAY,
        "after floor": YESTERDAY + second,
        "at cutoff": NOW,
        "after cutoff": NOW + second,
    }.items():
        store.save_article(article(name, published=published), [])
    assert [each.title for each in found(store)] == ["Title of after floor", "Title of at cutoff"]


def test_an_undated_article_counts_from_when_it_was_first_seen(store: Store):
    undated = article("undated", published=None, first_seen=NOW)
    store.save_article(undated, [])
    store.save_article(article("later", published=None, first_seen=NOW + HOUR), [])
    store.save_article(article("old", published=None, first_seen=YESTERDAY), [])
    assert found(store) == [undated]


def test_candidates_come_by_time_and_url_and_only_from_the_feeds_asked_for(store: Store):
    early = article("z", published=NOW - 3 * HOUR)
    undated = article("m", published=None, first_seen=NOW - 2 * HOUR)
    late = [article("b"), article("Z"), article("a", feeds=(OTHER_FEED,))]
    for each in (*late, undated, early):
        store.save_article(each, [])
    assert found(store) == [early, undated, late[1], late[0]]
    assert found(store, FEED, OTHER_FEED) == [early, undated, late[1], late[2], late[0]]
    assert store.candidates([], YESTERDAY, NOW, NOW) == []


def test_many_feeds_and_urls_are_asked_for_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rows, "CHUNK", 2)
    feeds = [f"https://{n}.example/feed" for n in range(5)]
    shared = article("shared", feeds=tuple(feeds))
    store.save_article(shared, [], feeds)
    alone = [article(feed[8], feeds=(feed,)) for feed in feeds]
    for each in alone:
        store.save_article(each, [])
    assert found(store, *feeds) == [*alone, shared]
    assert len(store.article_for_url([*feeds, *(each.url for each in alone)])) == 10
    assert store.save_article(article("copy"), [], ["https://x.example", *feeds[:4]]) == shared.url
