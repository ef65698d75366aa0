"""The Prefect server: whether it would make the editions at their times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from digest.model import DigestError, UsageError
from digest.operate.client import AwayError, api_url, connected
from digest.operate.deploy import Change, deploy
from digest.operate.doctor.clock import compare
from digest.operate.doctor.finding import Finding
from digest.operate.doctor.network import date_of
from digest.operate.jobs import TAG
from digest.settings import Settings

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.filters import FlowRunFilter, WorkerFilter

PATIENCE = 5.0
"""Seconds that the server gets for an answer."""
OVERDUE = timedelta(minutes=2)
"""So long after its time a run should have begun."""
DEPLOY = "bring it there: digest deploy"


@dataclass(frozen=True, slots=True)
class Served:
    """What a server says of itself and of our work pool."""

    url: str
    version: str
    now: datetime | None
    workers: int
    """Of the pool, that gave a sign of life lately."""
    overdue: int
    """Runs that should have begun by now."""


def check_server(settings: Settings, project: Path) -> Iterator[Finding]:
    """The server that Prefect's settings name, or the one of this machine."""
    from prefect import __version__ as ours
    from prefect.settings import (
        PREFECT_API_REQUEST_TIMEOUT,
        PREFECT_API_URL,
        PREFECT_CLIENT_MAX_RETRIES,
        temporary_settings,
    )

    pool = settings.prefect.work_pool
    hasty = {PREFECT_CLIENT_MAX_RETRIES: 0, PREFECT_API_REQUEST_TIMEOUT: PATIENCE}
    with temporary_settings(hasty):
        try:
            with connected() as client:
                served = _ask(client, pool)
        except AwayError as away:
            yield judge_absence(str(away), api_url(), configured=bool(PREFECT_API_URL.value()))
            return
        except UsageError as refusal:
            yield Finding("Prefect", "failed", str(refusal))
            return
        yield judge_version(served, ours)
        if served.now:
            yield compare("the Prefect server", served.now, datetime.now(UTC))
        try:
            changes = deploy(settings, project, check=True)
        except DigestError as problem:
            yield Finding("Prefect", "failed", str(problem))
            return
    yield judge_deployments(changes)
    if any(change.what != "create" for change in changes if change.kind == "deployment"):
        yield from judge_work(served, pool)


def judge_absence(problem: str, url: str, configured: bool) -> Finding:
    """What it means that no server answers."""
    if configured:
        return Finding("Prefect", "failed", problem)
    return Finding(
        "Prefect",
        "warning",
        f"no server at {url}, so editions are made by `digest run` only",
        "run `digest serve` to have them made at their times",
    )


def judge_version(served: Served, ours: str) -> Finding:
    """Whether the server understands us."""
    theirs, mine = _release(served.version), _release(ours)
    found = f"{served.url} is Prefect {served.version}"
    if theirs[0] != mine[0]:
        mend = f"install Prefect {ours} there"
        return Finding("Prefect", "failed", f"{found}, and this machine has {ours}", mend)
    if theirs < mine:
        mend = f"upgrade the server to {ours} or later"
        return Finding("Prefect", "warning", f"{found}, older than {ours} on this machine", mend)
    return Finding("Prefect", "ok", found)


def judge_deployments(changes: Sequence[Change]) -> Finding:
    """Whether the server would do what the settings say."""
    ours = [change for change in changes if change.kind == "deployment"]
    if all(change.what == "create" for change in ours):
        return Finding("Prefect", "warning", "nothing is deployed on this server", DEPLOY)
    astray = [change for change in changes if change.what != "keep"]
    if not astray:
        return Finding("Prefect", "ok", f"{len(ours)} deployments are as the settings say")
    counted = Counter(change.what for change in astray)
    names = ", ".join(f"{change.name} ({change.what})" for change in astray)
    lacking = any(change in ours for change in astray if change.what == "create")
    return Finding(
        "Prefect",
        "failed" if lacking else "warning",
        f"is not as the settings say, {counted.total()} things differ: {names}",
        DEPLOY,
    )


def judge_work(served: Served, pool: str) -> Iterator[Finding]:
    """Whether somebody carries the runs out."""
    if served.workers:
        yield Finding("workers", "ok", f"{served.workers} alive in the work pool {pool}")
    else:
        start = f"run `digest serve`, or: prefect worker start --pool {pool}"
        yield Finding("workers", "failed", f"none is alive in the work pool {pool}", start)
    if served.overdue:
        yield Finding(
            "workers",
            "warning" if served.workers else "failed",
            f"{served.overdue} runs should have begun by now",
            "see in the Prefect UI what they wait for; start more workers if all are busy",
        )


def _ask(client: SyncPrefectClient, pool: str) -> Served:
    answer = client.request("GET", "/admin/version")
    try:
        workers = client.read_workers_for_work_pool(pool, worker_filter=_alive())
    except httpx.HTTPStatusError as error:
        # Before the first deployment there is no work pool.
        if error.response.status_code != HTTPStatus.NOT_FOUND:
            raise
        workers = []
    overdue = client.count_flow_runs(flow_run_filter=_due_before(datetime.now(UTC) - OVERDUE))
    return Served(str(client.api_url), answer.json(), date_of(answer), len(workers), overdue)


def _release(version: str) -> tuple[int, int]:
    """``(3, 8)`` for ``3.8.8``: what is beyond does not change how the two talk."""
    major, minor, *_ = version.split(".")
    return int(major), int(minor)


def _alive() -> WorkerFilter:
    from prefect.client.schemas.filters import WorkerFilter, WorkerFilterStatus

    return WorkerFilter(status=WorkerFilterStatus(any_=["ONLINE"]))


def _due_before(time: datetime) -> FlowRunFilter:
    """Runs of our deployments that wait, and should not any more."""
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterNextScheduledStartTime,
        FlowRunFilterState,
        FlowRunFilterStateType,
        FlowRunFilterTags,
    )
    from prefect.client.schemas.objects import StateType

    return FlowRunFilter(
        tags=FlowRunFilterTags(all_=[TAG]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        next_scheduled_start_time=FlowRunFilterNextScheduledStartTime(before_=time),
    )
