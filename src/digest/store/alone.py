"""One process at a time: a lock by name that dies with the process or connection that holds it.

Nothing has to be cleaned up after a kill, and no time has to run out first. SQLite, which one
machine uses, locks a file beside the database; PostgreSQL, which many share, holds an advisory lock
on a connection of its own.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from digest.store.database import Database, lock_key
from digest.store.errors import explained

logger = logging.getLogger(__name__)


class Locks(Database):
    """What several processes must not do at once."""

    @contextmanager
    def alone(self, name: str) -> Iterator[Callable[[], None]]:
        """Waits until no other process holds ``name``, and holds it.

        What it yields raises ``StoreAwayError`` if it is held no longer: a database that is
        restarted forgets who held what. Call it before what must not be done twice. Raises
        ``StoreError`` where the database is lost while waiting.
        """
        path = self._engine.url.database or ""
        if self._engine.dialect.name == "postgresql":
            with explained(self.place), _advisory(self._engine, name) as connection:

                def still() -> None:
                    with explained(self.place):
                        connection.execute(select(1))

                yield still
        elif path in ("", ":memory:"):  # seen by this process only
            yield lambda: None
        else:
            with _file(Path(f"{path}.locks", name), name):
                yield lambda: None


@contextmanager
def _file(path: Path, name: str) -> Iterator[None]:
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(name)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _advisory(engine: Engine, name: str) -> Iterator[Connection]:
    key = lock_key(name)
    # Outside a transaction: one that stays open for an hour would keep PostgreSQL from cleaning up.
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        if not connection.scalar(select(func.pg_try_advisory_lock(key))):
            _say(name)
            connection.execute(select(func.pg_advisory_lock(key)))
    except BaseException:
        connection.close()
        raise
    try:
        yield connection
    finally:
        try:
            if not connection.invalidated:
                connection.execute(select(func.pg_advisory_unlock(key)))
            connection.close()
        except DBAPIError:
            # The server has ended the connection, and the lock with it.
            connection.invalidate()


def _say(name: str) -> None:
    logger.info("another process is at %s: waiting until it is done", name)
