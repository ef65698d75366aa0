"""``digest serve``: a Prefect server, our deployments on it and a worker, on one machine.

Server and worker are programs of their own that are looked after here. The server is one that is
there already, or is started and ended together with the worker.
"""

from __future__ import annotations

import gc
import hashlib
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from digest import subscriptions
from digest.operate.follow import Follower, console, show
from digest.operate.jobs import jobs
from digest.operate.server import (
    ANSWERS_WITHIN,
    QUIET,
    SERVER,
    Server,
    find_server,
    prefect,
    start_server,
)
from digest.operate.supervise import Program, Supervisor
from digest.operate.telling import next_run, told
from digest.operate.unfinished import requeue, revive
from digest.settings import Settings

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

WORKER = "the worker"
GRACE = 1.5
"""Seconds that the server gets to end by itself."""
ROUND = 1.0
"""Seconds between two looks at programs and runs, and between the worker's two questions."""
LOOK_FOR_CRASHED = 5.0
"""Seconds between two looks for runs that crashed and that nobody begins again."""


def serve_from(home: Path, settings: Settings, project: Path) -> None:
    """Runs until it is interrupted or terminated, and leaves nothing running.

    Args:
        home: A folder for the programs' output. No other process may serve from it; see ``alone``.
        settings: All settings.
        project: The project's folder, which holds the flows.

    Raises:
        DigestError: there is no server, and why.
    """
    home.mkdir(parents=True, exist_ok=True)
    pool, worker = settings.prefect.work_pool, worker_name(home)
    with stoppable() as unless_asked, Supervisor(str(home), GRACE) as programs:
        from prefect.settings import (
            PREFECT_API_URL,
            PREFECT_CLIENT_MAX_RETRIES,
            temporary_settings,
        )

        server = find_server()
        if not server.answers:
            console.print(f"starting a Prefect server at {server.page} …")
        if not server.configured:
            start_server(programs, server, home, unless_asked)
        _deploy(settings, project, server)
        # Whoever looks after programs cannot wait for a server that comes back a minute later.
        hasty = {PREFECT_API_URL: server.url, PREFECT_CLIENT_MAX_RETRIES: 0}
        with temporary_settings(hasty), _client() as client:
            take_back = partial(_take_back, client, pool, worker)
            try:
                programs.start(_worker(pool, worker, home, server, take_back))
                for line in announcement(settings, server, datetime.now(UTC)):
                    console.print(line)
                _follow(programs, client, pool, unless_asked)
            finally:
                # Asked to end, it would mark its runs Crashed, and that is not what they did.
                programs.kill(WORKER)
                take_back()


def worker_name(home: Path) -> str:
    """The same each time it is served from this folder of this machine, and nowhere else."""
    place = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:8]
    return f"digest serve, {socket.gethostname()}, {place}"


def announcement(settings: Settings, server: Server, now: datetime) -> Iterator[str]:
    """Where to look, and what comes when, in this machine's time."""
    yield f"The Prefect UI is at {server.page}"
    yield "Next runs:"
    wanted = jobs(settings, subscriptions.read(settings.feeds))
    due = sorted((next_run(job, now), job.full_name) for job in wanted if job.schedule)
    yield from (f"  {at.astimezone():%a %d %b %H:%M}  {name}" for at, name in due)
    yield "Ctrl-C ends all. The runs:"


@contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """Ctrl-C, SIGTERM and a closed terminal end the block, and nothing disturbs that end.

    Yields what raises again where that was asked for and is not heeded yet: the first exception may
    have come inside somebody's callback or destructor, where Python and libraries swallow it.
    """
    asked = False
    stops = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        stops.append(signal.SIGHUP)

    def stop(*_: object) -> None:
        nonlocal asked
        asked = True
        for each in stops:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    def unless_asked() -> None:
        if asked:
            raise KeyboardInterrupt

    # Also where a script started this in the background, with Ctrl-C ignored.
    for each in stops:
        signal.signal(each, stop)
    with suppress(KeyboardInterrupt):
        yield unless_asked
    # All that was imported goes with the process; collecting it first takes a second or more.
    gc.freeze()


def _deploy(settings: Settings, project: Path, server: Server) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from digest.operate.deploy import deploy

    with temporary_settings({PREFECT_API_URL: server.url}):
        changes = deploy(settings, project)
    for change in changes:
        if change.what != "keep":
            console.print(told(change))


def _worker(
    pool: str, name: str, home: Path, server: Server, take_back: Callable[[], bool]
) -> Program:
    log = home / "worker.log"
    log.write_bytes(b"")
    command = ("worker", "start", "--pool", pool, "--type", "process", "--name", name)
    environment = {
        **QUIET,
        "PREFECT_API_URL": server.url,
        "PREFECT_WORKER_QUERY_SECONDS": str(ROUND),
    }
    return Program(WORKER, prefect(*command), log, environment, take_back)


def _follow(
    programs: Supervisor, client: SyncPrefectClient, pool: str, unless_asked: Callable[[], None]
) -> None:
    """Looks after programs and runs and shows what the runs say, until an exception ends it."""
    follower, away, looked = Follower(pool), False, 0.0
    while True:
        unless_asked()
        for line in programs.tend():
            _warn(line)
            away = True
        try:
            show(follower.news(client))
            if time.monotonic() - looked > LOOK_FOR_CRASHED:
                looked = time.monotonic()
                for name in revive(client):
                    _warn(f"{name} had crashed and is begun again")
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
