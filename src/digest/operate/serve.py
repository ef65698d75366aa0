"""``digest serve``: a Prefect server, our deployments on it and a worker, on one machine.

Server and worker are programs of their own that are looked after here. The server is one that is
there already, or is started and ended together with the worker.
"""

from __future__ import annotations

import gc
import hashlib
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from digest import subscriptions
from digest.editing.window import next_cutoff
from digest.model import DigestError
from digest.operate.client import api_url
from digest.operate.follow import Follower, console, show
from digest.operate.jobs import Job, jobs
from digest.operate.supervise import Program, Supervisor
from digest.operate.unfinished import requeue
from digest.settings import Settings

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

    from digest.operate.deploy import Change

SERVER, WORKER = "the Prefect server", "the worker"
STARTS_WITHIN = 120
"""Seconds in which a Prefect server must answer: the first time it makes its database."""
GRACE = 2.0
"""Seconds that the server gets to end by itself."""
ANSWERS_WITHIN = 2.0
"""Seconds after which a request to the server is given up, and made again later."""
ROUND = 0.5
"""Seconds between two looks at programs and runs."""
QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "digest",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_WORKER_QUERY_SECONDS": "2",
}
"""What server and worker are told: nothing to anybody outside, everything of ours to the server."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where Prefect's API is, and whether it answers."""

    url: str
    answers: bool

    @property
    def page(self) -> str:
        """The address of its web page."""
        return self.url.removesuffix("/api")


def serve_from(home: Path, settings: Settings, project: Path) -> None:
    """Runs until it is interrupted or terminated, and leaves nothing running.

    Args:
        home: A folder for the programs' output. No other process may serve from it; see ``alone``.
        settings: All settings.
        project: The project's folder, which holds the flows.

    Raises:
        DigestError: there is no server, and why.
    """
    from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    home.mkdir(parents=True, exist_ok=True)
    pool, worker = settings.prefect.work_pool, worker_name(home)
    with stoppable(), Supervisor(str(home), GRACE) as programs:
        server = find_server()
        if not server.answers:
            _start_server(programs, server, home)
        _deploy(settings, project, server)
        # Whoever looks after programs cannot wait for a server that comes back a minute later.
        hasty = {PREFECT_API_URL: server.url, PREFECT_CLIENT_MAX_RETRIES: 0}
        with temporary_settings(hasty), _client() as client:
            take_back = partial(_take_back, client, pool, worker)
            try:
                programs.start(_worker(pool, worker, home, server, take_back))
                for line in announcement(settings, server, datetime.now(UTC)):
                    console.print(line)
                _follow(programs, client, pool)
            finally:
                # Asked to end, it would mark its runs Crashed, and that is not what they did.
                programs.kill(WORKER)
                take_back()


def plan(settings: Settings, project: Path) -> Iterator[str]:
    """What ``serve_from`` would do, line by line; nothing is changed.

    Raises:
        DigestError: the configured server does not answer.
    """
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from digest.operate.deploy import Change, deploy

    server = find_server()
    if server.answers:
        yield f"would use the Prefect server at {server.page}"
        with temporary_settings({PREFECT_API_URL: server.url}):
            changes = deploy(settings, project, check=True)
    else:
        yield f"would start a Prefect server at {server.page}, and compare with what it knows:"
        pool = Change("create", "work pool", settings.prefect.work_pool)
        wanted = jobs(settings, subscriptions.read(settings.feeds))
        changes = (pool, *(Change("create", "deployment", job.full_name) for job in wanted))
    for change in changes:
        yield f"would {told(change)}"
    yield f"would start a worker for the work pool {settings.prefect.work_pool}"


def told(change: Change) -> str:
    """A change in words: ``create the deployment daily-digest/daily``."""
    differs = f" ({', '.join(change.differs)})" if change.differs else ""
    return f"{change.what} the {change.kind} {change.name}{differs}"


def find_server() -> Server:
    """The server that Prefect's settings name, else the place of one on this machine.

    Raises:
        DigestError: one is configured and does not answer.
    """
    from prefect.settings import get_current_settings

    url = api_url()
    server = Server(url, _answers(url))
    if not server.answers and get_current_settings().api.url:
        raise DigestError(
            f"the Prefect server at {url} does not answer: start it, or unset "
            "PREFECT_API_URL to have one started here"
        )
    return server


def worker_name(home: Path) -> str:
    """The same each time it is served from this folder of this machine, and nowhere else."""
    place = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:8]
    return f"digest serve, {socket.gethostname()}, {place}"


def announcement(settings: Settings, server: Server, now: datetime) -> Iterator[str]:
    """Where to look, and what comes when, in this machine's time."""
    yield f"The Prefect UI is at {server.page}"
    yield "Next runs:"
    wanted = jobs(settings, subscriptions.read(settings.feeds))
    for at, job in sorted(((_next(job, now), job) for job in wanted if job.schedule), key=_first):
        yield f"  {at.astimezone():%a %d %b %H:%M}  {job.full_name}"
    yield "Ctrl-C ends all. The runs:"


def _first(pair: tuple[datetime, Job]) -> datetime:
    return pair[0]


def _next(job: Job, now: datetime) -> datetime:
    return next_cutoff(job.schedule, job.timezone, now)


@contextmanager
def stoppable() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal end the block, and nothing disturbs that end."""
    stops = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        stops.append(signal.SIGHUP)

    def stop(*_: object) -> None:
        for each in stops:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    # Also where a script started this in the background, with Ctrl-C ignored.
    for each in stops:
        signal.signal(each, stop)
    with suppress(KeyboardInterrupt):
        yield
    # All that was imported goes with the process; collecting it first takes a second or more.
    gc.freeze()


def _start_server(programs: Supervisor, server: Server, home: Path) -> None:
    log = home / "server.log"
    log.write_bytes(b"")
    port = str(httpx.URL(server.url).port)
    command = ("server", "start", "--host", "127.0.0.1", "--port", port)
    console.print(f"Starting a Prefect server at {server.page} …")
    programs.start(Program(SERVER, _prefect(*command), log, QUIET))
    deadline = time.monotonic() + STARTS_WITHIN
    while not _answers(server.url):
        if died := programs.tend():
            raise DigestError(f"{died[0].partition(';')[0]}; its last words:\n{_tail(log)}")
        if time.monotonic() > deadline:
            raise DigestError(
                f"the Prefect server at {server.url} did not answer within {STARTS_WITHIN} s; "
                f"what it says is in {log}"
            )
        time.sleep(0.1)


def _deploy(settings: Settings, project: Path, server: Server) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from digest.operate.deploy import deploy

    with temporary_settings({PREFECT_API_URL: server.url}):
        changes = deploy(settings, project)
    for change in changes:
        if change.what != "keep":
            console.print(told(change).capitalize())


def _worker(
    pool: str, name: str, home: Path, server: Server, take_back: Callable[[], bool]
) -> Program:
    log = home / "worker.log"
    log.write_bytes(b"")
    command = ("worker", "start", "--pool", pool, "--type", "process", "--name", name)
    environment = {**QUIET, "PREFECT_API_URL": server.url}
    return Program(WORKER, _prefect(*command), log, environment, take_back)


def _prefect(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "prefect", *words)


def _follow(programs: Supervisor, client: SyncPrefectClient, pool: str) -> None:
    """Looks after the programs and shows what the runs say, until an exception ends it."""
    follower, away = Follower(pool), False
    while True:
        for line in programs.tend():
            _warn(line)
            away = True
        try:
            show(follower.news(client))
            away = False
        except httpx.HTTPError as error:
            if not away:
                _warn(f"{SERVER} does not answer ({error}); waiting for it")
            away = True
        time.sleep(ROUND)


def _warn(text: str) -> None:
    console.print(f"{datetime.now(UTC).astimezone():%H:%M:%S}  {text}", style="yellow")


def _take_back(client: SyncPrefectClient, pool: str, worker: str) -> bool:
    """Whether the worker's unfinished runs could be put back into the queue."""
    try:
        for name in requeue(client, pool, worker):
            _warn(f"{name} was interrupted and is made again")
    except httpx.HTTPError:
        return False
    return True


@contextmanager
def _client() -> Iterator[SyncPrefectClient]:
    from prefect.client.orchestration import get_client

    with get_client(httpx_settings={"timeout": ANSWERS_WITHIN}, sync_client=True) as client:
        yield client


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=ANSWERS_WITHIN).is_success
    except httpx.TransportError:
        return False


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").split("\n")[-10:])
