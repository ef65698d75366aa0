"""The real thing over real HTTP, with the sample newsroom as the world.

``digest demo`` makes one edition, called ``demo``, with the Prefect flow. ``digest serve --demo``
makes one every minute, called ``demo-live``, with server and worker. Each has a store, settings and
a Prefect of its own, in ``.digest/demo`` and ``.digest/demo-live``.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from digest import subscriptions
from digest.editing.window import latest_cutoff
from digest.model import Feed
from digest.project import DAILY_DIGEST, load_flow
from digest.sample.server import DEFAULT_PORT, HOST, serving

if TYPE_CHECKING:
    from digest.run import Outcome

SCHEDULE, TIMEZONE = "0 7 * * *", "UTC"
TIMEOUT = 5
"""Seconds that the newsroom's one feed that never answers is waited for."""
EVERY_MINUTE, PACE = "* * * * *", timedelta(minutes=1)
LASTS = 15 * PACE
"""How long the live demo has news: its twelve events and some time. Later it begins anew."""
LIVE_PORT = DEFAULT_PORT + 1


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
        outputs = project / "outputs"
        os.environ["DIGEST_CONFIG"] = str(
            _write_settings(home, outputs, site.feeds, "demo", SCHEDULE)
        )
        outcome: Outcome = flow(edition="demo")
    return outcome


@contextmanager
def live_newsroom(project: Path, home: Path) -> Iterator[None]:
    """Serves the newsroom as it unfolds, with settings in ``home`` for an edition every minute.

    Entered again soon, it goes on; later, it begins anew. This process is then about the demo only:
    what steers the person's own digest or names their Prefect server is forgotten.
    """
    for name in [name for name in os.environ if name.startswith(("DIGEST_", "PREFECT_API_"))]:
        del os.environ[name]
    began = _began(home / "began", datetime.now(UTC))
    os.environ["PREFECT_HOME"] = str(home / "prefect")
    os.environ["PREFECT_SERVER_API_PORT"] = str(_free_port())
    with serving(began, LIVE_PORT, PACE) as site:
        path = _write_settings(home, project / "outputs", site.feeds, home.name, EVERY_MINUTE)
        os.environ["DIGEST_CONFIG"] = str(path)
        yield


def _began(path: Path, now: datetime) -> datetime:
    """When the newsroom's events begin to happen: this minute, or some minutes ago."""
    if path.exists():
        began = datetime.fromisoformat(path.read_text())
        if now - began < LASTS:
            return began
        shutil.rmtree(path.parent)
    began = now.replace(second=0, microsecond=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(began.isoformat())
    return began


def _free_port() -> int:
    """The port that Prefect's server has by default, or another one if that is taken."""
    for port in (int(os.environ.get("PREFECT_SERVER_API_PORT", "4200")), 0):
        with suppress(OSError), socket.create_server((HOST, port)) as free:
            return int(free.getsockname()[1])
    raise AssertionError("the system always has some port")


def _write_settings(
    home: Path, outputs: Path, feeds: tuple[Feed, ...], name: str, schedule: str
) -> Path:
    (home / "feeds.opml").write_bytes(subscriptions.write(feeds, "The sample newsroom"))
    values = {
        "feeds": "feeds.opml",
        "outputs": str(outputs),
        "store": "sqlite:///digest.sqlite",
        "editions": {name: {"title": "Sample digest", "schedule": schedule, "timezone": TIMEZONE}},
        "fetch": {"allow_private": True, "timeout": TIMEOUT, "contact": "demo"},
    }
    path = home / "digest.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False, allow_unicode=True), "utf-8")
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
