"""``digest serve``: a Prefect server and both flows on their schedules, in the foreground."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digest.project import DAILY_DIGEST, INGEST, load_flow
from digest.settings import Settings

INGEST_SCHEDULE = "50 * * * *"
STARTS_WITHIN = 60
"""Seconds in which a Prefect server must answer."""

logger = logging.getLogger(__name__)


def serve_schedules(settings: Settings, project: Path) -> None:
    """Runs until it is interrupted."""
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    with _server() as address:
        os.environ["PREFECT_API_URL"] = address
        from prefect import serve
        from prefect.client.schemas.objects import ConcurrencyLimitConfig
        from prefect.schedules import Cron

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
    import httpx
    import stamina
    from prefect.settings import get_current_settings

    configured = get_current_settings().api.url
    address = configured or "http://127.0.0.1:4200/api"

    def answers() -> bool:
        try:
            return httpx.get(f"{address}/health", timeout=5).is_success
        except httpx.TransportError:
            return False

    if configured or answers():
        yield address
        return
    server = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
    )
    try:
        for attempt in stamina.retry_context(
            on=ConnectionError, timeout=STARTS_WITHIN, attempts=None
        ):
            with attempt:
                if server.poll() is not None:
                    raise RuntimeError(f"the Prefect server ended with status {server.returncode}")
                if not answers():
                    raise ConnectionError("the Prefect server does not answer yet")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=10)
