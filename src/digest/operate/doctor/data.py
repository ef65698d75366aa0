"""Where the data is: the store and the outputs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from digest.operate.doctor.clock import compare
from digest.operate.doctor.finding import Finding
from digest.publish.place import Outputs, place
from digest.settings import Settings
from digest.store.checkup import Vitals, checkup
from digest.store.tables import SCHEMA

SCARCE = 1024**3
"""Bytes: with less, a disk will soon be full."""
GONE = 64 * 1024**2
"""Bytes: with less, the next edition may not fit."""
OLDEST_POSTGRESQL = 14
"""The oldest that its makers and Prefect's still look after."""
PROBE = Path(".doctor")
"""A folder below the outputs, for a moment."""


def check_store(settings: Settings) -> Iterator[Finding]:
    """The store; raises ``StoreError`` where it cannot be used."""
    vitals = checkup(settings.store)
    yield from judge_store(vitals)
    if vitals.now:
        yield compare("the store", vitals.now, datetime.now(UTC))


def judge_store(vitals: Vitals) -> Iterator[Finding]:
    """What the facts about a store mean."""
    if not vitals.version:
        yield Finding("store", "ok", f"{vitals.place} is not there yet: the first run makes it")
    elif vitals.revision > SCHEMA:
        yield Finding(
            "store",
            "failed",
            f"{vitals.place} has the schema {vitals.revision}, and this version of digest knows "
            f"those up to {SCHEMA}",
            "upgrade digest, or name another store",
        )
    elif vitals.damage:
        yield Finding(
            "store",
            "failed",
            f"{vitals.place} is damaged: {vitals.damage}",
            "stop all runs, move the file away, and restore a backup: digest restore",
        )
    else:
        schema = f"schema {vitals.revision}" if vitals.revision else "empty"
        if vitals.revision not in ("", SCHEMA):
            schema += f", brought to {SCHEMA} by the next run"
        yield Finding("store", "ok", f"{vitals.place}: {vitals.version}, {schema}, can be written")
    if not vitals.looked:
        yield Finding(
            "store",
            "warning",
            "is too large to be looked through for damage here",
            'at leisure: sqlite3 FILE "PRAGMA integrity_check"',
        )
    kind, _, number = vitals.version.partition(" ")
    if kind == "PostgreSQL" and int(number.partition(".")[0]) < OLDEST_POSTGRESQL:
        yield Finding(
            "store",
            "warning",
            f"{vitals.version} gets no more corrections",
            f"upgrade the server to PostgreSQL {OLDEST_POSTGRESQL} or later",
        )
    if vitals.free is not None:
        yield from judge_disk("store", vitals.free)


def check_outputs(settings: Settings) -> Iterator[Finding]:
    """The outputs; raises ``DigestError`` where they cannot be written."""
    _write_and_remove(settings.outputs)
    yield Finding("outputs", "ok", f"{settings.outputs} can be written")
    if isinstance(settings.outputs, Path):
        yield from judge_disk("outputs", shutil.disk_usage(settings.outputs).free)


def _write_and_remove(outputs: Outputs) -> None:
    there = place(outputs)
    with there.writing(PROBE):
        there.put(PROBE, {"probe": b"written by digest doctor, to be removed at once\n"})
        there.remove(PROBE)


def judge_disk(check: str, free: int) -> Iterator[Finding]:
    """Whether what a disk has left is little."""
    if free < SCARCE:
        yield Finding(
            check,
            "failed" if free < GONE else "warning",
            f"its disk has {free // 1024**2} MiB left",
            "free some space: digest prune removes what is old",
        )
