"""What was read of the editions, so that only new ones are read the next time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from digest.publish.card import Card

NOTES = Path(".editions.json")
"""Beside the archive."""

_SHAPE = hashlib.sha256(json.dumps(TypeAdapter(Card).json_schema()).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Note:
    """An edition, and what the place called the version of its document that was read."""

    mark: str
    card: Card


@dataclass(frozen=True, slots=True)
class _Notes:
    shape: str
    """Of the cards: notes of another version of this program may lack something."""
    editions: dict[str, Note]


_NOTES = TypeAdapter(_Notes)


def load(data: bytes) -> dict[str, Note]:
    """The notes by ``Card.folder``; none where ``data`` is no notes, or not of this shape."""
    try:
        notes = _NOTES.validate_json(data)
    except ValidationError:
        return {}
    return notes.editions if notes.shape == _SHAPE else {}


def dump(notes: Mapping[str, Note]) -> bytes:
    """The same notes give the same bytes."""
    return _NOTES.dump_json(_Notes(_SHAPE, {folder: notes[folder] for folder in sorted(notes)}))
