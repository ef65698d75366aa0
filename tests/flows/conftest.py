"""A real Prefect on this machine: server, work pool, worker and both deployments."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import httpx
import pytest
import yaml

from digest import subscriptions
from digest.model import Feed
from digest.sample.server import Site, serving

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PATIENCE = 300
"""Seconds after which something that should happen does not."""

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], seconds: float = PATIENCE) -> Found:
    """What ``look`` finds as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{look.__qualname__} finds nothing"
        # Most looks are questions to a server that has better things to do.
        time.sleep(0.5)
    return found


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def environment(**variables: str) -> dict[str, str]:
    """That of the tests without what would steer the commands, and a Prefect that tells nobody.

    Each process computes on one core: many run at once, and threads that wait for each other's
    core burn it.
    """
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DIGEST_", "PREFECT_"))}
    quiet = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    return ours | quiet | {"OMP_NUM_THREADS": "1"} | variables


@contextmanager
def running(
    command: Sequence[str | Path], cwd: Path, log: Path, **variables: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A process for as long as the block lasts; at its end nothing of its session is left."""
    with log.open("wb") as lines:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(**variables),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pid in of_session(process.pid):
            os.kill(pid, signal.SIGKILL)


def of_session(leader: int) -> list[int]:
    """The processes that a session still has."""

    def session(pid: int) -> int | None:
        try:
            return os.getsid(pid)
        except ProcessLookupError:
            return None

    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in pids if session(pid) == leader]


@dataclass(frozen=True, slots=True)
class Project:
    """A copy of the project's folder with settings of its own."""

    folder: Path
    schedule: str
    cutoff: datetime

    @property
    def slot(self) -> str:
        return f"{self.cutoff:%Y-%m-%d}"

    @property
    def settings(self) -> Path:
        return self.folder / "mine/digest.yaml"

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, which must be a good one."""
        done = subprocess.run(
            [BIN / command[0], *command[1:]],
            cwd=self.folder,
            env=environment(DIGEST_CONFIG=str(self.settings), **variables),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done

    def published(self) -> dict[str, bytes]:
        outputs = self.folder / "mine/outputs"
        return {
            str(path.relative_to(outputs)): path.read_bytes()
            for path in sorted(outputs.rglob("*"))
            if path.is_file() and path.name != ".lock"
        }


def copy_of_the_project(folder: Path) -> None:
    shutil.copytree(ROOT / "flows", folder / "flows", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "prefect.yaml"):
        shutil.copy(ROOT / name, folder)


def follow(folder: Path, feeds: Sequence[Feed], schedule: str, cutoff: datetime) -> Project:
    """A copy of the project in the folder, with settings that follow feeds of the newsroom."""
    copy_of_the_project(folder)
    project = Project(folder, schedule, cutoff)
    project.settings.parent.mkdir(parents=True)
    (project.settings.parent / "feeds.opml").write_bytes(subscriptions.write(feeds))
    settings = {
        "feeds": "feeds.opml",
        "store": "sqlite:///digest.sqlite",
        "editions": {"daily": {"title": "Morning digest", "schedule": schedule}},
        "fetch": {"allow_private": True, "timeout": 8, "retries": 0},
    }
    project.settings.write_text(yaml.safe_dump(settings), "utf-8")
    return project


@pytest.fixture(scope="session")
def morning() -> tuple[str, datetime]:
    """A daily schedule, and its last cut-off, from which the next one is far away."""
    cutoff = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)
    return f"0 {cutoff.hour} * * *", cutoff


@pytest.fixture(scope="session")
def site(morning: tuple[str, datetime]) -> Iterator[Site]:
    with serving(morning[1]) as served:
        yield served


@pytest.fixture(scope="session")
def project(
    site: Site, morning: tuple[str, datetime], tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """The copy of the project's folder that is deployed."""
    return follow(tmp_path_factory.mktemp("deployed") / "project", site.feeds, *morning)


@pytest.fixture
def other_project(site: Site, morning: tuple[str, datetime], tmp_path: Path) -> Project:
    """Another copy of the project's folder, which knows no news yet."""
    return follow(tmp_path / "other", site.feeds, *morning)


@dataclass(frozen=True, slots=True)
class Prefect:
    """A server's API."""

    client: httpx.Client
    variables: dict[str, str]

    def answers(self) -> bool:
        """Whether the server does."""
        try:
            return self.client.get("health").is_success
        except httpx.TransportError:
            return False

    def ask(self, path: str, **body: Any) -> Any:
        """What the API answers to a POST."""
        answer = self._answer("POST", path, body)
        return answer.json() if answer.content else None

    def change(self, path: str, **body: Any) -> None:
        """Sends a PATCH to the API."""
        self._answer("PATCH", path, body)

    def deployment(self, name: str) -> dict[str, Any]:
        return dict(self._answer("GET", f"deployments/name/{name}").json())

    def plan_soon(self, name: str) -> None:
        """Has the server plan a run that is due in a moment, and one a minute after it: pause it.

        Unlike of one that is begun by hand, the server tells nobody that it is planned.
        """
        path = f"deployments/{self.deployment(name)['id']}"
        soon = (datetime.now(UTC) + timedelta(seconds=9)).isoformat()
        often = {"schedule": {"interval": 60, "anchor_date": soon}, "active": True}
        self._answer("POST", f"{path}/schedules", [often])
        # It plans at once for what was changed just now, and else once a minute.
        self.change(path, paused=False)

    def pause(self, name: str) -> None:
        """Nothing more is planned."""
        self.ask(f"deployments/{self.deployment(name)['id']}/pause_deployment")

    def _answer(self, method: str, path: str, body: Any = None) -> httpx.Response:
        def answer() -> httpx.Response | None:
            given = self.client.request(method, path, json=body)
            # What it says while its database is busy; Prefect's own client tries again, too.
            return None if given.status_code == 503 else given

        return eventually(answer).raise_for_status()

    def of_run(self, what: str, run: str) -> list[dict[str, Any]]:
        """The task runs, logs or artifacts of a flow run."""
        runs = {"flow_run_id": {"any_": [run]}}
        if what == "task_runs":
            return list(self.ask("task_runs/filter", flow_runs={"id": {"any_": [run]}}))
        return list(self.ask(f"{what}/filter", **{what: runs}))

    def run(self, name: str, state: dict[str, Any] | None = None, **parameters: Any) -> Any:
        """A flow run of a deployment, when it is over."""
        body: dict[str, Any] = {"parameters": parameters}
        if state:
            body["state"] = state
        path = f"deployments/{self.deployment(name)['id']}/create_flow_run"
        return self.end_of(self.ask(path, **body)["id"])

    def end_of(self, run: str) -> Any:
        """A flow run when it is over. One that crashed is begun again."""

        def over() -> Any:
            found = self._answer("GET", f"flow_runs/{run}").json()
            return found if found["state_type"] in ("COMPLETED", "FAILED") else None

        return eventually(over)


@pytest.fixture(scope="session")
def empty_database(made_once: Callable[..., Path]) -> Path:
    """A server's database as it is before its first start is over: to make one takes 5 s."""

    def make(home: Path) -> None:
        upgrade = [BIN / "prefect", "server", "database", "upgrade", "--yes"]
        variables = {"PREFECT_HOME": str(home), "COVERAGE_PROCESS_CONFIG": ""}
        subprocess.run(upgrade, env=environment(**variables), check=True, capture_output=True)

    return made_once("empty-database", make) / "prefect.db"


@contextmanager
def prefect_server(folder: Path, database: Path | None = None, **more: str) -> Iterator[Prefect]:
    """A server on a free port, with a copy of a database or a new one; ``more``: its variables."""
    if database:
        shutil.copy(database, folder / "prefect.db")
    port = free_port()
    variables = {"PREFECT_HOME": str(folder), "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    command = [BIN / "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    quick = {"PREFECT_SERVER_UI_ENABLED": "false", "COVERAGE_PROCESS_CONFIG": ""}
    log = folder / "server.log"
    with (
        running(command, folder, log, **(variables | quick | more)) as server,
        httpx.Client(base_url=variables["PREFECT_API_URL"], timeout=30) as client,
    ):
        served = Prefect(client, variables)

        def healthy() -> bool:
            assert server.poll() is None, log.read_text()
            return served.answers()

        eventually(healthy)
        yield served


@pytest.fixture(scope="session")
def prefect(
    project: Project, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prefect]:
    """The project's deployments on a server, with a worker that carries them out."""
    folder = tmp_path_factory.mktemp("prefect")
    with prefect_server(folder, empty_database) as served:
        project.run("digest", "deploy", **served.variables)
        # Nobody waits until tomorrow for a scheduled run.
        served.plan_soon("daily-digest/daily")
        worker = [BIN / "prefect", "worker", "start", "--pool", "digest", "--type", "process"]
        poll = {"PREFECT_WORKER_QUERY_SECONDS": "1"}
        with running(worker, folder, folder / "worker.log", **served.variables, **poll):
            yield served


def prefect_database(cluster: Any) -> str:
    """URL of an empty database of a PostgreSQL, as a Prefect server wants it."""
    return str(cluster.new_database()).replace("://", "+asyncpg://")


@pytest.fixture(scope="session")
def tools() -> SimpleNamespace:
    """For tests that start servers and workers of their own, stop and kill them."""
    return SimpleNamespace(
        BIN=BIN,
        Prefect=Prefect,
        environment=environment,
        eventually=eventually,
        follow=follow,
        free_port=free_port,
        prefect_database=prefect_database,
        running=running,
    )


@pytest.fixture(scope="session")
def start_prefect(empty_database: Path) -> Callable[..., AbstractContextManager[Prefect]]:
    """``start_prefect(folder, **variables)``: a server for a module of its own."""

    def start(folder: Path, **variables: str) -> AbstractContextManager[Prefect]:
        return prefect_server(folder, empty_database, **variables)

    return start


@pytest.fixture(scope="session")
def start_busy_prefect(
    other_postgresql_server: Any,
) -> Callable[[Path], AbstractContextManager[Prefect]]:
    """``start_busy_prefect(folder)``: a server on PostgreSQL, for tests that wait for automations.

    On SQLite, a busy one drops some of its events, and with them what its automations wait for.
    """

    def start(folder: Path) -> AbstractContextManager[Prefect]:
        database = prefect_database(other_postgresql_server)
        return prefect_server(folder, PREFECT_SERVER_DATABASE_CONNECTION_URL=database)

    return start


@pytest.fixture(scope="session")
def start_worker() -> Callable[..., AbstractContextManager[subprocess.Popen[bytes]]]:
    """``start_worker(served, folder, name, limit)``: a worker of that server for so many runs at
    once; its log is in the folder."""

    def start(served: Prefect, folder: Path, name: str, limit: int) -> AbstractContextManager[Any]:
        options = ["--pool", "digest", "--type", "process", "--name", name, "--limit", str(limit)]
        poll = {"PREFECT_WORKER_QUERY_SECONDS": "1"}
        command = [BIN / "prefect", "worker", "start", *options]
        return running(command, folder, folder / f"{name}.log", **served.variables, **poll)

    return start


@pytest.fixture(scope="session")
def new_project() -> Callable[[Path, dict[str, Any], Sequence[Feed]], Project]:
    """``new_project(folder, settings, feeds)``: a copy of the project that follows these."""

    def make(folder: Path, settings: dict[str, Any], feeds: Sequence[Feed]) -> Project:
        copy_of_the_project(folder)
        project = Project(folder, "", datetime.now(UTC))
        project.settings.parent.mkdir(parents=True)
        (project.settings.parent / "feeds.opml").write_bytes(subscriptions.write(feeds))
        project.settings.write_text(yaml.safe_dump({"feeds": "feeds.opml"} | settings), "utf-8")
        return project

    return make
