"""What was read of the editions of a bucket, so that only new ones are fetched the next time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from digest.publish.document import Document

_SHAPE = hashlib.sha256(json.dumps(TypeAdapter(Document).json_schema()).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Note:
    """A document, and what the storage called the version of it that was read."""

    mark: str
    document: Document


@dataclass(frozen=True, slots=True)
class _Notes:
    shape: str
    """Of the documents: notes of another version of this program may lack something."""
    editions: dict[str, Note]


_NOTES = TypeAdapter(_Notes)


def load(data: bytes) -> dict[Path, Note]:
    """The notes by the editions' folders; none where ``data`` is no notes, or not of this shape."""
    try:
        notes = _NOTES.validate_json(data)
    except ValidationError:
        return {}
    if notes.shape != _SHAPE:
        return {}
    return {Path(folder): note for folder, note in notes.editions.items()}


def dump(notes: Mapping[Path, Note]) -> bytes:
    """The same notes give the same bytes."""
    return _NOTES.dump_json(_Notes(_SHAPE, {str(f): notes[f] for f in sorted(notes)}))
