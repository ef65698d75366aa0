"""``python -m digest.sample``: serves the sample newsroom until Ctrl+C, for people to look at."""

from __future__ import annotations

import argparse
import threading
from contextlib import suppress
from datetime import UTC, datetime

from rich.console import Console

from digest.sample.server import DEFAULT_PORT, serving


def main() -> None:
    """Serves the newsroom of the past day and lists its feeds."""
    parser = argparse.ArgumentParser(prog="python -m digest.sample", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="default: %(default)s")
    port: int = parser.parse_args().port
    console = Console(highlight=False)
    with serving(datetime.now(UTC), port) as site:
        console.print(f"The sample newsroom is at {site.url}/ (Ctrl+C ends it). Its feeds:")
        for feed in site.feeds:
            console.print(f"  {feed.title:<30} {feed.url}", soft_wrap=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
