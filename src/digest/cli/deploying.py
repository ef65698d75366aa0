"""``digest deploy``: the settings on a Prefect server that somebody else runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from digest.operate.deploy import Change
    from digest.operate.jobs import Job

_DID = {"create": "created", "update": "updated", "remove": "removed", "keep": "kept"}
_CALLED = {"parameter_openapi_schema": "form", "job_variables": "environment"}


def deploy(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing, and say what would be done.")
    ] = False,
) -> None:
    """Put all editions and the ingest on your Prefect server, as the settings say."""
    from digest import settings, subscriptions
    from digest.operate.deploy import deploy as bring
    from digest.operate.jobs import jobs

    loaded = settings.load()
    changes = bring(loaded, Path.cwd(), check)
    known = {job.full_name: job for job in jobs(loaded, subscriptions.read(loaded.feeds))}
    for change in changes:
        typer.echo(_line(change, known.get(change.name), check))


def _line(change: Change, job: Job | None, check: bool) -> str:
    """``created deployment daily-digest/daily: at 07:00 every day (UTC), next …``."""
    did = f"would {change.what}" if check else _DID[change.what]
    differs = ", ".join(_CALLED.get(value, value.replace("_", " ")) for value in change.differs)
    when = f": {_when(job)}" if job and job.schedule else ""
    return f"{did} {change.kind} {change.name}{f' ({differs})' if differs else ''}{when}"


def _when(job: Job) -> str:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from digest.editing.window import next_cutoff
    from digest.operate.jobs import in_words

    due = next_cutoff(job.schedule, job.timezone, datetime.now(UTC))
    words = in_words(job.schedule, job.timezone)
    local = due.astimezone(ZoneInfo(job.timezone))
    return f"{words[0].lower()}{words[1:]}, next {local:%Y-%m-%d %H:%M}"
