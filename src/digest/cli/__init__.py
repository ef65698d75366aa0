"""The command line: ``digest``."""

from __future__ import annotations

import sys

from digest.cli.app import app
from digest.model import DigestError


def main() -> None:
    """The ``digest`` command. Exit status: 0 done, 1 failed, 2 wrong usage or settings."""
    try:
        app()
    except DigestError as error:
        print(f"digest: {error}", file=sys.stderr)  # noqa: T201 (the terminal is its place)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        print("digest: stopped; run again to go on from here", file=sys.stderr)  # noqa: T201
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe has gone (`digest parse … | head`): nobody is left to tell.
        sys.stderr.close()
        sys.exit(1)
