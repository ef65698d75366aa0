"""What was deployed, in words for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from digest.editing.window import next_cutoff
from digest.operate.deploy import Change
from digest.operate.jobs import Job, in_words

_DID = {"create": "created", "update": "updated", "remove": "removed", "keep": "kept"}
_CALLED = {"parameter_openapi_schema": "form", "job_variables": "environment"}


def told(change: Change, check: bool = False, job: Job | None = None) -> str:
    """``created deployment daily-digest/daily: at 07:00 every day (UTC), next …``.

    With ``check`` it is only what would be done. The schedule is told where the ``job`` is given.
    """
    did = f"would {change.what}" if check else _DID[change.what]
    differs = ", ".join(_CALLED.get(value, value.replace("_", " ")) for value in change.differs)
    when = f": {_when(job)}" if job and job.schedule else ""
    return f"{did} {change.kind} {change.name}{f' ({differs})' if differs else ''}{when}"


def _when(job: Job) -> str:
    words = in_words(job.schedule, job.timezone)
    local = next_run(job, datetime.now(UTC)).astimezone(ZoneInfo(job.timezone))
    return f"{words[0].lower()}{words[1:]}, next {local:%Y-%m-%d %H:%M}"


def next_run(job: Job, now: datetime) -> datetime:
    """When a job with a schedule is due after ``now``, UTC."""
    return next_cutoff(job.schedule, job.timezone, now)
