"""What a person sees while a run goes on: a bar a stage, and the log lines above it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from digest.model import CHANNEL

errors = Console(stderr=True, highlight=False, soft_wrap=True)


def addressed(recipient: str) -> tuple[str, str]:
    """What a recipient of the ledger gets, and whom a person calls it: ``("post", "team")``."""
    name = recipient.removeprefix(CHANNEL)
    return ("mail" if name == recipient else "post"), name


class _Bars(logging.Handler):
    """Draws the stages' ticks as bars, and prints the other lines above them."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def emit(self, record: logging.LogRecord) -> None:
        stage = getattr(record, "stage", None)
        if stage is None:
            style = "yellow" if record.levelno >= logging.WARNING else "dim"
            self._progress.console.print(record.getMessage(), style=style, markup=False)
            return
        done, total = record.__dict__["done"], record.__dict__["total"]
        if stage not in self._bars or done == 1:
            self._bars[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._bars[stage], completed=done, total=total)


@contextmanager
def progress() -> Iterator[None]:
    """Shows what the ``digest`` loggers say on standard error for as long as it is open."""
    columns = (
        TextColumn("{task.description:>9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    # Into a file or a pipe go the lines alone.
    silent = not errors.is_terminal
    with Progress(*columns, console=errors, transient=True, disable=silent) as bars:
        handler = _Bars(bars)
        lines, ticks = logging.getLogger("digest"), logging.getLogger("digest.progress")
        ticks.setLevel(logging.DEBUG)
        lines.addHandler(handler)
        # Other handlers, such as Prefect's, would write the same into the bars.
        lines.propagate = False
        try:
            yield
        except KeyboardInterrupt:
            errors.print("digest: stopped; run again to go on from here")
            raise
        finally:
            lines.removeHandler(handler)
            lines.propagate = True
