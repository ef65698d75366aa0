"""The editions that lie in the outputs, read back from their ``digest.json``.

The outputs are asked and no store: several stores may publish into them, and people delete folders
by hand and keep files of their own there.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from digest.publish.card import Card, card, path_of, url_of
from digest.publish.document import DOCUMENT, Document, document
from digest.publish.notes import NOTES, Note, dump, load
from digest.publish.place import Outputs, place

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listing:
    """The editions that are there."""

    cards: tuple[Card, ...]
    """The newest first: by local month, and in it by cut-off."""
    notes: bytes
    """For ``notes.NOTES``: with them, the next listing reads only what has changed."""


def listing(outputs: Outputs) -> Listing:
    """Every edition below ``outputs``.

    A ``digest.json`` that is not one of ours, or no longer, is left out and logged. Folders
    without one are no editions, and hidden ones are not looked into.

    Raises:
        DigestError, PassingError: the bucket refuses, or cannot be reached now.
    """
    there = place(outputs)
    marks = {url_of(path): mark for path, mark in there.marks().items()}
    before = there.read([NOTES])[NOTES]
    noted = load(before) if isinstance(before, bytes) else {}
    notes = {url: note for url, note in noted.items() if note.mark and marks.get(url) == note.mark}
    unread = [path_of(url) for url in marks if url not in notes]
    for path, content in there.read(folder / DOCUMENT for folder in unread).items():
        found = _card(outputs, path.parent, content)
        if found:
            notes[found.folder] = Note(marks[found.folder], found)
    cards = sorted((note.card for note in notes.values()), key=_order, reverse=True)
    return Listing(tuple(cards), dump(notes))


def _order(card: Card) -> tuple[str, datetime, str]:
    """As the list shows them by local month: its search numbers the stories in that order."""
    return card.local.month, card.cutoff, card.folder


def documents(outputs: Outputs, cards: Sequence[Card]) -> list[tuple[Card, Document]]:
    """The cards with what they stand for, as far as it can still be read."""
    read = place(outputs).read(each.path / DOCUMENT for each in cards)
    found = ((each, document(read[each.path / DOCUMENT])) for each in cards)
    return [(each, whole) for each, whole in found if isinstance(whole, Document)]


def _card(outputs: Outputs, folder: Path, content: bytes | OSError) -> Card | None:
    try:
        found = document(content)
        if not isinstance(found, Document):
            raise found
        return card(folder, found)
    except (OSError, OverflowError, ValidationError) as problem:
        logger.warning(
            "%s is not listed as an edition: %s; publish it again or put the file elsewhere",
            outputs.joinpath(*folder.parts, DOCUMENT),
            _reason(problem),
        )
        return None


def _reason(problem: Exception) -> str:
    """In a few words; of the many things that are wrong in a strange document, the first."""
    if not isinstance(problem, ValidationError):
        return str(problem)
    first = problem.errors()[0]
    return ": ".join([*map(str, first["loc"]), first["msg"]])
