"""Files on a real disk."""

import resource
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

import pytest

from digest.model import (
    Article,
    Citation,
    DigestError,
    Edition,
    Sentence,
    Story,
    Summary,
    Told,
)
from digest.stages.issue import publish, write_history
from digest.store.store import Store

CUTOFF = datetime(2026, 11, 17, 7, tzinfo=UTC)
NAMES = [
    "articles.csv",
    "articles.parquet",
    "digest.epub",
    "digest.html",
    "digest.json",
    "digest.md",
    "digest.txt",
]


@pytest.fixture
def edition(store: Store) -> Edition:
    """Made, and not published yet."""
    text = "The ferry between Port Alder and Lowmere stops running on Sunday after 90 years."
    article = Article("https://a.example/1", "The last ferry", (text,), "Herald", language="en")
    summary = Summary((Sentence(text, (Citation(article.url, 0, text),)),), "extractive", "m")
    made = Edition(
        name="daily",
        slot="2026-11-17",
        title="The daily digest",
        timezone="UTC",
        start=CUTOFF - timedelta(days=1),
        cutoff=CUTOFF,
        stories=(Told(Story((article,), article.title), summary),),
    )
    store.save_edition(made, [article.url], CUTOFF)
    return made


def test_an_edition_is_published_with_its_files_and_the_list_of_editions(
    store: Store, edition: Edition, tmp_path: Path
):
    outputs = tmp_path / "outputs"
    written = publish(store, edition, outputs, "")
    assert sorted(path.name for path in written.paths) == NAMES
    assert written.directory == outputs / "daily" / "2026-11-17"
    assert "The last ferry" in (written.directory / "digest.html").read_text("utf-8")
    assert "2026-11-17" in (outputs / "index.html").read_text("utf-8")
    assert (outputs / "feed.xml").exists()
    stored = store.edition("daily", "2026-11-17")
    assert stored is not None
    assert stored.published_at is not None


def test_published_again_it_is_the_same_bytes_and_the_first_time_stays(
    store: Store, edition: Edition, tmp_path: Path
):
    def files() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in tmp_path.rglob("outputs/**/*") if p.is_file()}

    assert publish(store, edition, tmp_path / "outputs", "").changed
    before, at = files(), store.edition("daily", "2026-11-17").published_at
    assert not publish(store, edition, tmp_path / "outputs", "").changed
    assert files() == before
    assert store.edition("daily", "2026-11-17").published_at == at


def test_on_a_full_disk_nothing_counts_as_published(store: Store, edition: Edition, tmp_path: Path):
    outputs = tmp_path / "outputs"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(DigestError, match=str(outputs)):
            publish(store, edition, outputs, "")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.edition("daily", "2026-11-17").published_at is None
    assert not list(outputs.rglob("digest.*"))


def test_with_a_schedule_the_history_of_the_edition_is_published_as_well(
    store: Store, edition: Edition, tmp_path: Path
):
    publish(store, edition, tmp_path, "", "0 7 * * *")
    page = (tmp_path / "daily" / "health.html").read_text("utf-8")
    assert "1 edition, in time." in page
    assert 'href="daily/health.html"' in (tmp_path / "index.html").read_text("utf-8")

    later = replace(edition, slot="2026-11-19", cutoff=CUTOFF + timedelta(days=2), late_minutes=61)
    store.save_edition(later, [], CUTOFF)
    publish(store, later, tmp_path, "", "0 7 * * *")
    page = (tmp_path / "daily" / "health.html").read_text("utf-8")
    assert "Of 3 editions, 1 came late and 1 was missed." in page
    assert "1 h 1 min late" in page

    # The older one again: the page stays that of the newest.
    publish(store, edition, tmp_path, "", "0 7 * * *")
    assert (tmp_path / "daily" / "health.html").read_text("utf-8") == page


def test_what_has_no_schedule_has_no_history(store: Store, edition: Edition, tmp_path: Path):
    publish(store, edition, tmp_path, "")
    assert not (tmp_path / "daily" / "health.html").exists()
    write_history(store, replace(edition, name="weekly"), tmp_path, "0 7 * * 1")
    assert not (tmp_path / "weekly").exists()


def test_pages_of_other_editions_are_written_by_one_at_a_time(
    store: Store, edition: Edition, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    page = tmp_path / "daily" / "health.html"
    with caplog.at_level("INFO", "digest"), ThreadPoolExecutor() as other:
        with store.alone("the outputs"):
            published = other.submit(publish, store, edition, tmp_path, "", "0 7 * * *")
            while "another process is at the outputs" not in caplog.text:
                assert not published.done(), published.result()
                sleep(0.01)
            assert not page.exists()
        assert published.result().changed
    assert page.exists()
