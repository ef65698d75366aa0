"""What the frames share: where they read, from when to when, and which types come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, true

from digest.model import UsageError
from digest.settings import Settings
from digest.store.store import Store

Source = Settings | Store | str
"""Settings, an open store, or a store's URL."""

When = datetime | str | None

TIME = "datetime64[us, UTC]"


@contextmanager
def reading(source: Source) -> Iterator[Connection]:
    """A connection that sees all of the store as it was at one moment."""
    if isinstance(source, Store):
        with source.snapshot() as connection:
            yield connection
        return
    url = source if isinstance(source, str) else source.store
    with Store.open(url) as store, store.snapshot() as connection:
        yield connection


def moment(when: When) -> datetime | None:
    """As an aware time.

    Raises:
        UsageError: it is no time.
    """
    if when is None:
        return None
    try:
        at: datetime = pd.to_datetime(when, utc=True).to_pydatetime()
    except ValueError as error:
        raise UsageError(
            f"{when!r} is no time: write it as 2026-11-23 or 2026-11-23T07:00"
        ) from error
    return at


def day(when: When) -> datetime | None:
    """The midnight, UTC, before it."""
    at = moment(when)
    return at and at.replace(hour=0, minute=0, second=0, microsecond=0)


def between(
    time: ColumnElement[Any], first: datetime | None, last: datetime | None
) -> ColumnElement[bool]:
    """Whether a column's time is from ``first`` to ``last``, where these are given."""
    return and_(time >= first if first else true(), time <= last if last else true())


def frame(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """The rows with these columns of these types; what else a row has is left out."""
    return typed(pd.DataFrame.from_records(list(rows), columns=list(columns)), columns)


def typed(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The columns of a frame in their types, the index anew."""
    times = [name for name, kind in columns.items() if kind == TIME]
    # From text, too: what SQLite computes of a time is one.
    aware = {name: pd.to_datetime(table[name], utc=True) for name in times}
    chosen = table.assign(**aware)[list(columns)]
    return chosen.astype(dict(columns)).reset_index(drop=True)
