"""Clearing up after real editions: what is gone, and that nobody misses it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from digest import subscriptions
from digest.model import UsageError
from digest.operate.upkeep import limits, prune
from digest.run import run
from digest.sample.newsroom import Newsroom
from digest.sample.server import serving
from digest.settings import FetchSettings, RetentionSettings, Settings
from digest.stages.order import Order
from digest.store.backup import back_up
from digest.store.restore import restore
from digest.store.store import Store
from digest.store.tables import feeds

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DAY = timedelta(days=1)


def test_everything_is_kept_as_many_days_as_the_settings_say():
    found = limits(RetentionSettings(articles=90, outputs=365, runs=7), [NOW - DAY], NOW)
    assert found.articles == NOW - 90 * DAY
    assert found.outputs == NOW - 365 * DAY
    assert found.runs == NOW - 7 * DAY


def test_no_days_are_for_ever():
    found = limits(RetentionSettings(articles=0, outputs=0, runs=0), [NOW], NOW)
    assert (found.articles, found.outputs, found.runs) == (None, None, None)


def test_texts_are_kept_as_long_as_an_edition_may_still_tell_them():
    days = RetentionSettings(articles=2)
    floors = [NOW - DAY, NOW - 100 * DAY]
    assert limits(days, floors, NOW).articles == NOW - 100 * DAY, "it was not made for so long"
    assert limits(days, [], NOW).articles == NOW - 31 * DAY, "one may be added that looks back"


@pytest.fixture(scope="module")
def told(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A project whose edition of some morning is published, and whose feeds list it for ever."""
    folder = tmp_path_factory.mktemp("told")
    with serving(newsroom.anchor) as site:
        few = [feed for feed in site.feeds if feed.title in ("Pacific Ledger", "Kilowatt")]
        (folder / "feeds.opml").write_bytes(subscriptions.write(few))
        settings = Settings(
            feeds=folder / "feeds.opml",
            outputs=folder / "outputs",
            store=f"sqlite:///{folder / 'digest.sqlite'}",
            fetch=FetchSettings(allow_private=True, timeout=4, retries=0),
            retention=RetentionSettings(articles=90, outputs=90, runs=0),
        )
        outcome = run(settings, Order(), newsroom.anchor)
        assert outcome.edition.stories
        yield settings


@pytest.fixture
def project(told: Settings, tmp_path: Path) -> Settings:
    """A copy of it."""
    folder = tmp_path / "project"
    shutil.copytree(told.feeds.parent, folder)
    store = f"sqlite:///{folder / 'digest.sqlite'}"
    paths = {"feeds": folder / "feeds.opml", "outputs": folder / "outputs", "store": store}
    return told.model_copy(update=paths)


def files(settings: Settings) -> dict[Path, bytes]:
    folder = settings.outputs / "daily" / "2026-11-17"
    return {path: path.read_bytes() for path in folder.rglob("*")}


def test_what_the_next_edition_may_need_stays_however_long_it_is_not_made(
    project: Settings, newsroom: Newsroom
):
    later = datetime.now(UTC) + 300 * DAY
    removed = prune(project, later).removed
    assert removed.pop("editions' folders") == 1
    assert set(removed.values()) == {0}


def test_an_old_edition_can_be_written_again_and_its_news_do_not_come_again(
    project: Settings, newsroom: Newsroom
):
    later = datetime.now(UTC) + 100 * DAY
    for day in (later - DAY, later):
        assert not run(project, Order(fetch=False), day).edition.stories
    before = files(project)
    counted = prune(project, later, dry_run=True).removed
    assert files(project) == before

    pruned = prune(project, later)
    assert pruned.removed == counted
    assert counted["texts of articles"] == 7
    assert counted["articles' texts inside old editions"] == 1
    assert counted["editions' folders"] == 1
    assert not files(project)
    assert "daily/2026-11-17/" not in (project.outputs / "index.html").read_text("utf-8")
    history = (project.outputs / "daily" / "health.html").read_text("utf-8")
    assert "2026-11-17/digest.html" not in history
    assert set(prune(project, later).removed.values()) == {0}, "nothing is left to do"

    morning = Order(date="2026-11-17", fetch=False)
    assert not run(project, morning, later).made
    assert files(project) == before
    with pytest.raises(UsageError, match=r"texts of \d+ of its articles were removed"):
        run(project, Order(date="2026-11-17", fetch=False, rebuild=True), later)

    # As if the feeds had changed: they are read once more, with all that they list.
    with Store.open(project.store) as store, store.writing() as connection:
        connection.execute(update(feeds).values(etag="", last_modified="", next_check=None))
    again = run(project, Order(), later + DAY)
    assert {check.outcome for check in again.gathered.checks} == {"read"}
    assert (sum(check.new for check in again.gathered.checks), again.edition.stories) == (0, ())
    assert again.gathered.reading.fetched == 0


def test_on_a_restored_store_a_run_finds_everything_unchanged(
    project: Settings, newsroom: Newsroom, postgresql_url: str, tmp_path: Path
):
    with Store.open(project.store) as store:
        back_up(store, tmp_path / "backup.zip", {})
    restore(postgresql_url, tmp_path / "backup.zip")
    before = files(project)
    moved = project.model_copy(update={"store": postgresql_url})
    outcome = run(moved, Order(), newsroom.anchor)
    assert (outcome.made, outcome.written.changed) == (False, False)
    assert {check.outcome for check in outcome.gathered.checks} == {"unchanged"}
    assert outcome.gathered.reading.fetched == 0
    assert files(project) == before
    assert not run(moved, Order(), newsroom.anchor + DAY).edition.stories
