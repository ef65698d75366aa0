"""A database behind one SQLAlchemy URL: opened, migrated, read and written in transactions.

SQLite is used with a write-ahead log, so that readers and the one writer do not wait for each
other; a writer announces itself at its beginning and waits its turn. PostgreSQL runs at its default
level, read committed; what must be looked at and then written is guarded by ``lock``.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import stamina
from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from digest.model import UsageError
from digest.store.errors import StoreError, explained
from digest.store.rows import by_key
from digest.store.schema import is_current, migrate

_SIGNS_OF_LIFE = {"idle": 30, "interval": 10, "count": 3}
"""TCP keepalives on both sides of a connection to PostgreSQL: seconds, seconds, number. Without
them a machine that lost power holds its locks for two hours, and routers drop idle connections."""
_PATIENCE = {"sqlite": ("timeout", "30"), "postgresql": ("connect_timeout", "10")}
"""Seconds to wait for another writer, and for a server, unless the URL says otherwise."""


class Database:
    """Transactions on one database. ``close`` it, or use it as a context manager."""

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine = engine
        self._writer = engine.execution_options(digest_writes=True)
        self.place = place
        """The URL without its password, for messages."""

    @classmethod
    def open(cls, url: str) -> Self:
        """Opens ``sqlite:///path`` or ``postgresql://user@host/name``, migrating it where needed.

        The folder of an SQLite file is made. Raises ``UsageError`` for any other URL, and
        ``StoreError`` for a database that cannot be used or has a schema newer than this version.
        """
        database = cls.connect(url)
        try:
            with database.reading() as connection:
                current = is_current(connection)
            if not current:
                with database.writing() as connection:
                    lock(connection, ["schema"])
                    migrate(connection, database.place)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def connect(cls, url: str) -> Self:
        """The same without a look at the schema, for who brings another."""
        address = _address(url)
        place = address.set(query={}).render_as_string(hide_password=True)
        _make_folder(address, place)
        return cls(_engine(address), place)

    def close(self) -> None:
        """Gives the connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with."""
        with explained(self.place), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection to read with that sees all of it as it was at its first question."""
        with explained(self.place), self._engine.connect() as connection:
            # Within one transaction, SQLite shows nothing else anyway.
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it is kept, or, where anything raises or the process dies, none."""
        with explained(self.place), self._writer.begin() as connection:
            yield connection


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An ``INSERT`` of this database, which knows ``ON CONFLICT``."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def put(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Inserts rows; one whose primary key is there already takes the new values."""
    statement = insert(connection, table)
    values = {c.name: statement.excluded[c.name] for c in table.columns if not c.primary_key}
    keys = list(table.primary_key.columns)
    if ordered := by_key(rows, table):
        connection.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=values), ordered
        )


def add(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Inserts rows; one whose primary key is there already is passed over."""
    if ordered := by_key(rows, table):
        connection.execute(insert(connection, table).on_conflict_do_nothing(), ordered)


def lock(connection: Connection, names: Iterable[str]) -> None:
    """Keeps other writers that lock one of these names waiting until this transaction ends.

    SQLite has one writer at a time anyway; PostgreSQL takes an advisory lock on each name's hash,
    always in ascending order, so that no two writers wait for each other.
    """
    if connection.dialect.name == "sqlite":
        return
    for key in sorted(set(map(lock_key, names))):
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def lock_key(name: str) -> int:
    """The number by which PostgreSQL knows a lock of this name."""
    digest = hashlib.sha256(f"digest {name}".encode(errors="replace")).digest()
    return int.from_bytes(digest[:8], signed=True)


def _address(url: str) -> URL:
    """The URL with the driver and the patience that it leaves open."""
    wrong = UsageError(  # without the URL itself, which may hold a password
        "The store's URL is neither sqlite:///path/to/file.db nor "
        "postgresql://user:password@host/database; correct it in the settings."
    )
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise wrong from None
    if address.drivername in ("postgres", "postgresql"):
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername not in ("sqlite", "postgresql+psycopg"):
        raise wrong
    name, seconds = _PATIENCE[address.get_backend_name()]
    return address if name in address.query else address.update_query_dict({name: seconds})


def _make_folder(address: URL, place: str) -> None:
    path = address.database or ""
    if address.get_backend_name() != "sqlite" or path in ("", ":memory:") or path[:5] == "file:":
        return
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder of the store {place} cannot be made ({error.strerror}: {error.filename}); "
            "name another place, or make that one writable."
        ) from error


def _engine(address: URL) -> Engine:
    # Parameters are whole articles: they do not belong into messages and logs.
    postgresql = address.get_backend_name() == "postgresql"
    ours = {f"keepalives_{name}": value for name, value in _SIGNS_OF_LIFE.items()}
    try:
        engine = create_engine(
            address,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args=ours if postgresql else {},
        )
    except ModuleNotFoundError as error:
        raise UsageError(
            "A store on PostgreSQL needs the psycopg driver: in the project's folder, "
            "pip install --constraint constraints.txt --editable '.[postgres]'"
        ) from error
    if postgresql:
        event.listen(engine, "connect", _prepare_postgresql)
    else:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_postgresql(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for name, value in _SIGNS_OF_LIFE.items():
        cursor.execute(f"SET tcp_keepalives_{name} = {value}")
    cursor.close()
    connection.commit()  # what is rolled back is not set


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver begins no transactions: _begin_sqlite does
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    _use_write_ahead_log(connection)


def _is_busy(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY


# The one lock that SQLite does not wait for: two processes that make a new file at once collide.
@stamina.retry(on=_is_busy, attempts=None, timeout=30, wait_initial=0.02, wait_max=0.5)
def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: Connection) -> None:
    # A reader that turns writer half-way can meet another one and fail at once, without waiting.
    writes = connection.get_execution_options().get("digest_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
