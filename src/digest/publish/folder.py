"""A folder of this machine: files put on disk whole or not at all, whatever stops the machine.

New files are first written to a hidden folder in the outputs and forced to the disk. A new folder
then appears by one rename; in a folder that is there already each file that differs is replaced by
one rename. A lock keeps two writers apart and dies with its process, so whatever lies in the hidden
folder when the lock is taken was left by a run that was killed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from digest.model import DigestError
from digest.publish.document import DOCUMENT

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Folder:
    """Outputs in a folder; see ``Place``."""

    root: Path

    @contextmanager
    def writing(self, folder: Path) -> Iterator[None]:
        """No other process writes below the outputs; what the disk refuses is a ``DigestError``."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with _alone(self.root):
                shutil.rmtree(self._staging, ignore_errors=True)
                try:
                    yield
                finally:
                    shutil.rmtree(self._staging, ignore_errors=True)
        except OSError as problem:
            raise DigestError(_advice(self.root / folder, problem)) from problem

    def read(self, paths: Iterable[Path]) -> Mapping[Path, bytes | OSError]:
        """One after the other."""
        return {path: _read(self.root / path) for path in paths}

    def put(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """In a new folder all files appear at once."""
        target = self.root / folder
        self._staging.mkdir()
        for name, data in files.items():
            with (self._staging / name).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        _sync(self._staging)
        if target.exists():
            for name in files:
                (self._staging / name).replace(target / name)
            self._staging.rmdir()
            _sync(target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._staging.rename(target)
            _sync(target.parent)
            _sync(self.root)

    def remove(self, folder: Path) -> None:
        """The folder is gone by one rename, and then its files."""
        if (self.root / folder).exists():
            (self.root / folder).rename(self._staging)
            _sync((self.root / folder).parent)

    def drop(self, paths: Iterable[Path]) -> None:
        """A folder that is left without files stays."""
        for path in paths:
            (self.root / path).unlink(missing_ok=True)

    def files(self, folder: Path) -> Iterable[Path]:
        """Links are not followed."""
        below = (self.root / folder).rglob("*")
        return (path.relative_to(self.root) for path in below if path.is_file())

    def marks(self) -> Mapping[Path, str]:
        """Hashes: the time of a file may stay when it changes, and is not the same elsewhere."""
        found = self.root.glob(f"[!.]*/[!.]*/{DOCUMENT}")
        return {path.parent.relative_to(self.root): _mark(_read(path)) for path in found}

    @property
    def _staging(self) -> Path:
        return self.root / ".staging"


def _read(path: Path) -> bytes | OSError:
    try:
        return path.read_bytes()
    except OSError as problem:
        return problem


def _mark(content: bytes | OSError) -> str:
    return sha256(content).hexdigest()[:16] if isinstance(content, bytes) else ""


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
