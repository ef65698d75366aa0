"""Files of an edition, of the archive and of others beside them: there whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from upath import UPath

from digest.model import Edition, UsageError
from digest.publish.place import Outputs, Place, place

_PLAIN_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class Written:
    """What a write left in the outputs: paths of this machine, or URLs."""

    directory: Path | UPath
    paths: tuple[Path | UPath, ...]
    changed: bool
    """False where every byte was there already."""
    flaws: tuple[str, ...] = ()
    """What is wrong with the reader's own templates, in whose place the built-in ones were used."""


def edition_folder(name: str, slot: str) -> Path:
    """Where an edition lives below the outputs.

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


def page_address(site_url: str, edition: Edition) -> str:
    """Where an edition's page is, if the outputs are published at ``site_url``; empty if not."""
    if not site_url:
        return ""
    folder = quote(edition_folder(edition.name, edition.slot).as_posix())
    return f"{site_url.rstrip('/')}/{folder}/digest.html"


def write_edition(outputs: Outputs, edition: Edition, files: Mapping[str, bytes]) -> Written:
    """Put an edition's files into ``outputs/<edition>/<slot>``.

    Raises:
        UsageError: the edition's name or slot cannot be the name of a folder.
        DigestError: the disk or the bucket refuses; what was there before counts then.
        PassingError: the bucket cannot be reached now; the same holds.
    """
    return write_files(outputs, edition_folder(edition.name, edition.slot), files)


def write_files(outputs: Outputs, folder: Path, files: Mapping[str, bytes]) -> Written:
    """Put files into ``folder``, which is relative to ``outputs``; other files there stay.

    Raises:
        DigestError, PassingError: as ``write_edition``.
    """
    return write_composed(outputs, folder, lambda: files)


def write_composed(
    outputs: Outputs, folder: Path, compose: Callable[[], Mapping[str, bytes]]
) -> Written:
    """The same for files that follow from what is in ``outputs``.

    In a folder no other writer changes that between ``compose`` and the write. A bucket has no
    lock: there the caller holds the store's.

    Raises:
        DigestError, PassingError: as ``write_edition``.
    """
    there = place(outputs)
    with there.writing(folder):
        files = compose()
        changed = put_fresh(there, folder, files)
    target = outputs.joinpath(*folder.parts)
    return Written(target, tuple(target / name for name in files), changed)


def put_fresh(there: Place, folder: Path, files: Mapping[str, bytes]) -> bool:
    """Puts those files into ``folder`` that are not there, or otherwise; whether there are any.

    The caller holds the place.
    """
    before = there.read(folder / name for name in files)
    fresh = {name: data for name, data in files.items() if before[folder / name] != data}
    if fresh:
        there.put(folder, fresh)
    return bool(fresh)
