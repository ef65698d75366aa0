"""Ingest over two workers, on PostgreSQL: real processes, and one of the workers is lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from prefect.settings import PREFECT_API_URL, temporary_settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from digest import settings, subscriptions
from digest.model import Feed
from digest.operate import subruns
from digest.operate.shards import Work, gather_in_parts, gather_part, gathering
from digest.run import Gathered, gather
from digest.settings import EditionSettings, IngestSettings, Settings
from digest.stages.gather import Reading
from digest.stages.order import Order
from digest.stages.shard import WHOLE, Shard, shard_of
from digest.stages.tally import NOT_ASKED
from digest.store.store import Store

pytestmark = pytest.mark.prefect

PARTS = 2
HOSTS = [f"127.0.9.{number}" for number in range(1, 13)]
LATENCY = 0.05
PATIENCE = 300
NEVER = "0 0 29 2 *"
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


class World:
    """Two feeds on each of many hosts, whose articles are on other hosts, and who asked for what.

    Among the articles are one that is in two feeds, and one whose page is on a site of another
    part than its link; so is one of the feeds.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.held = ""
        """What begins with this path is not answered for the time being."""
        self.asked: Counter[tuple[str, str]] = Counter()
        self.most: Counter[str] = Counter()
        """Requests at once, for each host."""
        self._now: Counter[str] = Counter()
        self._pages: dict[str, list[str]] = {}
        away = self.elsewhere(HOSTS[0])
        self.redirects = {
            (HOSTS[0], "/feed/a"): self.url(away, "/feed/c"),
            (HOSTS[0], "/a/moved"): self.url(away, "/a/here"),
        }
        self.publish("morning")
        self._pages[self.feeds[0].url].append(self.url(HOSTS[0], "/a/moved"))
        for feed in self.feeds[2:4]:
            self._pages[feed.url].append(self.url(HOSTS[5], "/a/shared"))

    def url(self, host: str, path: str) -> str:
        return f"http://{host}:{self.port}{path}"

    def part(self, host: str) -> Shard:
        return shard_of(self.url(host, "/"), PARTS)

    def elsewhere(self, host: str) -> str:
        return next(other for other in HOSTS if self.part(other) != self.part(host))

    def reads(self, part: Shard) -> bool:
        """Whether an article of the part has been asked for."""
        return any(path.startswith("/a/") and self.part(host) == part for host, path in self.asked)

    @property
    def feeds(self) -> list[Feed]:
        return [Feed(self.url(host, f"/feed/{name}")) for host in HOSTS for name in "ab"]

    @property
    def pages(self) -> set[str]:
        """Where all articles are read in the end."""
        told = {page for pages in self._pages.values() for page in pages}
        moved = {self.url(*place): target for place, target in self.redirects.items()}
        return {moved.get(page, page) for page in told}

    def publish(self, name: str) -> None:
        """An article a feed, on the host after the feed's."""
        for number, feed in enumerate(self.feeds):
            host = HOSTS[(number // 2 + 1) % len(HOSTS)]
            for part in "xy":
                page = self.url(host, f"/a/{name}-{number}{part}")
                self._pages.setdefault(feed.url, []).append(page)

    async def answer(self, request: Request) -> Response:
        host, path = request.url.hostname or "", request.url.path
        self.asked[host, path] += 1
        self._now[host] += 1
        self.most[host] = max(self.most[host], self._now[host])
        try:
            await asyncio.sleep(LATENCY)
            while self.held and path.startswith(self.held) and not await request.is_disconnected():
                await asyncio.sleep(LATENCY)
        finally:
            self._now[host] -= 1
        if target := self.redirects.get((host, path)):
            return RedirectResponse(target, 302)
        if path.startswith("/a/"):
            return Response(article(path), media_type="text/html")
        if path.startswith("/feed/"):
            feed = self.feeds[0] if path == "/feed/c" else Feed(self.url(host, path))
            return Response(rss(self._pages[feed.url]), media_type="application/rss+xml")
        return Response(status_code=404)


def article(path: str) -> str:
    text = "".join(
        f"<p>Paragraph {n} of {path}, which has words enough to be one.</p>" for n in range(8)
    )
    return f"<html><body><article><h1>{path}</h1>{text}</article></body></html>"


def rss(pages: list[str]) -> str:
    items = "".join(f"<item><title>{page}</title><link>{page}</link></item>" for page in pages)
    return f'<rss version="2.0"><channel><title>A feed</title>{items}</channel></rss>'


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with ExitStack() as stack:
        first = stack.enter_context(socket.create_server((HOSTS[0], 0)))
        port = first.getsockname()[1]
        others = [stack.enter_context(socket.create_server((host, port))) for host in HOSTS[1:]]
        world = World(port)
        app = Starlette(routes=[Route("/{path:path}", world.answer)])
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([first, *others],), daemon=True)
        thread.start()
        yield world
        server.should_exit = True
        thread.join()


def eventually(look: Any) -> Any:
    """What ``look`` finds as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, f"{look.__qualname__} finds nothing"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def project(world: World, postgresql_server: Any, new_project: Any, tmp_path_factory: Any) -> Any:
    folder = tmp_path_factory.mktemp("sharded") / "project"
    folder.mkdir()
    given = {
        "store": postgresql_server.new_database(),
        "editions": {"daily": {"schedule": NEVER, "look_back_hours": 24 * 31}},
        "ingest": {"schedule": NEVER, "shards": PARTS},
        "fetch": {"allow_private": True, "per_host": 1, "timeout": 60},
    }
    return new_project(folder, given, world.feeds)


@pytest.fixture(scope="module")
def loaded(project: Any) -> Settings:
    return settings.load(project.settings)


@pytest.fixture(scope="module")
def prefect(project: Any, start_busy_prefect: Any, tmp_path_factory: Any) -> Iterator[Any]:
    """A server with the project's deployments, and in this process the settings to reach it."""
    with start_busy_prefect(tmp_path_factory.mktemp("server")) as served:
        project.run("digest", "deploy", **served.variables)
        with temporary_settings({PREFECT_API_URL: served.variables["PREFECT_API_URL"]}):
            yield served


def parts(prefect: Any, started: str) -> dict[str, Any]:
    """The runs of parts that were started since, by name."""
    since = {"expected_start_time": {"after_": started}, "name": {"like_": " of "}}
    return {run["name"]: run for run in prefect.ask("flow_runs/filter", flow_runs=since)}


def process_of(run: str) -> int | None:
    """The process that carries out a flow run."""
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"PREFECT__FLOW_RUN_ID={run}".encode() in environment.read_bytes().split(b"\0"):
                return int(environment.parent.name)
        except OSError:  # it has ended meanwhile
            continue
    return None


def parent_of(process: int) -> int:
    """The process that started it."""
    # After the name, which may have spaces in it, come the state and the parent.
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.fixture(scope="module")
def ingested(
    world: World, prefect: Any, start_worker: Any, tmp_path_factory: Any
) -> Iterator[SimpleNamespace]:
    """An ingest in parts by two workers, one of which is lost while articles are read.

    The first one has room for the coordinator and one part, and stays.
    """
    folder = tmp_path_factory.mktemp("workers")
    ingest = prefect.deployment("ingest/feeds")["id"]
    world.held = "/a/"
    with start_worker(prefect, folder, "one", 2):
        began = prefect.ask(f"deployments/{ingest}/create_flow_run", parameters={})

        def of_parts() -> dict[str, Any]:
            return parts(prefect, began["expected_start_time"])

        eventually(of_parts)
        with start_worker(prefect, folder, "two", 1) as second:
            eventually(lambda: all(map(world.reads, (Shard(1, PARTS), Shard(2, PARTS)))))
            # A worker's log also names runs that the other one was quicker to take.
            [(lost, taken)] = [
                (run, process)
                for name, run in of_parts().items()
                if name.startswith("articles")
                and (process := process_of(run["id"]))
                and parent_of(process) == second.pid
            ]
            for process in (second.pid, taken):
                os.kill(process, signal.SIGKILL)
        world.held = ""
        # What one automation does when it has missed the signs of life for long enough; the other
        # one then starts the run again.
        prefect.ask(f"flow_runs/{lost['id']}/set_state", state={"type": "CRASHED"})
        run = prefect.end_of(began["id"])
        yield SimpleNamespace(run=run, lost=lost["name"], parts=of_parts(), logs=folder)


def articles(loaded: Settings) -> list[str]:
    with Store.open(loaded.store) as store:
        feeds = [feed.url for feed in subscriptions.read(loaded.feeds)]
        now = datetime.now(UTC)
        return [each.article.url for each in store.candidates(feeds, YESTERDAY, now, now)]


def test_every_article_is_there_once(ingested, world: World, loaded: Settings):
    assert ingested.run["state_type"] == "COMPLETED", ingested.run["state"]["message"]
    assert sorted(articles(loaded)) == sorted(world.pages)


def test_a_part_whose_machine_is_lost_is_done_by_another_one(ingested):
    lost = ingested.parts[ingested.lost]
    assert (lost["state_type"], lost["run_count"]) == ("COMPLETED", 2)


def test_no_host_gets_more_requests_at_once_than_the_settings_allow(ingested, world: World):
    assert world.most == dict.fromkeys(HOSTS, 1)


def test_no_page_is_asked_for_twice_but_those_of_the_lost_part_and_those_that_lead_elsewhere(
    ingested, world: World
):
    again = {place for place, times in world.asked.items() if times > 1}
    kept_going = {place for place in again if f"articles {world.part(place[0])}" != ingested.lost}
    # A site's robots.txt is asked for again by whoever follows the page that leads elsewhere.
    assert {place for place in kept_going if place[1] != "/robots.txt"} <= set(world.redirects)


def test_both_workers_take_part(ingested):
    first, second = ((ingested.logs / f"{name}.log").read_text() for name in ("one", "two"))
    lost = ingested.parts[ingested.lost]["id"]
    assert lost in first
    assert lost in second
    assert any(run["id"] in first for run in ingested.parts.values() if run["run_count"] == 1)


def test_the_parts_are_subflow_runs_with_names_that_tell_what_they_are(ingested, prefect):
    assert set(ingested.parts) == {
        *("feeds 1 of 2", "feeds 2 of 2"),
        *("articles 1 of 2", "articles 2 of 2"),
    }
    tasks = prefect.of_run("task_runs", ingested.run["id"])
    assert {run["parent_task_run_id"] for run in ingested.parts.values()} <= {
        t["id"] for t in tasks
    }
    assert len(tasks) <= 2 * PARTS + 2
    assert ingested.run["name"].startswith("ingest ")


def test_the_run_shows_how_each_feed_answered(ingested, world: World, prefect):
    [table] = prefect.of_run("artifacts", ingested.run["id"])
    rows = json.loads(table["data"])
    assert Counter(row["outcome"] for row in rows) == {"read": len(world.feeds)}
    assert sum(row["new entries"] for row in rows) == 2 * len(world.feeds) + 3


def gathered(loaded: Settings, world: World, settle: bool = False) -> Gathered:
    """What a coordinator in this process brings in."""
    with Store.open(loaded.store) as store:
        return gather_in_parts(loaded, store, world.feeds, YESTERDAY, settle)


@contextmanager
def paused(prefect: Any) -> Iterator[None]:
    """The workers begin nothing new as long as the block lasts."""
    prefect.change("work_pools/digest", is_paused=True)
    yield
    prefect.change("work_pools/digest", is_paused=False)


def test_what_no_worker_takes_the_coordinator_does_itself(
    ingested, world: World, loaded: Settings, prefect, monkeypatch
):
    monkeypatch.setattr(subruns, "QUIET", 2)
    world.publish("noon")
    began = datetime.now(UTC).isoformat()
    with paused(prefect):
        brought = gathered(loaded, world, settle=True)
    assert Counter(check.outcome for check in brought.checks) == {"read": len(world.feeds)}
    assert brought.reading == Reading(fetched=2 * len(world.feeds))
    assert brought.missing == ()
    assert sorted(articles(loaded)) == sorted(world.pages)
    runs = parts(prefect, began)
    assert len(runs) == 2 * PARTS
    assert {run["state_type"] for run in runs.values()} == {"CANCELLED"}


def test_a_part_that_hangs_is_named_and_ended_and_all_others_are_done(
    ingested, world: World, loaded: Settings, prefect, monkeypatch
):
    monkeypatch.setattr(subruns, "QUIET", 2)
    world.publish("evening")
    began = datetime.now(UTC).isoformat()
    hangs, goes_on = (f"feeds {part} of {PARTS}" for part in (1, 2))

    def states() -> dict[str, str]:
        return {name: run["state_type"] for name, run in parts(prefect, began).items()}

    def wait_no_longer() -> None:
        eventually(lambda: states() == {hangs: "RUNNING", goes_on: "COMPLETED"})
        monkeypatch.setattr(subruns, "LONGEST", 0)

    with (
        Store.open(loaded.store) as store,
        store.alone(f"the feeds, part {Shard(1, PARTS)}"),
        ThreadPoolExecutor() as pool,
    ):
        waiting = pool.submit(wait_no_longer)
        brought = gathered(loaded, world)
        waiting.result()
    part = {feed.url: shard_of(feed.url, PARTS).index for feed in world.feeds}
    assert {check.reason for check in brought.checks if part[check.feed.url] == 1} == {NOT_ASKED}
    assert {check.outcome for check in brought.checks if part[check.feed.url] == 2} == {"read"}
    assert brought.missing[0] == hangs
    eventually(lambda: states()[hangs] == "CANCELLED")


def test_without_a_server_the_coordinator_does_everything_itself(
    ingested, world: World, loaded: Settings
):
    world.publish("night")
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        brought = gathered(loaded, world)
    assert {check.outcome for check in brought.checks} == {"read"}
    assert sorted(articles(loaded)) == sorted(world.pages)


def test_a_part_of_an_edition_asks_the_feeds_on_its_topics_only(
    world: World, loaded: Settings, tmp_path: Path
):
    asked = replace(world.feeds[4], topics=("a",))
    other = replace(world.feeds[5], topics=("b",))
    (tmp_path / "feeds.opml").write_bytes(subscriptions.write([asked, other]))
    mine = loaded.model_copy(
        update={
            "store": f"sqlite:///{tmp_path / 'digest.sqlite'}",
            "feeds": tmp_path / "feeds.opml",
            "editions": {"daily": EditionSettings(topics=("a",))},
        }
    )
    work = Work(of=1, floor=YESTERDAY, settle=True, edition="daily")
    for stage in ("feeds", "articles"):
        gather_part(mine, stage, WHOLE, work)
    with Store.open(mine.store) as store:
        assert set(store.feed_states([asked.url, other.url])) == {asked.url}
        now = datetime.now(UTC)
        assert store.candidates([asked.url], YESTERDAY, now, now)


def test_only_shards_make_a_run_share_its_work(loaded: Settings):
    whole = loaded.model_copy(update={"ingest": IngestSettings()})
    assert gathering(whole) is gather
    assert gathering(loaded).keywords == {"edition": ""}  # type: ignore[attr-defined]
    assert gathering(loaded, Order()).keywords == {"edition": "daily"}  # type: ignore[attr-defined]
