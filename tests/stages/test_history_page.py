"""The page on how the feeds have done, made from the store: what counts for it and what not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import rmtree

import lxml.html
import pytest

from digest.model import Article, Edition, FeedHealth, FeedState
from digest.stages.issue import publish, write_history
from digest.store.store import Store

A, B, OTHER = (f"https://{name}.example/feed" for name in ("a", "b", "other"))
CUTOFF = datetime(2026, 11, 17, 7, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SCHEDULE = "0 7 * * *"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Two feeds of the edition and one of another, checked in the five days before it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'digest.sqlite'}"
    else:
        url = request.getfixturevalue("postgresql_url")
    with Store.open(url) as store:
        for number in range(1, 6):
            at = CUTOFF - number * DAY
            store.save_check(FeedState(A, title="A"), [], at, 0.5 * number)
            problem = "answers 500" if number < 3 else ""
            store.save_check(FeedState(B, problem=problem), [], at, 0.25)
            store.save_check(FeedState(OTHER, problem="gone"), [], at)
            save_article(store, f"{number}", at, at + 30 * MINUTE, A, B)
            save_article(store, f"other-{number}", at, at, OTHER)
        yield store


def save_article(store: Store, name: str, at: datetime, seen: datetime, *feeds: str) -> None:
    url = f"https://news.example/{name}"
    store.save_article(Article(url, name, (name,), published=at, first_seen=seen, feeds=feeds), [])


def made(store: Store, cutoff: datetime = CUTOFF) -> Edition:
    """An edition that was put together five minutes after its cut-off."""
    health = (FeedHealth(A, "A", "ok"), FeedHealth(B, "B", "failing", "answers 500"))
    slot = f"{cutoff:%Y-%m-%d}"
    edition = Edition("daily", slot, "Daily", "UTC", cutoff - DAY, cutoff, (), health)
    store.save_edition(edition, [], cutoff + 5 * MINUTE)
    return edition


def page(outputs: Path) -> lxml.html.HtmlElement:
    return lxml.html.fromstring((outputs / "daily" / "health.html").read_bytes())


def table(outputs: Path, label: str) -> list[list[str]]:
    rows = page(outputs).xpath(f"//div[@aria-label='{label}']//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def linked(outputs: Path) -> list[str]:
    return page(outputs).xpath("//section[@aria-labelledby='editions']//a/@href")


def test_it_counts_the_checks_of_its_own_feeds_and_each_article_once(store: Store, tmp_path: Path):
    publish(store, made(store), tmp_path, "", SCHEDULE)
    days = table(tmp_path, "Figures by day")
    assert days[:6] == [
        ["2026-11-16", "1", "2", "1", "0.50", "0.50"],
        ["2026-11-15", "1", "2", "1", "1.00", "1.00"],
        ["2026-11-14", "1", "2", "0", "0.88", "1.50"],
        ["2026-11-13", "1", "2", "0", "1.12", "2.00"],
        ["2026-11-12", "1", "2", "0", "1.38", "2.50"],
        ["2026-11-11", "0", "0", "0", "–", "–"],
    ]
    assert len(days) == 30
    assert table(tmp_path, "Feeds in trouble") == [
        ["Failing"],
        ["B", "2 of 5", "0.25 most 0.25", "5"],
        ["answers 500Last good answer: 2026-11-14"],
    ]
    assert table(tmp_path, "Feeds that are fine") == [["A", "0 of 5", "1.50 most 2.50", "5"]]


def test_what_comes_after_the_edition_does_not_change_its_page(store: Store, tmp_path: Path):
    edition = made(store)
    publish(store, edition, tmp_path, "", SCHEDULE)
    before = (tmp_path / "daily" / "health.html").read_bytes()
    for at in (CUTOFF + MINUTE, CUTOFF + DAY, CUTOFF + 9 * DAY):
        store.save_check(FeedState(A, problem="answers 404"), [], at)
        save_article(store, f"late {at}", CUTOFF - 2 * DAY, at + 9 * MINUTE, A)
    publish(store, edition, tmp_path, "", SCHEDULE)
    assert (tmp_path / "daily" / "health.html").read_bytes() == before

    publish(store, made(store, CUTOFF + DAY), tmp_path, "", SCHEDULE)
    days = table(tmp_path, "Figures by day")
    assert [day[:4] for day in days[:3]] == [
        ["2026-11-17", "0", "1", "1"],
        ["2026-11-16", "1", "2", "1"],
        ["2026-11-15", "2", "2", "1"],
    ], "of the late ones, one was found before the next edition was made"


def test_an_edition_whose_folder_is_gone_is_named_and_not_linked_to(store: Store, tmp_path: Path):
    for number in (2, 1, 0):
        last = made(store, CUTOFF - number * DAY)
        publish(store, last, tmp_path, "", SCHEDULE)
    slots = [f"{date(2026, 11, day)}" for day in (17, 16, 15)]
    assert linked(tmp_path) == [f"{slot}/digest.html" for slot in slots]
    rmtree(tmp_path / "daily" / slots[1])
    write_history(store, last, tmp_path, SCHEDULE)
    assert linked(tmp_path) == [f"{slots[0]}/digest.html", f"{slots[2]}/digest.html"]
    named = page(tmp_path).xpath("//section[@aria-labelledby='editions']//tbody//time/text()")
    assert named == slots


def test_on_the_first_day_there_is_no_whole_day_to_tell_of(store: Store, tmp_path: Path):
    publish(store, made(store, CUTOFF - 5 * DAY), tmp_path, "", SCHEDULE)
    assert len(page(tmp_path).xpath("//figure")) == 1
