"""``digest serve``: server, deployments and worker with one command, and nothing left of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

pytestmark = pytest.mark.prefect

PATIENCE = 300
FEEDS = ("The Continental Post", "Kilowatt", "Touchline", "Tidewater Times")
EVENING = {"title": "Evening digest", "schedule": "30 18 * * 1-5", "timezone": "Asia/Seoul"}


@pytest.fixture(scope="module")
def prefect_home(tmp_path_factory) -> Path:
    """Shared, as its database is made only once; what one test deploys, the next one finds."""
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="module")
def project(site, morning, new_project, tmp_path_factory):
    """Follows a few outlets, one of which never answers: its runs take some seconds."""
    settings = {
        "store": "sqlite:///digest.sqlite",
        "editions": {"daily": {"title": "Morning digest", "schedule": morning[0]}},
        "fetch": {"allow_private": True, "timeout": 4},
    }
    feeds = [feed for feed in site.feeds if feed.title in FEEDS]
    return new_project(tmp_path_factory.mktemp("served") / "project", settings, feeds)


@pytest.fixture(scope="module")
def variables(project, prefect_home, tools) -> dict[str, str]:
    return tools.environment(
        DIGEST_CONFIG=str(project.settings),
        PREFECT_HOME=str(prefect_home),
        PREFECT_SERVER_API_PORT=str(tools.free_port()),
        PREFECT_SERVER_UI_ENABLED="false",
    )


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

    def end(self, number: int) -> int:
        """Sends a signal as a terminal does, to all that were started there; the exit status."""
        began = time.monotonic()
        os.killpg(self.process.pid, number)
        status = self.process.wait(PATIENCE)
        assert time.monotonic() - began < 5, self.log.read_text()
        return status


@pytest.fixture
def serve(project, variables, tools, tmp_path):
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
                for pid in processes_with(environment["PREFECT_HOME"]):
                    os.kill(pid, signal.SIGKILL)

    return start


def processes_with(home: object) -> list[int]:
    """All processes that are told to use this home of Prefect."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            wanted = f"PREFECT_HOME={home}\0".encode()
            if folder.name.isdigit() and wanted in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:  # it has ended meanwhile, or is not ours
            continue
    return found


def program(home: Path, name: str) -> int | None:
    """Which of them is Prefect's server, or worker, if it runs."""
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in processes_with(home)}
    return next((pid for pid in lines if f"\0prefect\0{name}\0start\0" in lines[pid]), None)


def begin_a_run(prefect, deployment: str) -> str:
    """Starts one by hand; its id."""
    id_ = prefect.deployment(deployment)["id"]
    return prefect.ask(f"deployments/{id_}/create_flow_run")["id"]


def configure(project, **changes) -> None:
    settings = yaml.safe_load(project.settings.read_text())
    project.settings.write_text(yaml.safe_dump(settings | changes), "utf-8")


def test_one_command_brings_everything_up_keeps_it_up_and_ends_all_on_ctrl_c(
    serve, project, prefect_home, variables, tools
):
    def digest(*words: str) -> subprocess.CompletedProcess[str]:
        command = [tools.BIN / "digest", *words]
        return subprocess.run(
            command, cwd=project.folder, env=variables, capture_output=True, text=True
        )

    address = f"http://127.0.0.1:{variables['PREFECT_SERVER_API_PORT']}"
    before = digest("serve", "--check")
    assert before.returncode == 0, before.stderr
    assert f"would start a Prefect server at {address}" in before.stdout
    assert "would create deployment daily-digest/daily\n" in before.stdout
    assert processes_with(prefect_home) == []

    with serve() as served:
        served.says("Ctrl-C ends all. The runs:\n")
        said = served.log.read_text()
        assert "created work pool digest\n" in said
        assert "created deployment daily-digest/daily\n" in said
        assert f"The Prefect UI is at {address}\nNext runs:\n" in said
        assert "ingest/feeds\n" in said.partition("Next runs:")[2]

        check = digest("serve", "--check")
        assert check.stdout.startswith(f"would use the Prefect server at {address}\n")
        assert "would keep deployment daily-digest/daily\n" in check.stdout
        assert "create" not in check.stdout
        second = digest("serve")
        assert second.returncode == 1
        assert f"runs here already, as process {served.process.pid}" in second.stderr

        for name, called in (("worker", "the worker"), ("server", "the Prefect server")):
            os.kill(tools.eventually(lambda n=name: program(prefect_home, n)), signal.SIGKILL)
            served.says(f"{called} was ended by SIGKILL; it is started again in 1 s, ")
        tools.eventually(lambda: answers(served))

        run = served.prefect.end_of(begin_a_run(served.prefect, "ingest/feeds"))
        assert run["state_type"] == "COMPLETED", run["state"]["message"]
        name = run["name"]
        served.says(f"{name}  done in ")
        said = served.log.read_text()
        assert f"{name}  begins\n" in said
        assert f"{name}  checked 4 feeds: " in said
        assert f"{name}  warning: feed " in said
        assert "submitted to infrastructure" not in said

        assert served.end(signal.SIGINT) == 0
        assert processes_with(prefect_home) == []


def answers(served: Served) -> bool:
    try:
        return bool(served.prefect.client.get("health").is_success)
    except httpx.TransportError:
        return False


def test_a_run_that_is_interrupted_is_finished_by_the_next_serve_with_the_new_settings(
    serve, project, prefect_home
):
    daily = yaml.safe_load(project.settings.read_text())["editions"]["daily"]
    configure(project, editions={"daily": daily, "evening": EVENING})
    with serve() as served:
        served.says("The runs:\n")
        assert "created deployment daily-digest/evening\n" in served.log.read_text()
        run = begin_a_run(served.prefect, "daily-digest/daily")
        served.says("  begins\n")
        assert served.end(signal.SIGTERM) == 0
        assert " was interrupted and is made again\n" in served.log.read_text()
        assert processes_with(prefect_home) == []
    assert project.published() == {}

    configure(project, editions={"daily": daily | {"timezone": "Asia/Seoul"}})
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
    configure(project, editions={"daily": daily})


@pytest.mark.skipif(
    not shutil.which("start-stop-daemon"), reason="dpkg's start-stop-daemon is not installed"
)
def test_under_a_supervisor_it_starts_comes_back_after_a_kill_and_stops_in_time(
    project, variables, prefect_home, tools, tmp_path
):
    pidfile, log = tmp_path / "digest.pid", tmp_path / "said"

    def supervisor(*words: str | Path) -> None:
        command = ["start-stop-daemon", "--pidfile", pidfile, *words]
        subprocess.run(command, check=True, env=variables, timeout=PATIENCE)

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
        left = set(processes_with(prefect_home)) - {first}
        assert len(left) >= 2
        os.kill(first, signal.SIGKILL)
        tools.eventually(lambda: not Path(f"/proc/{first}").exists())
        assert set(processes_with(prefect_home)) == left
        second = start()
        assert not left & set(processes_with(prefect_home))
        assert f"starting a Prefect server at http://127.0.0.1:{port(variables)}" in log.read_text()
        assert second != first
        # Fails if it has not ended after five seconds.
        supervisor("--stop", "--retry", "TERM/5")
        assert processes_with(prefect_home) == []
    finally:
        for pid in processes_with(prefect_home):
            os.kill(pid, signal.SIGKILL)


def port(variables: dict[str, str]) -> str:
    return variables["PREFECT_SERVER_API_PORT"]


def test_it_can_be_stopped_before_its_server_answers(serve, prefect_home, tools):
    with serve() as served:
        served.says("starting a Prefect server")
        tools.eventually(lambda: len(processes_with(prefect_home)) > 1)
        assert served.end(signal.SIGINT) == 0
        assert processes_with(prefect_home) == []


def test_a_port_that_another_program_has_is_told_in_the_servers_words(serve, prefect_home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        with serve(PREFECT_SERVER_API_PORT=number) as served:
            assert served.process.wait(PATIENCE) == 1
        said = served.log.read_text()
    assert "digest: the Prefect server ended with status 1; its last words:\n" in said
    assert f"Port {number} is already in use" in said
    assert processes_with(prefect_home) == []


def test_a_configured_server_that_does_not_answer_is_an_error_that_says_what_to_do(serve):
    address = "http://127.0.0.1:9/api"
    for options in ((), ("--check",)):
        with serve(*options, PREFECT_API_URL=address) as served:
            assert served.process.wait(PATIENCE) == 1
        assert served.log.read_text() == (
            f"digest: the Prefect server at {address} does not answer: start it, or unset "
            "PREFECT_API_URL to have one started here\n"
        )


def test_the_live_demo_makes_editions_of_news_that_just_happened(
    serve, project, prefect_home, tools
):
    # What steers the person's own digest is not heeded.
    steered = {"DIGEST_OUTPUTS": "/nowhere", "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    number = str(tools.free_port())
    with serve("--demo", PREFECT_SERVER_API_PORT=number, **steered) as served:
        served.says("The runs:\n")
        assert f"The Prefect UI is at http://127.0.0.1:{number}\n" in served.log.read_text()
        run = served.prefect.end_of(begin_a_run(served.prefect, "daily-digest/demo-live"))
        assert run["state_type"] == "COMPLETED", run["state"]["message"]
        assert served.end(signal.SIGINT) == 0
    home = project.folder / ".digest" / "demo-live"
    assert processes_with(home / "prefect") == []
    [slot, *_] = sorted((project.folder / "outputs" / "demo-live").glob("*T*"))
    stories = json.loads((slot / "digest.json").read_text())["stories"]
    assert "Seoul" in stories[0]["summary"]["text"]
