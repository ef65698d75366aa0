"""``digest deploy``: the settings on a Prefect server that somebody else runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def deploy(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing, and say what would be done.")
    ] = False,
) -> None:
    """Put all editions and the ingest on your Prefect server, as the settings say."""
    from digest import settings, subscriptions
    from digest.operate.deploy import deploy as bring
    from digest.operate.jobs import jobs
    from digest.operate.telling import told

    loaded = settings.load()
    changes = bring(loaded, Path.cwd(), check)
    known = {job.full_name: job for job in jobs(loaded, subscriptions.read(loaded.feeds))}
    for change in changes:
        typer.echo(told(change, check, known.get(change.name)))
