"""JSON Lines: one JSON object a line, UTF-8, in and out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from digest.model import UsageError

Row = dict[str, Any]


def read_rows(file: TextIO | None = None, *needed: str) -> Iterator[Row]:
    """The objects of a file (standard input by default), each of which must have these fields.

    Raises:
        UsageError: a line is no JSON object or lacks a field; it says which line.
    """
    for number, line in enumerate(file or sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise UsageError(f"line {number} of the input is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise UsageError(f"line {number} of the input is no JSON object")
        if missing := [field for field in needed if field not in row]:
            raise UsageError(f"line {number} of the input lacks {', '.join(missing)}")
        yield row


def write_rows(rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes each object as soon as it is there."""
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        sys.stdout.flush()
