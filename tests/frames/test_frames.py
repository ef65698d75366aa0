"""The store as pandas frames: every column with its type, from both kinds of database."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from digest import frames
from digest.frames import health, news, told
from digest.model import (
    Article,
    Counts,
    Edition,
    Entry,
    FeedHealth,
    FeedState,
    Sentence,
    Story,
    Summary,
    Told,
    UsageError,
)
from digest.settings import Settings
from digest.store.store import Store

A, B = "https://a.example/feed", "https://b.example/feed"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DOCS = Path(__file__).parents[2] / "docs"
COLUMNS = {
    frames.articles: news.COLUMNS,
    frames.stories: told.STORIES,
    frames.editions: told.EDITIONS,
    frames.feed_health: health.FEED_HEALTH,
    frames.days: health.DAYS,
}
FRAMES = pytest.mark.parametrize("frame", COLUMNS, ids=lambda frame: frame.__name__)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a store that does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'digest.sqlite'}"
    return request.getfixturevalue("postgresql_url")


def article(name: str, published: datetime | None, first_seen: datetime, *feeds: str) -> Article:
    return Article(
        f"https://news.example/{name}",
        f"Title of {name}",
        ("Three words here.", "And 이것 too."),
        source=f"Outlet {name}",
        language="en",
        published=published,
        first_seen=first_seen,
        feeds=feeds,
    )


FERRY = article("ferry", NOON, NOON + HOUR, A, B)
BRIDGE = article("bridge", NOON - DAY, NOON, A)
UNDATED = article("undated", None, NOON + DAY, B)
LATE = article("late", NOON - DAY, NOON + 2 * DAY, A)


def edition(slot: date, *stories: Told, **more: object) -> Edition:
    cutoff = datetime(slot.year, slot.month, slot.day, 7, tzinfo=UTC)
    return Edition("daily", f"{slot}", "Daily", "UTC", cutoff - DAY, cutoff, stories, **more)


def fill(store: Store) -> None:
    """Two feeds over three days, four articles, and three editions, the last not published."""
    new = [Entry(A, f"guid {n}", f"{A}/{n}", "Title", NOON) for n in range(3)]
    store.save_check(FeedState(A, title="Feed A"), new, NOON, 0.5)
    store.save_check(FeedState(A, title="Feed A"), [], NOON + HOUR, 1.5)
    store.save_check(FeedState(A, title="Feed A", problem="answers 500"), [], NOON + 2 * HOUR)
    store.save_check(FeedState(B, title="Feed B"), [], NOON, 0.25)
    store.save_check(FeedState(B, title="Feed B", problem="gone"), [], NOON + 2 * DAY)
    for each in (FERRY, BRIDGE, UNDATED, LATE):
        store.save_article(each, [])
    sentence = Sentence("The ferry sails again.", ())
    summary = Summary((sentence, Sentence("It does.", ())), "extractive", "MiniLM")
    fallen = Summary((sentence,), "extractive", "MiniLM", fallback="it said 14")
    first = edition(
        date(2026, 11, 21),
        Told(Story((FERRY, UNDATED), "The ferry", 4.5), summary),
        Told(Story((BRIDGE,), "The bridge", 2.0), fallen),
        health=(FeedHealth(A, "A", "ok"), FeedHealth(B, "B", "failing")),
        counts=Counts(feeds=2, articles=3, stories=5),
        late_minutes=12,
    )
    second = edition(date(2026, 11, 22))
    for each in (first, second, edition(date(2026, 11, 23))):
        store.save_edition(each, [], each.cutoff + HOUR)
    for each in (second, first):
        store.publish_edition(each.name, each.slot, each.cutoff + 2 * HOUR)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as store:
        fill(store)
        yield store


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    return list(frame[list(columns)].itertuples(index=False, name=None))


def midnight(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC)


@FRAMES
def test_the_columns_are_of_the_same_types_with_data_and_without(frame, store: Store):
    columns = COLUMNS[frame]
    expected = pd.Series({name: pd.api.types.pandas_dtype(kind) for name, kind in columns.items()})
    full, empty = frame(store), frame("sqlite:///:memory:")
    assert len(full)
    assert not len(empty)
    pd.testing.assert_series_equal(full.dtypes, expected)
    pd.testing.assert_series_equal(empty.dtypes, expected)
    assert list(full.index) == list(range(len(full)))


@FRAMES
def test_each_column_is_documented_in_its_order(frame):
    documented = re.findall(r"^ *\| ([a-z_, ]+) \| .", inspect.getdoc(frame), re.MULTILINE)
    assert ", ".join(documented).split(", ") == list(COLUMNS[frame])


@FRAMES
def test_a_store_is_named_by_its_url_or_by_the_settings_or_is_open_already(
    frame, store: Store, url: str
):
    expected = frame(store)
    pd.testing.assert_frame_equal(frame(url), expected)
    pd.testing.assert_frame_equal(frame(Settings(store=url)), expected)


def test_articles_come_by_their_time_with_their_text_and_feeds(store: Store):
    found = frames.articles(store)
    assert rows(found, "url", "published", "first_seen", "feeds") == [
        (BRIDGE.url, NOON - DAY, NOON, (A,)),
        (LATE.url, NOON - DAY, NOON + 2 * DAY, (A,)),
        (FERRY.url, NOON, NOON + HOUR, (A, B)),
        (UNDATED.url, pd.NaT, NOON + DAY, (B,)),
    ]
    assert rows(found, "title", "source", "author", "language", "origin", "words", "text")[0] == (
        *("Title of bridge", "Outlet bridge", "", "en", "page", 6),
        "Three words here.\n\nAnd 이것 too.",
    )
    assert rows(found.explode("feeds").groupby("feeds").size().reset_index(), "feeds", 0) == [
        (A, 3),
        (B, 2),
    ]


def test_stories_come_in_the_order_of_the_editions_that_told_them(store: Store):
    found = frames.stories(store)
    assert rows(found, "edition", "slot", "rank", "headline", "url", "score") == [
        ("daily", "2026-11-21", 1, "The ferry", FERRY.url, 4.5),
        ("daily", "2026-11-21", 2, "The bridge", BRIDGE.url, 2.0),
    ]
    assert rows(found, "articles", "outlets", "first_published", "words", "fallback") == [
        (2, 2, NOON, 6, ""),
        (1, 1, NOON - DAY, 4, "it said 14"),
    ]
    assert rows(found, "cutoff", "language", "paragraph", "method", "model")[0] == (
        *(midnight(21) + 7 * HOUR, "en"),
        *("The ferry sails again. It does.", "extractive", "MiniLM"),
    )
    assert found["story"][0] == Story((FERRY, UNDATED), "").key


def test_editions_are_those_that_were_published(store: Store):
    found = frames.editions(store)
    assert list(found["slot"]) == ["2026-11-21", "2026-11-22"]
    first = found.iloc[0].to_dict()
    cutoff = midnight(21) + 7 * HOUR
    assert first == {
        "edition": "daily",
        "slot": "2026-11-21",
        "title": "Daily",
        "topic": "",
        "timezone": "UTC",
        "start": cutoff - DAY,
        "cutoff": cutoff,
        "made_at": cutoff + HOUR,
        "published_at": cutoff + 2 * HOUR,
        "late_minutes": 12,
        "feeds": 2,
        "failing_feeds": 1,
        "articles": 3,
        "events": 5,
        "stories": 2,
        "words": 10,
        "fallbacks": 1,
    }


def test_the_health_of_feeds_is_by_feed_and_day(store: Store):
    found = frames.feed_health(store)
    assert rows(found, "feed", "title", "day", "checks", "failures", "new_entries", "articles") == [
        (A, "Feed A", midnight(19), 0, 0, 0, 2),
        (A, "Feed A", midnight(20), 3, 1, 3, 1),
        (B, "Feed B", midnight(20), 1, 0, 0, 1),
        (B, "Feed B", midnight(21), 0, 0, 0, 1),
        (B, "Feed B", midnight(22), 1, 1, 0, 0),
    ]
    seconds = found.set_index(["feed", "day"])[["mean_seconds", "slowest_seconds"]]
    assert tuple(seconds.loc[(A, midnight(20))]) == (1.0, 1.5)
    assert tuple(seconds.loc[(B, midnight(20))]) == (0.25, 0.25)
    assert seconds.drop([(A, midnight(20)), (B, midnight(20))]).isna().all(axis=None)


def test_days_follow_each_other_and_count_each_article_once(store: Store):
    found = frames.days(store)
    assert rows(found, "day", "articles", "checks", "failures") == [
        (midnight(19), 2, 0, 0),
        (midnight(20), 1, 4, 1),
        (midnight(21), 1, 0, 0),
        (midnight(22), 0, 1, 1),
    ]
    assert found["median_seconds"][1] == (1.0 + 0.25) / 2
    assert found["slowest_seconds"][1] == 1.5
    assert found.loc[[0, 2, 3], ["median_seconds", "slowest_seconds"]].isna().all(axis=None)


def test_a_day_between_two_others_is_there_though_nothing_is_known_of_it(store: Store):
    store.save_check(FeedState(A), [], NOON + 5 * DAY)
    assert rows(frames.days(store), "day", "articles", "checks")[3:] == [
        (midnight(22), 0, 1),
        (midnight(23), 0, 0),
        (midnight(24), 0, 0),
        (midnight(25), 0, 1),
    ]


def test_only_some_feeds_are_looked_at(store: Store):
    assert set(frames.feed_health(store, feeds=[A])["feed"]) == {A}
    assert rows(frames.days(store, feeds=[A]), "day", "articles", "checks") == [
        (midnight(19), 2, 0),
        (midnight(20), 1, 3),
    ]
    assert frames.days(store, feeds=[]).empty


def test_the_history_can_be_seen_as_it_was_at_a_time(store: Store):
    then = NOON + DAY
    assert rows(frames.days(store, until=then), "day", "articles", "checks") == [
        (midnight(19), 1, 0),
        (midnight(20), 1, 4),
        (midnight(21), 1, 0),
    ], "the late one was not found yet"
    assert rows(frames.days(store, since=NOON, until=then), "day", "articles") == [
        (midnight(20), 1),
        (midnight(21), 1),
    ], "the first day is a whole one"


@pytest.mark.parametrize(
    "since", ["2026-11-20", "2026-11-20T12:00", "2026-11-20T21:00+09:00", NOON, pd.Timestamp(NOON)]
)
def test_times_can_be_written_in_several_ways(store: Store, since: object):
    assert set(frames.articles(store, since)["url"]) == {FERRY.url, UNDATED.url}
    assert list(frames.articles(store, since, "2026-11-20T12:00")["url"]) == [FERRY.url]


def test_editions_and_stories_are_chosen_by_the_cut_off(store: Store):
    assert list(frames.editions(store, since="2026-11-22")["slot"]) == ["2026-11-22"]
    assert list(frames.editions(store, until="2026-11-21T07:00")["slot"]) == ["2026-11-21"]
    assert frames.stories(store, since="2026-11-22").empty


@FRAMES
def test_what_is_no_time_is_said_to_be_none(frame, store: Store):
    with pytest.raises(UsageError, match="'yesterday-ish' is no time: write it as 2026-11-23"):
        frame(store, since="yesterday-ish")


@FRAMES
def test_what_is_no_store_is_said_to_be_none(frame):
    with pytest.raises(UsageError, match="store's URL"):
        frame("articles.csv")


def examples() -> Iterator[str]:
    """Of the module itself, and of every page of the documentation."""
    inside = inspect.getdoc(frames).partition("\n\n")[2]
    yield inspect.cleandoc(re.match(r"(?: {4}.*\n|\n)+", f"{inside}\n")[0])
    for page in sorted(DOCS.glob("*.md")):
        blocks = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
        yield from (block for block in blocks if "frames" in block)


@pytest.mark.parametrize("example", list(examples()))
def test_the_examples_of_the_documentation_run(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    with Store.open("sqlite:///.digest/digest.sqlite") as store:
        fill(store)
    names: dict[str, object] = {}
    exec(example, names)
    made = [value for value in names.values() if isinstance(value, pd.DataFrame | pd.Series)]
    assert made
    assert all(len(value) for value in made)


def test_texts_are_in_the_same_order_whatever_the_collation_of_the_database(postgresql_url: str):
    upper, lower = "https://B.example/feed", "https://a.example/feed"
    with Store.open(postgresql_url) as store:
        with store.writing() as connection:
            for table, column in (("articles", "url"), ("article_feeds", "feed")):
                change = f'ALTER TABLE {table} ALTER {column} TYPE text COLLATE "en-x-icu"'
                connection.execute(text(change))
        for name in ("a", "B"):
            store.save_article(article(name, NOON, NOON, lower, upper), [])
        found = frames.articles(store)
    assert list(found["title"]) == ["Title of B", "Title of a"]
    assert set(found["feeds"]) == {(upper, lower)}
