"""Files put on disk whole or not at all, whatever stops the machine in between.

New files are first written to a hidden folder in ``outputs`` and forced to the disk. A new folder
then appears by one rename; in a folder that is there already each file that differs is replaced by
one rename. A lock keeps two writers apart and dies with its process, so whatever lies in the hidden
folder when the lock is taken was left by a run that was killed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digest.model import DigestError, Edition, UsageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PLAIN_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class Written:
    """What a write left on disk."""

    directory: Path
    paths: tuple[Path, ...]
    changed: bool
    """False where every byte was there already."""


def edition_folder(name: str, slot: str) -> Path:
    """Where an edition lives below the outputs folder.

    Raises:
        UsageError: the name or the slot cannot be the name of a folder.
    """
    for part in (name, slot):
        if not _PLAIN_NAME.fullmatch(part):
            raise UsageError(
                f"An edition cannot be named {part!r}, because a folder gets that name: "
                "use letters, digits, '-', '_' and '.', and begin with a letter or digit."
            )
    return Path(name, slot)


def write_edition(outputs: Path, edition: Edition, files: Mapping[str, bytes]) -> Written:
    """Put an edition's files into ``outputs/<edition>/<slot>``.

    Raises:
        UsageError: the edition's name or slot cannot be the name of a folder.
        DigestError: the disk is full or refuses; nothing is half-written then.
    """
    return write_files(outputs, edition_folder(edition.name, edition.slot), files)


def write_files(outputs: Path, folder: Path, files: Mapping[str, bytes]) -> Written:
    """Put files into ``folder``, which is relative to ``outputs``; other files there stay.

    Raises:
        DigestError: the disk is full or refuses; nothing is half-written then.
    """
    return write_composed(outputs, folder, lambda: files)


def write_composed(
    outputs: Path, folder: Path, compose: Callable[[], Mapping[str, bytes]]
) -> Written:
    """The same for files that follow from what is in ``outputs``: no other writer changes it
    between ``compose`` and the write.

    Raises:
        DigestError: the disk is full or refuses; nothing is half-written then.
    """
    target, staging = outputs / folder, outputs / ".staging"
    try:
        outputs.mkdir(parents=True, exist_ok=True)
        with _alone(outputs):
            shutil.rmtree(staging, ignore_errors=True)
            files = compose()
            fresh = {name: data for name, data in files.items() if _differs(target / name, data)}
            try:
                if fresh:
                    _put(fresh, staging, target)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except OSError as problem:
        raise DigestError(_advice(target, problem)) from problem
    return Written(target, tuple(target / name for name in files), changed=bool(fresh))


def _put(files: Mapping[str, bytes], staging: Path, target: Path) -> None:
    staging.mkdir()
    for name, data in files.items():
        with (staging / name).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    _sync(staging)
    if target.exists():
        for name in files:
            (staging / name).replace(target / name)
        _sync(target)
    else:
        target.parent.mkdir(exist_ok=True)
        staging.rename(target)
        _sync(target.parent)
        _sync(staging.parent)


def _differs(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() != data
    except FileNotFoundError:
        return True


def _sync(folder: Path) -> None:
    """Force a folder's entries to the disk, so that a rename outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(outputs: Path) -> Iterator[None]:
    """Wait until no other process writes below ``outputs``.

    On a file of its own, because network file systems do not lock folders.
    """
    with (outputs / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _advice(target: Path, problem: OSError) -> str:
    where = problem.filename or target
    if problem.errno in _FULL:
        return (
            f"No space left for {target}: what was there before is unchanged. "
            "Free some space or choose another outputs folder, and run again."
        )
    return (
        f"Cannot write {where}: {problem.strerror}. "
        "Make the folder writable or choose another outputs folder, and run again."
    )
