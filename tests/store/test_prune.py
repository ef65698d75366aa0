"""What prune takes from a store, and what it must leave there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from digest.model import (
    Article,
    Citation,
    Delivery,
    Edition,
    Entry,
    FeedState,
    Sentence,
    Story,
    Summary,
    Told,
)
from digest.publish.render import render
from digest.store import prune
from digest.store.prune import REMEMBERED, prune_store
from digest.store.store import Store
from digest.store.tables import articles, entries, feed_days

FEED, GONE = "https://news.example/feed", "https://gone.example/feed"
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DAY = timedelta(days=1)
LIMIT = NOW - 90 * DAY
OLD, NEW = LIMIT - DAY, LIMIT + DAY
FORGOTTEN = LIMIT - REMEMBERED - DAY


def article(name: str, time: datetime = OLD, **changes: object) -> Article:
    made = Article(
        f"https://news.example/{name}",
        f"Title of {name}",
        (f"First paragraph of {name}.", "Second."),
        published=time,
        first_seen=time,
        feeds=(FEED,),
    )
    return replace(made, **changes)


def add(store: Store, entry: Entry, first_seen: datetime, article: Article | None = None) -> None:
    """An entry as a check at ``first_seen`` brought it, with the article that it led to."""
    store.save_check(FeedState(entry.feed, checked_at=first_seen), [entry], first_seen)
    if article:
        [waiting] = [
            each.id
            for each in store.pending_entries([entry.feed], FORGOTTEN - 999 * DAY)
            if each.entry.guid == entry.guid
        ]
        store.save_article(article, [waiting], [entry.link])


def entry(name: str, published: datetime | None = OLD, feed: str = FEED) -> Entry:
    link = f"https://news.example/{name}?from=rss"
    return Entry(feed, name, link, name, published, summary_html="<p>S", content_html="<p>C")


def texts(store: Store) -> dict[str, bool]:
    """Whether each article has its text, by the end of its URL."""
    with store.reading() as connection:
        rows = connection.execute(select(articles.c.url, articles.c.paragraphs))
        return {url.rpartition("/")[2]: bool(paragraphs) for url, paragraphs in rows}


def guids(store: Store) -> set[str]:
    with store.reading() as connection:
        return set(connection.scalars(select(entries.c.guid)))


def only(**expected: int) -> dict[str, int]:
    """What is removed where nothing else is."""
    names = {
        "texts": "texts of articles",
        "editions": "articles' texts inside old editions",
        "paragraphs": "paragraphs kept for use again",
        "waiting": "entries that wait, too old to be read",
        "entries": "entries forgotten",
        "articles": "articles forgotten",
        "days": "days in the history of feeds",
        "feeds": "feeds forgotten",
    }
    return {what: expected.get(name, 0) for name, what in names.items()}


def edition(cutoff: datetime, *told: Article, name: str = "daily") -> Edition:
    summary = Summary(
        (Sentence("They met.", (Citation(told[0].url, 0, "They met."),)),), "extractive", "m"
    )
    story = Story(told, "Headline", 1.0)
    return Edition(
        name, f"{cutoff:%Y-%m-%d}", "Daily", "UTC", cutoff - DAY, cutoff, (Told(story, summary),)
    )


def test_texts_go_when_they_are_old_by_their_date_and_by_when_we_saw_them(store: Store):
    store.save_article(article("old"), [])
    store.save_article(article("new", NEW), [])
    store.save_article(article("old-seen-late", OLD, first_seen=NEW), [])
    store.save_article(article("undated-old", OLD, published=None), [])
    store.save_article(article("undated-new", NEW, published=None), [])
    assert prune_store(store, LIMIT, [FEED]) == only(texts=2)
    assert texts(store) == {
        "old": False,
        "new": True,
        "old-seen-late": True,
        "undated-old": False,
        "undated-new": True,
    }


def test_an_article_without_its_text_is_known_and_cannot_be_told(store: Store):
    old = article("old")
    store.save_article(old, [], ["https://t.example/x"])
    prune_store(store, LIMIT, [FEED])
    assert store.candidates([FEED], OLD - DAY, NOW, NOW) == []
    assert store.without_text([old.url, "https://news.example/none"]) == {
        old.url,
        "https://news.example/none",
    }
    assert store.article_for_url(["https://t.example/x"]) == {"https://t.example/x": old.url}
    copy = article("copy", NOW, title=old.title, paragraphs=old.paragraphs)
    assert store.save_article(copy, []) == old.url, "the same text under another URL"
    assert store.candidates([FEED], NOW - DAY, NOW, NOW) == [], "and it keeps its first date"


def test_an_edition_is_written_again_to_the_same_bytes_without_its_articles_texts(store: Store):
    old = edition(OLD, article("one"), article("two", published=None))
    new = edition(NEW, article("three", NEW))
    for each in (old, new):
        store.save_edition(each, ["https://news.example/considered"], NOW)
        store.publish_edition(each.name, each.slot, NOW)
        store.save_delivery(Delivery(each.name, each.slot, "a@example.org", "sent", NOW))
    assert prune_store(store, LIMIT, [FEED]) == only(editions=1)
    stored = store.edition(old.name, old.slot)
    assert stored.published_at == NOW
    assert stored.edition != old
    assert render(stored.edition) == render(old)
    assert not any(a.paragraphs for told in stored.edition.stories for a in told.story.articles)
    assert store.edition(new.name, new.slot).edition == new
    told = {f"https://news.example/{name}" for name in ("one", "two", "three", "considered")}
    assert store.told("daily", {*told, "https://news.example/other"}) == told
    assert store.deliveries(old.name, old.slot)[0].status == "sent"


def test_paragraphs_for_use_again_go_when_they_are_old(store: Store):
    summary = edition(NOW, article("one")).stories[0].summary
    store.save_summaries({("old", "name"): summary}, OLD)
    store.save_summaries({("new", "name"): summary}, NEW)
    assert prune_store(store, LIMIT, [FEED]) == only(paragraphs=1)
    assert list(store.summaries([("old", "name"), ("new", "name")])) == [("new", "name")]


def test_old_entries_wait_no_longer_and_are_still_known(store: Store):
    add(store, entry("old"), NOW)
    add(store, entry("undated", None), OLD)
    add(store, entry("new", NEW), NOW)
    assert prune_store(store, LIMIT, [FEED]) == only(waiting=1, days=1)
    waiting = store.pending_entries([FEED], FORGOTTEN)
    assert {each.entry.guid for each in waiting} == {"undated", "new"}
    assert store.save_check(FeedState(FEED), [entry("old")], NOW) == 0
    with store.reading() as connection:
        markup = select(entries.c.content_html).where(entries.c.guid == "old")
        assert connection.scalar(markup) == "", "listed again, it brings its markup no more"
    assert prune_store(store, LIMIT, [FEED]) == only()


def test_a_feed_that_still_lists_an_old_undated_entry_does_not_bring_it_again(store: Store):
    undated = entry("undated", None)
    add(store, undated, FORGOTTEN, article("undated", FORGOTTEN, published=None))
    assert prune_store(store, LIMIT, [FEED]) == only(texts=1, days=1)
    assert store.save_check(FeedState(FEED), [undated], NOW) == 0
    assert store.pending_entries([FEED], FORGOTTEN) == []


def test_after_a_year_what_has_a_date_is_forgotten_and_is_no_news_if_it_comes_again(store: Store):
    dated = entry("dated", FORGOTTEN)
    add(store, dated, FORGOTTEN, article("dated", FORGOTTEN))
    seen_late = entry("seen-late", FORGOTTEN)
    add(store, seen_late, NOW, article("seen-late", FORGOTTEN, first_seen=NOW))
    assert prune_store(store, LIMIT, [FEED]) == only(texts=1, entries=1, articles=1, days=1)
    assert guids(store) == {"seen-late"}
    assert set(texts(store)) == {"seen-late"}
    assert store.article_for_url([dated.link, article("dated").url]) == {}
    store.save_check(FeedState(FEED), [dated], NOW)
    assert store.pending_entries([FEED], LIMIT) == []


def test_an_article_is_remembered_as_long_as_an_undated_entry_leads_to_it(store: Store):
    add(store, entry("dated", FORGOTTEN), FORGOTTEN, article("both", FORGOTTEN))
    add(store, entry("undated", None), FORGOTTEN, article("both", FORGOTTEN))
    assert prune_store(store, LIMIT, [FEED]) == only(texts=1, entries=1, days=1)
    assert guids(store) == {"undated"}
    assert store.article_for_url([article("both").url])


def test_a_feed_that_nobody_follows_is_forgotten_once_it_was_not_asked_for_long(store: Store):
    for feed, checked in ((FEED, OLD), (GONE, OLD), ("https://just.example/", NEW)):
        add(store, entry("a", None, feed), checked)
        add(store, entry("b", None, feed), checked)
    assert prune_store(store, LIMIT, [FEED]) == only(entries=2, feeds=1, days=2)
    assert set(store.feed_states([FEED, GONE, "https://just.example/"])) == {
        FEED,
        "https://just.example/",
    }
    assert store.counts().entries == 4


def test_a_feed_followed_anew_brings_nothing_again_that_was_read(store: Store):
    undated = entry("undated", None, GONE)
    add(store, undated, OLD, article("undated", OLD, published=None))
    prune_store(store, LIMIT, [])
    assert store.save_check(FeedState(GONE), [undated], NOW) == 1
    assert store.article_for_url([undated.link]) == {undated.link: article("undated").url}
    assert store.candidates([GONE, FEED], LIMIT, NOW, NOW) == []


def test_a_day_of_a_feeds_history_goes_when_all_of_it_is_old(store: Store):
    midnight = LIMIT.replace(hour=0)
    for day in (midnight - 2 * DAY, midnight - DAY, midnight, NOW):
        store.save_check(FeedState(FEED), [], day)
    assert prune_store(store, LIMIT, [FEED]) == only(days=2)
    with store.reading() as connection:
        left = connection.scalars(select(feed_days.c.day).order_by(feed_days.c.day)).all()
    assert left == [midnight, NOW.replace(hour=0)], "the limit lies within the first"


def much_of_everything(store: Store) -> None:
    for number in range(3):
        name = f"told {number}"
        add(store, entry(name, FORGOTTEN), FORGOTTEN, article(name, FORGOTTEN))
        add(store, entry(f"old {number}"), OLD, article(f"old-{number}"))
        add(store, entry(f"waits {number}"), OLD)
        add(store, entry(f"gone {number}", None, GONE), OLD)
        each = edition(OLD - number * DAY, article("one"))
        store.save_edition(each, [], NOW)
        store.save_summaries({(name, "name"): each.stories[0].summary}, OLD)


EVERYTHING = only(
    texts=6, editions=3, paragraphs=3, waiting=3, entries=6, articles=3, days=3, feeds=1
)


def test_counted_only_it_says_the_same_and_removes_nothing(store: Store):
    much_of_everything(store)
    before = store.counts()
    assert prune_store(store, LIMIT, [FEED], dry_run=True) == EVERYTHING
    assert store.counts() == before
    assert prune_store(store, LIMIT, [FEED]) == EVERYTHING
    assert prune_store(store, LIMIT, [FEED]) == only()


def test_it_goes_in_small_steps_and_stopped_in_any_of_them_goes_on_from_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(prune, "BATCH", 2)
    much_of_everything(store)
    attempts, steps = 0, 0

    @event.listens_for(Engine, "commit")
    def stop(_connection: object) -> None:
        nonlocal steps
        steps += 1
        if steps > attempts:
            raise KeyboardInterrupt

    last = None
    try:
        while last is None:
            attempts, steps = attempts + 1, 0
            with suppress(KeyboardInterrupt):
                last = prune_store(store, LIMIT, [FEED])
    finally:
        event.remove(Engine, "commit", stop)
    assert attempts > 7
    assert 0 < sum(last.values()) < sum(EVERYTHING.values())
    assert prune_store(store, LIMIT, [FEED]) == only()
    assert guids(store) == {f"{kind} {n}" for kind in ("old", "waits") for n in range(3)}


def test_articles_found_again_while_they_are_being_forgotten_break_nothing(
    start_worker: Callable, store: Store
):
    for number in range(20):
        store.save_article(article(str(number), FORGOTTEN), [])
    savers = [start_worker("save-articles", FEED, side) for side in ("up", "down")]
    for saver in savers:
        saver.wait_for("ready")
    for saver in savers:
        saver.go()
    forgotten = 0
    while any(saver.process.poll() is None for saver in savers):
        forgotten += prune_store(store, LIMIT, [FEED])["articles forgotten"]
    for saver in savers:
        saver.result()
    forgotten += prune_store(store, LIMIT, [FEED])["articles forgotten"]
    assert forgotten == 20
    assert len(texts(store)) <= 20, "those that were found again after they had been forgotten"


def test_an_sqlite_file_becomes_smaller_when_much_of_it_is_free(sqlite_url: str):
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with Store.open(sqlite_url) as store:
        for number in range(200):
            large = article(str(number), paragraphs=(f"{number} " * 10_000,))
            store.save_article(large, [])
        assert store.give_back() == 0, "nothing is free"
        prune_store(store, LIMIT, [FEED])
        before = file.stat().st_size
        freed = store.give_back()
        assert freed == before - file.stat().st_size > 5_000_000
        assert store.counts().articles == 200
        assert store.give_back() == 0


def test_a_file_that_others_are_reading_and_writing_is_made_smaller_another_time(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
):
    with Store.open(f"{sqlite_url}?timeout=0.1") as store:
        for number in range(20):
            store.save_article(article(str(number), paragraphs=("Text. " * 10_000,)), [])
            store.save_article(article(str(number), paragraphs=(f"{number} " * 10_000,)), [])
        prune_store(store, LIMIT, [FEED])
        with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as other:
            other.execute("BEGIN IMMEDIATE")
            assert store.give_back() == 0
        assert "could not be made smaller now: database is locked" in caplog.text
        assert store.give_back() > 0


def test_postgresql_gives_space_back_by_itself(postgresql_url: str):
    with Store.open(postgresql_url) as store:
        assert store.give_back() == 0
