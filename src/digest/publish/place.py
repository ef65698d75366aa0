"""Where editions lie: in a folder of this machine, or in a bucket of an object storage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from upath import UPath

from digest.publish.bucket import Bucket
from digest.publish.folder import Folder

Outputs = Path | UPath
"""The outputs as the settings name them: a folder's path, or a bucket's URL with a prefix."""


class Place(Protocol):
    """What publishing asks of either. Every path is relative to the outputs.

    Each method raises ``DigestError`` where the place refuses, in words for the person at the
    terminal, and ``PassingError`` where it cannot be reached now.
    """

    def writing(self, folder: Path) -> AbstractContextManager[None]:
        """Held while something is written into ``folder``."""
        ...

    def read(self, paths: Iterable[Path]) -> Mapping[Path, bytes | OSError]:
        """The contents of the files; for one that cannot be had, the reason."""
        ...

    def put(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """Puts files into ``folder``; a reader finds each of them as it was or as it is now."""
        ...

    def remove(self, folder: Path) -> None:
        """Removes ``folder``, so that it no longer counts as an edition from the first step on."""
        ...

    def drop(self, paths: Iterable[Path]) -> None:
        """Removes single files that ``files`` named."""
        ...

    def files(self, folder: Path) -> Iterable[Path]:
        """Every file below ``folder``, in no order."""
        ...

    def marks(self) -> Mapping[Path, str]:
        """The folder of every edition, in no order, and what tells this version of its document
        from every other; empty where that cannot be said. Hidden folders are passed over."""
        ...


def place(outputs: Outputs) -> Place:
    """The place that ``outputs`` names."""
    return Folder(outputs) if isinstance(outputs, Path) else Bucket(outputs)
