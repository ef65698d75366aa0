"""``digest serve`` is started again: after an end, after a kill, with other settings."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.prefect

EVENING = {"title": "Evening digest", "schedule": "30 18 * * 1-5", "timezone": "Asia/Seoul"}


def test_a_run_that_is_interrupted_is_finished_by_the_next_serve_with_the_new_settings(
    serve, project, configure, home
):
    daily = yaml.safe_load(project.settings.read_text())["editions"]["daily"]
    configure(editions={"daily": daily, "evening": EVENING})
    with serve() as served:
        served.says("The runs:\n")
        assert "created deployment daily-digest/evening\n" in served.log.read_text()
        run = served.begin_a_run("daily-digest/daily")
        served.says("  begins\n")
        assert served.end(signal.SIGTERM) == 0
        assert " was interrupted and is made again\n" in served.log.read_text()
        assert home.processes() == []
    assert project.published() == {}

    configure(editions={"daily": daily | {"timezone": "Asia/Seoul"}})
    with serve("--check") as served:
        assert served.ended() == 0
        said = served.log.read_text()
        assert "would remove deployment daily-digest/evening\n" in said
        assert "would update deployment daily-digest/daily (" in said
        assert home.processes() == []
    with serve() as served:
        served.says("The runs:\n")
        said = served.log.read_text()
        assert "removed deployment daily-digest/evening\n" in said
        assert "updated deployment daily-digest/daily (" in said
        ended = served.prefect.end_of(run)
        assert ended["state_type"] == "COMPLETED", ended["state"]["message"]
        assert ended["run_count"] == 2
        assert any(path.endswith("digest.html") for path in project.published())
        assert served.end(signal.SIGTERM) == 0
    configure(editions={"daily": daily})


@pytest.mark.skipif(
    not shutil.which("start-stop-daemon"), reason="dpkg's start-stop-daemon is not installed"
)
def test_under_a_supervisor_it_starts_comes_back_after_a_kill_and_stops_in_time(
    project, variables, home, tools, tmp_path
):
    port = variables["PREFECT_SERVER_API_PORT"]
    pidfile, log = tmp_path / "digest.pid", tmp_path / "said"

    def supervisor(*words: str | Path) -> None:
        command = ["start-stop-daemon", "--pidfile", pidfile, *words]
        subprocess.run(command, check=True, env=variables, timeout=300)

    def start() -> int:
        """Starts it if it does not run, and waits until it serves."""
        log.unlink(missing_ok=True)
        background = ("--background", "--make-pidfile", "--output", log)
        where = ("--chdir", project.folder, "--startas", tools.BIN / "digest")
        supervisor("--start", *background, *where, "--", "serve")
        tools.eventually(lambda: log.exists() and "The runs:\n" in log.read_text())
        return int(pidfile.read_text())

    try:
        first = start()
        left = set(home.processes()) - {first}
        assert len(left) >= 2
        os.kill(first, signal.SIGKILL)
        tools.eventually(lambda: not Path(f"/proc/{first}").exists())
        assert set(home.processes()) == left
        second = start()
        assert not left & set(home.processes())
        assert f"starting a Prefect server at http://127.0.0.1:{port}" in log.read_text()
        assert second != first
        # Fails if it has not ended after five seconds.
        supervisor("--stop", "--retry", "TERM/5")
        assert home.processes() == []
    finally:
        home.kill()
