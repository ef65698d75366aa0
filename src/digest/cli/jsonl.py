"""JSON Lines: one JSON object a line, UTF-8 whatever the locale, in and out."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from digest.model import UsageError

Row = dict[str, Any]


def read_rows(*needed: str, texts: Collection[str] = ()) -> Iterator[Row]:
    """The objects on standard input, each of which must have these fields.

    Those named in ``texts`` must hold text or ``null``: see ``text_of``.

    Raises:
        UsageError: a line is no JSON object or lacks what it needs; it says which line.
    """
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"line {number} of the input is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise UsageError(f"line {number} of the input is no JSON object")
        if missing := [field for field in (*needed, *texts) if field not in row]:
            raise UsageError(f"line {number} of the input lacks {', '.join(missing)}")
        if wrong := [field for field in texts if not isinstance(row[field], str | None)]:
            raise UsageError(f"line {number} of the input has no text in {', '.join(wrong)}")
        yield row


def text_of(value: str | None) -> str:
    """The text of a field: empty for ``null``, and without halves of surrogate pairs.

    Those JSON can escape, but UTF-8 cannot hold them, and so no tokenizer takes them.
    """
    return (value or "").encode(errors="replace").decode()


def write_rows(rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes each object as soon as it is there."""
    for row in rows:
        sys.stdout.buffer.write(_line(row))
        sys.stdout.buffer.flush()


def _line(row: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(row, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        # Half of a surrogate pair in a field that is only passed through.
        return json.dumps(row).encode() + b"\n"
