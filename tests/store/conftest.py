"""Every scenario runs on SQLite and, where its binaries are, on a PostgreSQL of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from digest.store.store import Store

WORKER = Path(__file__).with_name("store_worker.py")


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
