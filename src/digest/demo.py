"""``digest demo``: the real flow over real HTTP, with the sample newsroom as the world.

It has a store and settings of its own, in ``.digest/demo``, and its editions are called ``demo``.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from digest import subscriptions
from digest.editing.window import latest_cutoff
from digest.model import Feed
from digest.project import DAILY_DIGEST, load_flow
from digest.sample.server import DEFAULT_PORT, serving

if TYPE_CHECKING:
    from digest.run import Outcome

SCHEDULE, TIMEZONE = "0 7 * * *", "UTC"
TIMEOUT = 5
"""Seconds that the newsroom's one feed that never answers is waited for."""


def run_demo(project: Path) -> Outcome:
    """Serves the newsroom of the last edition that is due, and runs the flow for it."""
    home = project / ".digest" / "demo"
    home.mkdir(parents=True, exist_ok=True)
    _quieten_prefect(home)
    flow = load_flow(project, DAILY_DIGEST)
    # The newsroom is dated by the cut-off and not by the clock: a second demo on the same day then
    # finds the same feeds, and nothing changed.
    cutoff = latest_cutoff(SCHEDULE, TIMEZONE, datetime.now(UTC))
    with serving(cutoff, DEFAULT_PORT) as site:
        os.environ["DIGEST_CONFIG"] = str(_write_settings(home, project / "outputs", site.feeds))
        outcome: Outcome = flow(edition="demo")
    return outcome


def _write_settings(home: Path, outputs: Path, feeds: tuple[Feed, ...]) -> Path:
    (home / "feeds.opml").write_bytes(subscriptions.write(feeds, "The sample newsroom"))
    settings = {
        "feeds": "feeds.opml",
        "outputs": str(outputs),
        "store": "sqlite:///digest.sqlite",
        "editions": {
            "demo": {"title": "Sample digest", "schedule": SCHEDULE, "timezone": TIMEZONE}
        },
        "fetch": {"allow_private": True, "timeout": TIMEOUT, "contact": "demo"},
    }
    path = home / "digest.yaml"
    path.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), "utf-8")
    return path


def _quieten_prefect(home: Path) -> None:
    """A Prefect of its own, that tells nobody anything: set before Prefect is first imported."""
    quiet = {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        # A slow machine takes longer than Prefect's 20 s to make the temporary server's database …
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        # … and that database's connections complain when the server is stopped at the end.
        "PREFECT_LOGGING_ROOT_LEVEL": "CRITICAL",
        # The terminal shows the run's own lines already.
        "PREFECT_LOGGING_EXTRA_LOGGERS": "",
    }
    for name, value in quiet.items():
        os.environ.setdefault(name, value)
