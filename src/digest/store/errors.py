"""What can go wrong with a database, in words for the person at the terminal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from digest.model import DigestError, PassingError


class StoreError(DigestError):
    """The store cannot be read or written: what is wrong, where, and what to do. No passwords."""


class StoreAwayError(StoreError, PassingError):
    """The store cannot be used now: it is locked, full, shutting down or not to be reached."""


_LOCKED = "is locked by another process; wait for that process to end, then repeat"
_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL})
_SQLITE = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: "cannot be written; make the file and its folder writable",
    sqlite3.SQLITE_PERM: "cannot be opened; make the file and its folder readable and writable",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; see that the path is right, and that the file and "
    "its folder are readable and writable",
    sqlite3.SQLITE_FULL: "has no room left; free space on its disk, then repeat",
    sqlite3.SQLITE_IOERR: "cannot be read or written by the system; see that its disk is healthy, "
    "local and not full",
    sqlite3.SQLITE_CORRUPT: "is damaged; move the file away and restore a backup or start afresh",
    sqlite3.SQLITE_NOTADB: "is no SQLite database; name another file, or move this one away",
}
"""By primary result code (https://sqlite.org/rescode.html)."""

_UNREACHABLE = (
    "cannot be reached; see that the server runs and that address, database and user are right"
)
_PASSING_CLASSES = frozenset({"08", "40", "53", "55", "57"})
_POSTGRESQL = {
    "08": _UNREACHABLE,
    "25006": "is read-only; name the primary server",
    "28": "refuses the user or the password; correct them in the store's URL",
    "3D": "does not exist; create it with createdb, or correct the store's URL",
    "40": "was changed by others at the same time; repeat",
    "42501": "gives this user too few rights; grant CREATE and USAGE on the schema",
    "53100": "has no room left; free space on the server's disk, then repeat",
    "53": "is out of resources; close other connections or give the server more, then repeat",
    "55": _LOCKED,
    "57": "is shutting down or cancelled the work; repeat when the server is back",
}
"""By SQLSTATE or its class (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turns what the database at ``place`` may fail with into ``StoreError``; bugs pass as is."""
    try:
        yield
    except DBAPIError as error:
        advice = _advice(error)
        if advice is None:
            raise
        detail = str(error.orig).strip().partition("\n")[0]
        kind = StoreAwayError if _may_pass(error) else StoreError
        raise kind(f"The store {place} {advice} ({detail}).") from error


def _may_pass(error: DBAPIError) -> bool:
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _PASSING
    state = getattr(cause, "sqlstate", None)
    return state is None or state[:2] in _PASSING_CLASSES


def _advice(error: DBAPIError) -> str | None:
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(cause, "sqlstate", None)
    if state is None:  # libpq gives none where there was no server to give it
        return _UNREACHABLE if type(cause).__name__ == "OperationalError" else None
    return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
