"""The process that reads pages for ``pool``, one at a time.

A question is a line of JSON (``url``, ``content_type``, ``size``, ``seconds``) and ``size`` bytes
of HTML on standard input; the answer on standard output is a line of JSON: the fields of
``Extracted``, or ``null``, or ``{"error": …}``. The process ends with its input, so also when the
process that asks it is killed.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from digest.ingest.extract import Extracted, extract_page
from digest.ingest.language import language_of


def to_json(page: Extracted | None) -> bytes:
    """One line that ``from_json`` reads."""
    return json.dumps(page and asdict(page), default=datetime.isoformat).encode() + b"\n"


def from_json(answer: bytes) -> Extracted | None:
    """The page again. Raises ``ValueError`` with what went wrong where it could not be read."""
    fields: dict[str, Any] | None = json.loads(answer)
    if fields is None:
        return None
    if "error" in fields:
        raise ValueError(fields["error"])
    published = fields["published"]
    return Extracted(
        **fields
        | {
            "paragraphs": tuple(fields["paragraphs"]),
            "published": published and datetime.fromisoformat(published),
        }
    )


def main() -> None:
    """Answer until there are no more questions."""
    logging.disable()
    language_of("")  # loads its model before any page's time runs
    with Path(os.devnull).open("w") as nowhere:
        for line in sys.stdin.buffer:
            question = json.loads(line)
            html = sys.stdin.buffer.read(question["size"])
            # Ends this process even from inside a regular expression or libxml2.
            faulthandler.dump_traceback_later(question["seconds"], exit=True, file=nowhere)
            sys.stdout.buffer.write(_answer(html, question["url"], question["content_type"]))
            sys.stdout.buffer.flush()
            faulthandler.cancel_dump_traceback_later()


def _answer(html: bytes, url: str, content_type: str) -> bytes:
    try:
        return to_json(extract_page(html, url, content_type))
    except Exception as error:  # a page that no library foresaw costs no other page
        return json.dumps({"error": f"{type(error).__name__}: {error}"}).encode() + b"\n"


if __name__ == "__main__":
    main()
