"""A look at databases that are well, missing, damaged, locked and closed to writers."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from digest.store import checkup as module
from digest.store.checkup import checkup
from digest.store.store import Store, StoreError
from digest.store.tables import SCHEMA


@pytest.fixture
def file(sqlite_url: str) -> Path:
    """That of a store that is well."""
    Store.open(sqlite_url).close()
    return Path(sqlite_url.removeprefix("sqlite:///"))


def test_a_store_that_is_well(url: str):
    Store.open(url).close()
    found = checkup(url)
    assert (found.revision, found.damage, found.looked) == (SCHEMA, "", True)
    if url.startswith("sqlite"):
        assert found.version == f"SQLite {sqlite3.sqlite_version}"
        assert (found.free or 0) > 0
        assert found.now is None
    else:
        assert found.version.startswith("PostgreSQL 1")
        assert found.free is None
        assert found.now is not None
        assert abs(datetime.now(UTC) - found.now) < timedelta(seconds=10)


def test_a_file_that_is_not_there_is_not_made(sqlite_url: str):
    found = checkup(sqlite_url)
    assert (found.version, found.revision) == ("", "")
    assert (found.free or 0) > 0
    assert not Path(sqlite_url.removeprefix("sqlite:///")).parent.exists()


def test_an_empty_database_gets_no_schema(postgresql_url: str):
    assert checkup(postgresql_url).revision == ""
    assert checkup(postgresql_url).revision == ""


def test_an_older_schema_stays_as_it_is(url: str):
    Store.open(url).close()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE digest_schema SET version_num = '0000'"))
    for _ in range(2):
        assert checkup(url).revision == "0000"
    engine.dispose()


def test_a_damaged_page_is_found(file: Path):
    sqlite3.connect(file).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    content = bytearray(file.read_bytes())
    # An index: what is read on the way to it is sound.
    with sqlite3.connect(file) as connection:
        [(page,)] = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'ix_editions_cutoff'"
        )
    content[4096 * (page - 1) : 4096 * page] = b"\xff" * 4096
    file.write_bytes(content)
    assert f"Page {page}: " in checkup(f"sqlite:///{file}").damage


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("Bread, milk, " * 100)
    with pytest.raises(StoreError, match="is no SQLite database; name another file"):
        checkup(f"sqlite:///{tmp_path / 'notes.txt'}")


def test_a_store_that_nobody_may_write_is_an_error(file: Path):
    with pytest.raises(StoreError, match="cannot be written; make the file and its folder"):
        checkup(f"sqlite:///file:{file}?mode=ro&uri=true")


def test_a_store_that_somebody_holds_is_an_error_soon(file: Path):
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        began = datetime.now(UTC)
        with pytest.raises(StoreError, match="is locked by another process"):
            checkup(f"sqlite:///{file}")
        assert datetime.now(UTC) - began < timedelta(seconds=5)


def test_a_server_that_is_read_only_is_an_error(postgresql_url: str):
    Store.open(postgresql_url).close()
    with pytest.raises(StoreError, match="is read-only; name the primary server"):
        checkup(f"{postgresql_url}&options=-cdefault_transaction_read_only=on")


def test_a_large_file_is_looked_through_as_far_as_there_is_time(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    with sqlite3.connect(file) as connection:
        connection.execute(
            "CREATE TABLE many AS WITH RECURSIVE n(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50000) SELECT i FROM n"
        )
    monkeypatch.setattr(module, "LOOK", 0.0)
    found = checkup(f"sqlite:///{file}")
    assert (found.looked, found.damage) == (False, "")
