"""Every scenario runs on SQLite and, where its binaries are, on a PostgreSQL of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from digest.store.store import Store

WORKER = Path(__file__).with_name("store_worker.py")


def _binary(name: str) -> str | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = (shutil.which(name, path=str(folder)) for folder in folders)
    return shutil.which(name) or next(filter(None, found), None)


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as where the tests run as root, whom it refuses."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of a throwaway cluster, without a database's name; reached by a Unix socket only."""
    initdb, pg_ctl = _binary("initdb"), _binary("pg_ctl")
    if not initdb or not pg_ctl:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not installed")
    # Not tmp_path_factory: its folders are closed to other users, and too long for a socket's path.
    folder = Path(tempfile.mkdtemp(prefix="digest-pg-"))
    user = _unprivileged()
    identity = {}
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    data = folder / "data"

    def command(*words: str | Path) -> None:
        # Into a file: a pipe would stay open as long as the server, which inherits it.
        with (folder / "log").open("ab") as log:
            done = subprocess.run(words, cwd=folder, stdout=log, stderr=log, **identity)
        if done.returncode:
            pytest.fail(f"{words[0]} failed:\n{(folder / 'log').read_text()}")

    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    try:
        command(initdb, "-D", data, "-U", "digest", "-A", "trust", "-E", "UTF8", "--no-sync")
        command(pg_ctl, "-D", data, "-w", "-o", options, "start")
        yield f"postgresql://digest@/{{}}?host={folder}"
        command(pg_ctl, "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """URL of an empty database, in a zone that is not UTC."""
    name = f"t{uuid4().hex}"
    admin = postgresql_server.format("postgres").replace("://", "+psycopg://")
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        connection.execute(text(f"ALTER DATABASE {name} SET timezone = 'Asia/Seoul'"))
    engine.dispose()
    return postgresql_server.format(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'news' / 'digest.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """URL of a store that does not exist yet."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as store:
        yield store


@dataclass
class Worker:
    """Another process that works on the store: see ``store_worker.py``."""

    process: subprocess.Popen[str]

    def wait_for(self, word: str) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline() == f"{word}\n"

    def go(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self) -> str:
        """What it printed at its end, which must be a good one."""
        output, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return output.strip()


@pytest.fixture
def start_worker(url: str) -> Iterator[Callable[..., Worker]]:
    """Starts ``store_worker.py JOB URL WORD…``, which is killed at the end if it still runs."""
    processes: list[subprocess.Popen[str]] = []

    def start(job: str, *words: str) -> Worker:
        processes.append(
            subprocess.Popen(
                [sys.executable, WORKER, job, url, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return Worker(processes[-1])

    yield start
    for process in processes:
        process.kill()
        process.communicate()
