"""The command line: ``digest``."""

from __future__ import annotations

import sys

from digest.cli.app import app
from digest.model import DigestError


def main() -> None:
    """The ``digest`` command. Exit: 0 done, 1 failed, 2 wrong usage or settings, 130 stopped."""
    try:
        app()
    except DigestError as error:
        print(f"digest: {error}", file=sys.stderr)  # noqa: T201 (the terminal is its place)
        sys.exit(error.exit_status)
