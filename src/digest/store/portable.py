"""The form in which a store travels: a zip file with every table as JSON Lines, and a manifest.

It is the same for each kind of database, so that a store can move from one to the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, MetaData, Table, event

from digest.store.columns import UtcTime

FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class TableSum:
    """What a table's member must come to."""

    rows: int
    sha256: str
    """Of the member's bytes, hexadecimal."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is and holds."""

    format: int
    digest: str
    """The version that wrote it."""
    schema: str
    """The store's revision."""
    made_at: datetime
    tables: dict[str, TableSum]


manifest_json = TypeAdapter(Manifest)


def member(table: str) -> str:
    """The name of a table's member in the zip file."""
    return f"tables/{table}.jsonl"


def tables_there(connection: Connection, names: Iterable[str]) -> MetaData:
    """Those of the tables that the database has, as they are there: of whichever revision."""
    there = MetaData()

    @event.listens_for(there, "column_reflect")
    def _(_inspector: object, _table: object, column: dict[str, Any]) -> None:
        if hasattr(column["type"], "timezone"):
            column["type"] = UtcTime()

    wanted = set(names)
    there.reflect(connection, only=lambda name, _: name in wanted)
    return there


def line(row: Mapping[str, Any]) -> bytes:
    """A row as a line of JSON; times as ISO 8601."""
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat)
    return f"{text}\n".encode()


def rows(lines: Iterable[bytes], table: Table) -> Iterator[dict[str, Any]]:
    """The rows of these lines, as ``table`` takes them."""
    times = [column.name for column in table.columns if isinstance(column.type, UtcTime)]
    for each in lines:
        row = json.loads(each)
        for name in times:
            if row[name] is not None:
                row[name] = datetime.fromisoformat(row[name])
        yield row
