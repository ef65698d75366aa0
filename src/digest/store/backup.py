"""A backup: the whole store in one file, as it stood at one moment, while others go on."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, Table, select

from digest.model import DigestError, UsageError
from digest.store import tables
from digest.store.portable import (
    FORMAT,
    MANIFEST,
    Manifest,
    TableSum,
    line,
    manifest_json,
    member,
    tables_there,
)
from digest.store.store import Store

AT_ONCE = 200
"""Rows in memory; one may be as large as the largest page."""

LEVEL = 3
"""Of deflate: half the time of the usual 6, for a file that is a twentieth larger."""


def back_up(store: Store, file: Path, beside: Mapping[str, Path]) -> Manifest:
    """Writes the store into ``file``, whole or not at all; an older backup there is replaced.

    Args:
        store: What is backed up. It can be read and written meanwhile.
        file: A zip file, readable by its owner only.
        beside: Files that go along for the person, by their names in the zip file; one that does
            not exist is left out. ``restore`` does not touch them.

    Raises:
        UsageError: ``file`` exists and is something else.
        DigestError: ``file`` cannot be written.
    """
    if file.exists() and not zipfile.is_zipfile(file):
        raise UsageError(f"{file} is there already and is no backup: name another file")
    part = file.with_name(f".{file.name}.part")
    with store.alone("the backup"):
        try:
            # Left there by a kill, it is written over by the next backup to the same place.
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as target:
                with zipfile.ZipFile(
                    target, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL
                ) as archive:
                    manifest = _fill(archive, store, beside)
                target.flush()
                os.fsync(target.fileno())
            part.replace(file)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise DigestError(
                f"the backup {file} cannot be written ({error.strerror}): free some space, or name "
                "a file in a folder that exists and can be written; nothing was changed"
            ) from error
    return manifest


def _fill(archive: zipfile.ZipFile, store: Store, beside: Mapping[str, Path]) -> Manifest:
    made_at = datetime.now(UTC)
    for name, path in beside.items():
        if path.exists():
            archive.writestr(name, path.read_bytes())
    with store.snapshot() as connection:
        there = tables_there(connection, tables.metadata.tables)
        sums = {table.name: _copy(connection, table, archive) for table in there.sorted_tables}
    manifest = Manifest(FORMAT, version("digest"), tables.SCHEMA, made_at, sums)
    archive.writestr(MANIFEST, manifest_json.dump_json(manifest, indent=1))
    return manifest


def _copy(connection: Connection, table: Table, archive: zipfile.ZipFile) -> TableSum:
    count, sha256 = 0, hashlib.sha256()
    query = select(table).execution_options(yield_per=AT_ONCE)
    with archive.open(member(table.name), "w", force_zip64=True) as target:
        for some in connection.execute(query).mappings().partitions():
            data = b"".join(line(dict(row)) for row in some)
            target.write(data)
            sha256.update(data)
            count += len(some)
    return TableSum(count, sha256.hexdigest())
