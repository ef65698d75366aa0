"""``digest backup``, ``restore`` and ``prune`` as a person calls them."""

import shutil
import time
import zipfile

import pytest

SLOT = "2026-11-17"
NO_SERVER = {"PREFECT_API_URL": "http://127.0.0.1:9/api"}


@pytest.fixture
def published(unharmed, tmp_path):
    """A copy of a project that has published an edition."""
    shutil.copytree(unharmed.folder, tmp_path / "project")
    return type(unharmed)(tmp_path / "project")


def test_a_backup_holds_the_store_the_settings_and_the_subscriptions(published):
    done = published.run("backup", "all.zip")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("all.zip: ")
    assert "1 editions, " in done.stdout
    with zipfile.ZipFile(published.folder / "all.zip") as archive:
        assert archive.read("config/digest.yaml") == published.settings.read_bytes()
        assert archive.read("config/feeds.opml") == published.subscriptions.read_bytes()
        assert SLOT.encode() in archive.read("tables/editions.jsonl")


def test_in_another_place_it_is_restored_and_a_run_finds_everything_there(published):
    published.run("backup", "all.zip")
    elsewhere = {"DIGEST_STORE": "sqlite:///elsewhere/moved.sqlite"}
    done = published.run("restore", "all.zip", variables=elsewhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("restored ")
    before = published.published()
    again = published.run("run", "--date", SLOT, variables=elsewhere)
    assert "no model loaded, files the same, byte for byte" in again.stdout
    assert "0 articles fetched" in again.stdout
    assert published.published() == before


def test_a_store_in_use_is_not_restored_over(published):
    published.run("backup", "all.zip")
    done = published.run("restore", "all.zip")
    assert (done.returncode, done.stdout) == (1, "")
    assert "a backup goes into an empty store only" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_no_backup_is_wrong_usage(published):
    (published.folder / "notes.txt").write_text("Buy milk.")
    assert published.run("restore", "none.zip").returncode == 2
    done = published.run("restore", "notes.txt")
    assert done.returncode == 2
    assert done.stderr == "digest: notes.txt is no backup of digest, or only a part of one\n"
    assert published.run("backup", "notes.txt").returncode == 2
    assert (published.folder / "notes.txt").read_text() == "Buy milk."


def test_prune_says_what_it_removes_and_removes_it(published):
    variables = {"DIGEST_RETENTION__OUTPUTS": "1", **NO_SERVER}
    before = published.published()
    counted = published.run("prune", "--dry-run", variables=variables)
    assert "1  editions' folders" in counted.stdout
    assert "Nothing was removed" in counted.stdout
    assert published.published() == before
    began = time.monotonic()
    done = published.run("prune", variables=variables)
    assert done.returncode == 0
    assert time.monotonic() - began < 30, "it does not wait for a server that is not there"
    assert "flow runs on a server stay: the Prefect server at http://127.0.0.1:9" in done.stderr
    assert "1  editions' folders" in done.stdout
    assert not any(SLOT in path for path in published.published())
    published.run("run", "--date", SLOT, "--no-fetch")
    assert (
        published.published().items()
        >= {path: data for path, data in before.items() if SLOT in path}.items()
    ), "and the store can write it again"


def test_prune_removes_nothing_where_everything_is_kept_for_ever(published):
    kept = {f"DIGEST_RETENTION__{what}": "0" for what in ("ARTICLES", "RUNS", "OUTPUTS")}
    done = published.run("prune", variables=kept)
    assert (done.returncode, done.stdout) == (0, "The settings keep everything for ever.\n")
