"""``digest serve``: a Prefect server and both flows on their schedules, in the foreground."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from digest.model import DigestError
from digest.project import DAILY_DIGEST, INGEST, load_flow
from digest.settings import Settings

INGEST_SCHEDULE = "50 * * * *"
STARTS_WITHIN = 60
"""Seconds in which a Prefect server must answer."""

logger = logging.getLogger(__name__)


def serve_schedules(settings: Settings, project: Path) -> None:
    """Runs until it is interrupted or terminated."""
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    # The lines of this process belong to no flow run, so the server need not get them.
    os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
    # Until Prefect installs its own handlers, what systemd sends would leave the server behind; and
    # a script that starts this in the background has Ctrl-C ignored.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    from prefect import serve
    from prefect.client.schemas.objects import ConcurrencyLimitConfig
    from prefect.schedules import Cron
    from prefect.settings import PREFECT_API_URL, temporary_settings

    # Prefect has read its environment by now, so a variable would come too late.
    with _server() as address, temporary_settings({PREFECT_API_URL: address}):
        daily, ingest = load_flow(project, DAILY_DIGEST), load_flow(project, INGEST)
        one_at_a_time = ConcurrencyLimitConfig(limit=1, collision_strategy="ENQUEUE")
        deployments = [
            daily.to_deployment(
                name,
                description=edition.title or None,
                tags=["digest"],
                parameters={"edition": name},
                schedule=Cron(edition.schedule, timezone=edition.timezone),
                concurrency_limit=one_at_a_time,
            )
            for name, edition in settings.editions.items()
        ]
        hourly = ingest.to_deployment(
            "hourly",
            tags=["digest"],
            schedule=Cron(INGEST_SCHEDULE, timezone="UTC"),
            concurrency_limit=one_at_a_time,
        )
        logger.info("the Prefect UI is at %s", address.removesuffix("/api"))
        serve(*deployments, hourly)


@contextmanager
def _server() -> Iterator[str]:
    """The API address of the server that is configured, or of one started for as long as needed."""
    from prefect.settings import get_current_settings

    configured = get_current_settings().api.url
    port = get_current_settings().server.api.port
    address = configured or f"http://127.0.0.1:{port}/api"
    if _answers(address):
        yield address
        return
    if configured:
        raise DigestError(
            f"the Prefect server at {configured} does not answer: start it, or unset "
            "PREFECT_API_URL to have one started here"
        )
    server = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
        # Ctrl-C is for the process that serves: it needs the server until it has said goodbye.
        start_new_session=True,
    )
    try:
        _wait_for(server, address)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=10)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=5).is_success
    except httpx.TransportError:
        return False


def _wait_for(server: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not _answers(address):
        if server.poll() is not None:
            raise DigestError(
                f"the Prefect server ended with status {server.returncode} before it answered at "
                f"{address}: its own words stand above"
            )
        if time.monotonic() > deadline:
            raise DigestError(f"the Prefect server did not answer within {STARTS_WITHIN} s")
        time.sleep(0.2)
