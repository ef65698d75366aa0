"""A backup brought into an empty store, of either kind."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from itertools import islice
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection, Table, func, select

from digest.model import DigestError, UsageError
from digest.store import tables
from digest.store.database import Database, lock
from digest.store.errors import StoreError
from digest.store.portable import (
    FORMAT,
    MANIFEST,
    Manifest,
    TableSum,
    manifest_json,
    member,
    rows,
    tables_there,
)
from digest.store.schema import migrate

AT_ONCE = 500
"""Rows in memory and in one statement."""


def restore(url: str, file: Path) -> Manifest:
    """Brings a backup into the store at ``url``, in one transaction: all of it or nothing.

    A backup of an older version is brought to the newest schema.

    Raises:
        UsageError: ``file`` is no backup, or one of a newer version.
        StoreError: the store is not empty, or cannot be used.
        DigestError: ``file`` is damaged.
    """
    if file.exists() and not zipfile.is_zipfile(file):
        raise UsageError(f"{file} is no backup of digest, or only a part of one")
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive, file)
            _verify(archive, manifest)
            with Database.connect(url) as database, database.writing() as connection:
                lock(connection, ["schema"])
                _make_way(connection, database.place)
                migrate(connection, database.place, manifest.schema)
                there = tables_there(connection, manifest.tables)
                for table in there.sorted_tables:
                    _fill(connection, table, archive)
                migrate(connection, database.place)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise DigestError(
            f"the backup {file} is damaged ({error}): nothing was restored; take another one"
        ) from error
    except OSError as error:
        raise UsageError(f"the backup {file} cannot be read: {error.strerror}") from error
    return manifest


def _manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    try:
        manifest = manifest_json.validate_json(archive.read(MANIFEST))
    except (KeyError, ValidationError) as error:
        raise UsageError(f"{file} is no backup of digest: it has no usable {MANIFEST}") from error
    # Revisions are numbered.
    if manifest.format > FORMAT or manifest.schema > tables.SCHEMA:
        raise UsageError(
            f"the backup {file} was made by digest {manifest.digest} with the schema "
            f"{manifest.schema}, and this one knows schemas up to {tables.SCHEMA}: upgrade digest"
        )
    return manifest


def _verify(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    for name, due in manifest.tables.items():
        count, sha256 = 0, hashlib.sha256()
        with archive.open(member(name)) as source:
            while data := source.read(1 << 20):
                count += data.count(b"\n")
                sha256.update(data)
        if TableSum(count, sha256.hexdigest()) != due:
            raise zipfile.BadZipFile(f"{name} is not what its manifest says")


def _make_way(connection: Connection, place: str) -> None:
    """Takes the empty tables away, because those of the backup may be of another revision."""
    there = tables_there(connection, tables.metadata.tables)
    for table in there.sorted_tables:
        if count := connection.scalar(select(func.count()).select_from(table)):
            raise StoreError(
                f"The store {place} holds {count} {table.name} already, and a backup goes into an "
                "empty store only: name another one in the settings or in DIGEST_STORE, or move "
                "this one away (an SQLite file) or drop its tables (PostgreSQL)."
            )
    there.drop_all(connection)
    tables_there(connection, [tables.SCHEMA_TABLE]).drop_all(connection)


def _fill(connection: Connection, table: Table, archive: zipfile.ZipFile) -> None:
    with archive.open(member(table.name)) as lines:
        found = rows(lines, table)
        while some := list(islice(found, AT_ONCE)):
            connection.execute(table.insert(), some)
    if "id" in table.columns and connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        free = func.coalesce(func.max(table.c.id), 0) + 1
        connection.execute(select(func.setval(sequence, free, False)))
