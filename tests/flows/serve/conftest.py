"""``digest serve`` as a process, and all that it starts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import yaml

PATIENCE = 300
FEEDS = ("The Continental Post", "Kilowatt", "Touchline", "Tidewater Times")


@dataclass(frozen=True)
class Home:
    """Where the server that is started keeps what it knows, and who runs for it."""

    folder: Path

    def processes(self) -> list[int]:
        """All processes that are told to use it."""
        wanted = f"PREFECT_HOME={self.folder}\0".encode()
        found = []
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdigit() and wanted in (process / "environ").read_bytes():
                    found.append(int(process.name))
            except OSError:  # it has ended meanwhile, or is not ours
                continue
        return found

    def program(self, name: str) -> int | None:
        """Which of them is Prefect's server, or worker, if it runs."""
        lines = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in self.processes()}
        return next((pid for pid in lines if f"\0prefect\0{name}\0start\0" in lines[pid]), None)

    def kill(self) -> None:
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)


@dataclass(frozen=True)
class Served:
    """``digest serve`` as a process."""

    process: subprocess.Popen[bytes]
    log: Path
    prefect: Any

    def says(self, text: str) -> None:
        """Waits until it has said so."""
        deadline = time.monotonic() + PATIENCE
        while text not in (said := self.log.read_text()):
            assert self.process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)

    def ended(self) -> int:
        """Its exit status, when it has ended by itself."""
        return self.process.wait(PATIENCE)

    def end(self, number: int) -> int:
        """Sends a signal as a terminal does, to all that were started there; the exit status."""
        began = time.monotonic()
        os.killpg(self.process.pid, number)
        status = self.process.wait(PATIENCE)
        assert time.monotonic() - began < 5, self.log.read_text()
        return status

    def begin_a_run(self, deployment: str) -> str:
        """Starts one by hand; its id."""
        id_ = self.prefect.deployment(deployment)["id"]
        return str(self.prefect.ask(f"deployments/{id_}/create_flow_run")["id"])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Home:
    """What one test of a module deploys there, the next one finds."""
    folder = tmp_path_factory.mktemp("prefect")
    shutil.copy(empty_database, folder / "prefect.db")
    return Home(folder)


@pytest.fixture(scope="module")
def project(site: Any, morning: Any, new_project: Any, tmp_path_factory: Any) -> Any:
    """Follows a few outlets, one of which never answers: its runs take some seconds."""
    settings = {
        "store": "sqlite:///digest.sqlite",
        "editions": {"daily": {"title": "Morning digest", "schedule": morning[0]}},
        "fetch": {"allow_private": True, "timeout": 4},
    }
    feeds = [feed for feed in site.feeds if feed.title in FEEDS]
    return new_project(tmp_path_factory.mktemp("served") / "project", settings, feeds)


@pytest.fixture
def configure(project: Any) -> Callable[..., None]:
    """``configure(**settings)``: changes some of the project's settings."""

    def change(**changes: Any) -> None:
        settings = yaml.safe_load(project.settings.read_text())
        project.settings.write_text(yaml.safe_dump(settings | changes), "utf-8")

    return change


@pytest.fixture(scope="module")
def variables(project: Any, home: Home, tools: SimpleNamespace) -> dict[str, str]:
    return dict(
        tools.environment(
            DIGEST_CONFIG=str(project.settings),
            PREFECT_HOME=str(home.folder),
            PREFECT_SERVER_API_PORT=str(tools.free_port()),
            PREFECT_SERVER_UI_ENABLED="false",
        )
    )


@pytest.fixture
def serve(
    project: Any, home: Home, variables: dict[str, str], tools: SimpleNamespace, tmp_path: Path
) -> Callable[..., AbstractContextManager[Served]]:
    """``serve(*options, **variables)``: starts it in the project's folder."""

    @contextmanager
    def start(*options: str, **more: str) -> Iterator[Served]:
        log, environment = tmp_path / "said", variables | more
        command = [tools.BIN / "digest", "serve", *options]
        address = f"http://127.0.0.1:{environment['PREFECT_SERVER_API_PORT']}/api"
        with (
            log.open("wb") as said,
            httpx.Client(base_url=address, timeout=30) as client,
            subprocess.Popen(
                command,
                cwd=project.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # As a shell script does that starts it in the background.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
            ) as process,
        ):
            try:
                yield Served(process, log, tools.Prefect(client, environment))
            finally:
                process.kill()
                home.kill()

    return start
