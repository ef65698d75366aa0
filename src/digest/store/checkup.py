"""A look at a database that changes nothing in it, not even its schema: for ``digest doctor``."""

from __future__ import annotations

import shutil
import sqlite3
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Connection, delete, false, func, make_url, select
from sqlalchemy.exc import OperationalError

from digest.store import tables
from digest.store.database import Database
from digest.store.schema import revision_of

LOOK = 4.0
"""Seconds that SQLite gets to look through its file for damage."""
_PATIENCE = {"sqlite": ("timeout", "2"), "postgresql": ("connect_timeout", "4")}
"""Less than a run has: somebody waits for the answer."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """What was found. An SQLite file that does not exist yet has neither version nor schema."""

    place: str
    """The URL without its password."""
    version: str = ""
    """Of the software: ``SQLite 3.45.1``, ``PostgreSQL 15.4``."""
    revision: str = ""
    """Of the schema."""
    damage: str = ""
    """What is wrong with an SQLite file."""
    looked: bool = True
    """Whether there was time to look through all of the file."""
    free: int | None = None
    """Bytes that the file's disk has left."""
    now: datetime | None = None
    """What a server's clock says."""


def checkup(url: str) -> Vitals:
    """Looks at the database of a store's URL; a file that does not exist is not made.

    Raises:
        StoreError: it cannot be opened, read or written.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return _of_server(address)
    file = Path((address.database or "").removeprefix("file:"))
    if not file.exists():
        return Vitals(url, free=_free(file))
    with _connected(address) as database:
        with database.writing() as connection:
            revision = _revision(connection)
        with database.reading() as connection:
            damage = _damage(connection)
    version = f"SQLite {sqlite3.sqlite_version}"
    return Vitals(
        database.place,
        version,
        revision,
        damage or "",
        looked=damage is not None,
        free=_free(file),
    )


def _of_server(address: URL) -> Vitals:
    with _connected(address) as database:
        with database.writing() as connection:
            revision = _revision(connection)
        with database.reading() as connection:
            major, minor = connection.dialect.server_version_info[:2]  # type: ignore[index]
            now = connection.scalar(select(func.clock_timestamp()))
    return Vitals(database.place, f"PostgreSQL {major}.{minor}", revision, now=now)


def _connected(address: URL) -> Database:
    name, seconds = _PATIENCE[address.get_backend_name()]
    if name not in address.query:
        address = address.update_query_dict({name: seconds})
    return Database.connect(address.render_as_string(hide_password=False))


def _revision(connection: Connection) -> str:
    """The schema's revision, after an attempt at a write that changes nothing."""
    revision = revision_of(connection)
    if revision:
        connection.execute(delete(tables.feeds).where(false()))
    return revision


def _damage(connection: Connection) -> str | None:
    """The first thing that SQLite finds wrong, or nothing; ``None`` where it ran out of time."""
    end = time.monotonic() + LOOK
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    try:
        found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            return None
        raise
    finally:
        driver.set_progress_handler(None, 0)
    return "" if found == "ok" else found.splitlines()[-1]


def _free(file: Path) -> int:
    there = next(folder for folder in file.absolute().parents if folder.exists())
    return shutil.disk_usage(there).free
