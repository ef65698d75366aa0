"""Ingest of 400 feeds in four parts by two workers, by one, and by a single process.

Everything runs on this machine: PostgreSQL, a Prefect server, the workers, and 100 sites on
loopback addresses that answer slowly and count how often each is asked at once. Each worker, and
the single process, is kept to one core, as if it were a small machine, and carries out one part at
a time. Takes about five minutes, and says little on a machine that is busy.
"""

from __future__ import annotations

import argparse
import asyncio
import runpy
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from sqlalchemy import create_engine, text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest import subscriptions
from digest.model import Feed

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
# How the tests start real servers, without Prefect's and PostgreSQL's own settings.
PREFECT = runpy.run_path(str(ROOT / "tests/flows/conftest.py"))
POSTGRESQL = runpy.run_path(str(ROOT / "tests/conftest.py"))

SHARDS = 4
NEVER = "0 0 29 2 *"
PARAGRAPH = "The council has said on Monday what it had been asked about the bridge since spring. "


@dataclass
class World:
    """Sites with four feeds each; the articles of a feed are on the site after its own."""

    hosts: list[str]
    feeds_a_site: int
    articles: int
    """Of each feed."""
    latency: float
    """Seconds until a site answers."""
    port: int = 0

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As if nobody had ever asked."""
        self.asked: Counter[str] = Counter()
        self.now: Counter[str] = Counter()
        self.most = 0
        """Requests at once to one site."""

    @property
    def feeds(self) -> list[Feed]:
        return [
            Feed(f"http://{host}:{self.port}/feed/{number}", f"Feed {number} of {host}")
            for host in self.hosts
            for number in range(self.feeds_a_site)
        ]

    async def answer(self, request: Request) -> Response:
        host, path = request.url.hostname or "", request.url.path
        self.asked[str(request.url)] += 1
        self.now[host] += 1
        self.most = max(self.most, self.now[host])
        await asyncio.sleep(self.latency)
        self.now[host] -= 1
        if path.startswith("/feed/"):
            return Response(self._feed(host, path), media_type="application/rss+xml")
        if path.startswith("/article/"):
            return Response(self._page(path), media_type="text/html")
        return Response(status_code=404)

    def _feed(self, host: str, path: str) -> str:
        there = self.hosts[(self.hosts.index(host) + 1) % len(self.hosts)]
        name = f"{host}-{path.rpartition('/')[2]}"
        links = [
            f"http://{there}:{self.port}/article/{name}-{each}" for each in range(self.articles)
        ]
        items = "".join(f"<item><title>{link}</title><link>{link}</link></item>" for link in links)
        return f'<rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'

    def _page(self, path: str) -> str:
        body = "".join(f"<p>{path}, {number}: {PARAGRAPH * 3}</p>" for number in range(10))
        return f"<html><body><article><h1>{path}</h1>{body}</article></body></html>"


@contextmanager
def serving(world: World) -> Iterator[None]:
    """The world on a free port of all of its addresses."""
    with ExitStack() as stack:
        first = stack.enter_context(socket.create_server((world.hosts[0], 0), backlog=1000))
        world.port = first.getsockname()[1]
        others = [
            stack.enter_context(socket.create_server((host, world.port), backlog=1000))
            for host in world.hosts[1:]
        ]
        app = Starlette(routes=[Route("/{path:path}", world.answer)])
        server = uvicorn.Server(
            uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
        )
        thread = threading.Thread(target=server.run, args=([first, *others],), daemon=True)
        thread.start()
        yield
        server.should_exit = True
        thread.join()


@dataclass(frozen=True, slots=True)
class Result:
    """What one way of doing it came to."""

    way: str
    seconds: float
    articles: int
    twice: int
    """Articles that are there more than once, and pages that were asked for more than once."""
    most: int
    """Requests at once to one site."""


def on_core(number: int, *command: str | Path) -> list[str | Path]:
    return ["taskset", "--cpu-list", str(number), *command]


def measure(
    way: str, shards: int, workers: int, world: World, database: str, served: Any, folder: Path
) -> Result:
    """One ingest into an empty store, from the start of its process to the end of it."""
    folder.mkdir()
    PREFECT["copy_of_the_project"](folder)
    (folder / "feeds.opml").write_bytes(subscriptions.write(world.feeds))
    settings = {
        "feeds": "feeds.opml",
        "store": database,
        "editions": {"daily": {"schedule": NEVER, "look_back_hours": 24}},
        "ingest": {"schedule": NEVER, "shards": shards},
        "fetch": {"allow_private": True},
    }
    (folder / "digest.yaml").write_text(yaml.safe_dump(settings))
    environment = PREFECT["environment"](
        DIGEST_CONFIG=str(folder / "digest.yaml"), **served.variables
    )
    subprocess.run([BIN / "digest", "deploy"], cwd=folder, env=environment, check=True)
    world.forget()
    with ExitStack() as stack:
        for number in range(workers):
            name = f"worker-{number}"
            start = [BIN / "prefect", "worker", "start", "--pool", "digest", "--limit", "1"]
            command = on_core(number, *start, "--name", name)
            log = folder / f"{name}.log"
            poll = {"PREFECT_WORKER_QUERY_SECONDS": "1"}
            variables = served.variables | poll
            stack.enter_context(PREFECT["running"](command, folder, log, **variables))
            PREFECT["eventually"](lambda log=log: "started" in log.read_text())
        began = time.monotonic()
        with (folder / "ingest.log").open("wb") as lines:
            subprocess.run(
                on_core(0, sys.executable, "flows/ingest.py"),
                cwd=folder,
                env=environment,
                stdout=lines,
                stderr=lines,
                timeout=300,
                check=True,
            )
        seconds = time.monotonic() - began
    engine = create_engine(database.replace("://", "+psycopg://"))
    with engine.connect() as connection:
        urls = connection.scalars(text("SELECT title FROM articles")).all()
    engine.dispose()
    # The next way takes this project's place on the server, as if it had been moved.
    shutil.rmtree(folder / "flows")
    pages = sum(times - 1 for url, times in world.asked.items() if "/article/" in url)
    return Result(way, seconds, len(set(urls)), len(urls) - len(set(urls)) + pages, world.most)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--sites", type=int, default=100)
    options.add_argument("--feeds", type=int, default=400)
    options.add_argument("--articles", type=int, default=5, help="of each feed")
    options.add_argument("--latency", type=float, default=0.3, help="seconds")
    given = options.parse_args()
    hosts = [f"127.0.{10 + number // 250}.{1 + number % 250}" for number in range(given.sites)]
    world = World(hosts, given.feeds // given.sites, given.articles, given.latency)
    ways = [
        ("one process, not in parts", 1, 0),
        (f"{SHARDS} parts, one worker", SHARDS, 1),
        (f"{SHARDS} parts, two workers", SHARDS, 2),
    ]
    with (
        tempfile.TemporaryDirectory() as name,
        POSTGRESQL["postgresql_cluster"]() as cluster,
        serving(world),
        PREFECT["prefect_server"](Path(name)) as served,
    ):
        results = [
            measure(way, shards, workers, world, cluster.new_database(), served, Path(name, str(n)))
            for n, (way, shards, workers) in enumerate(ways)
        ]
    print(f"{given.feeds} feeds on {given.sites} sites, {given.latency:g} s until one answers")
    print(f"{'':28}{'seconds':>9}{'articles':>10}{'twice':>7}{'at once to a site':>19}")
    for result in results:
        print(
            f"{result.way:28}{result.seconds:9.1f}{result.articles:10}{result.twice:7}"
            f"{result.most:19}"
        )
    one, two = results[1:]
    print(f"two workers are {one.seconds / two.seconds:.2f} times as fast as one")


if __name__ == "__main__":
    main()
