"""What the tests of several rooms share."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from filelock import FileLock
from sqlalchemy import create_engine, text

from digest.model import Article
from digest.sample.newsroom import Newsroom, Piece, load
from digest.summarize.models import Encoder

# Started from a script in the background, the tests inherit an ignored Ctrl-C, and so would every
# program that they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that wait for servers come first: one file goes to one process, and their files take
    so long that, last, they would be waited for alone."""
    long = {"prefect", "slow"}
    items.sort(key=lambda item: long.isdisjoint(mark.name for mark in item.iter_markers()))


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The real one; its weights are read once, by the first test that needs them."""
    return Encoder()


@pytest.fixture(scope="session")
def newsroom() -> Newsroom:
    """The sample newsroom as it stands at a morning's cut-off."""
    return load(datetime(2026, 11, 17, 7, tzinfo=UTC))


@pytest.fixture(scope="session")
def news(newsroom: Newsroom) -> dict[str, list[Article]]:
    """The newsroom's articles by event, newest first, as ingest would give them at its best."""
    events: dict[str, list[Article]] = {}
    for piece in newsroom.pieces:
        events.setdefault(piece.event, []).append(_article(piece))
    return events


def _article(piece: Piece) -> Article:
    return Article(
        url=f"https://news.example{piece.path}",
        title=piece.title,
        paragraphs=piece.paragraphs,
        source=piece.outlet.name,
        author=piece.author,
        published=piece.published.astimezone(UTC),
        language=piece.outlet.language,
    )


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """``made_once(name, make)``: the folder that ``make(folder)`` makes, once for all the processes
    among which the tests are shared out. Nobody may change it."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent

    def made(name: str, make: Callable[[Path], object]) -> Path:
        with FileLock(base / f"{name}.lock"):
            if not (base / name).exists():
                # A half-made one is nobody's.
                make(base / f"{name}-in-making")
                (base / f"{name}-in-making").rename(base / name)
        return base / name

    return made


@dataclass(frozen=True, slots=True)
class Cluster:
    """A throwaway PostgreSQL, reached by a Unix socket in its folder and from this machine."""

    folder: Path
    port: int
    pg_ctl: str
    identity: dict[str, Any]

    def command(self, *words: str | Path) -> None:
        # Into a file: a pipe would stay open as long as the server, which inherits it.
        with (self.folder / "log").open("ab") as log:
            done = subprocess.run(words, cwd=self.folder, stdout=log, stderr=log, **self.identity)
        if done.returncode:
            pytest.fail(f"{words[0]} failed:\n{(self.folder / 'log').read_text()}")

    def start(self) -> None:
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c fsync=off "
            f"-c unix_socket_directories={self.folder} -c max_connections=200"
        )
        self.command(self.pg_ctl, "-D", self.folder / "data", "-w", "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """``immediate`` is as if the power had failed."""
        self.command(self.pg_ctl, "-D", self.folder / "data", "-w", "-m", mode, "stop")

    def url(self, database: str) -> str:
        return f"postgresql://digest@/{database}?host={self.folder}&port={self.port}"

    def over_tcp(self, url: str) -> str:
        """The same database by an address of this machine."""
        database = url.partition("@/")[2].partition("?")[0]
        return f"postgresql://digest@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """URL of an empty database, in a zone that is not UTC."""
        name = f"t{uuid4().hex}"
        admin = self.url("postgres").replace("://", "+psycopg://")
        engine = create_engine(admin, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
            connection.execute(text(f"ALTER DATABASE {name} SET timezone = 'Asia/Seoul'"))
        engine.dispose()
        return self.url(name)


@contextmanager
def postgresql_cluster() -> Iterator[Cluster]:
    """A cluster for as long as the block lasts; skips the test where PostgreSQL is missing."""
    initdb, pg_ctl = _binary("initdb"), _binary("pg_ctl")
    if not initdb or not pg_ctl:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not installed")
    # Not tmp_path_factory: its folders are closed to other users, and too long for a socket's path.
    folder = Path(tempfile.mkdtemp(prefix="digest-pg-"))
    user = _unprivileged()
    identity: dict[str, Any] = {}
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    cluster = Cluster(folder, port, pg_ctl, identity)
    try:
        names = ("-U", "digest", "-A", "trust", "-E", "UTF8", "--no-sync")
        cluster.command(initdb, "-D", folder / "data", *names)
        cluster.start()
        yield cluster
        cluster.stop()
    finally:
        shutil.rmtree(folder)


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
def postgresql_server() -> Iterator[Cluster]:
    with postgresql_cluster() as cluster:
        yield cluster


@pytest.fixture
def postgresql_url(postgresql_server: Cluster) -> str:
    """URL of an empty database."""
    return postgresql_server.new_database()


@pytest.fixture(scope="session")
def other_postgresql_server() -> Iterator[Cluster]:
    """One that lives on while the first is stopped."""
    with postgresql_cluster() as cluster:
        yield cluster
