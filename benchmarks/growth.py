"""20,000 feeds and 400,000 entries a day, on paper, from what each part costs on this machine.

Measures the processor time and the room on disk of one unit of each kind of work, in this process
and on real data of the sample newsroom, then multiplies. ``--postgresql URL`` (an empty database)
measures that store too. Takes about two minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

import httpx
import numpy as np

from digest.editing.group import group, opening
from digest.ingest.extract import extract_page
from digest.ingest.fetch import Fetched, Fetcher, FetchPolicy
from digest.ingest.parse import parse_feed
from digest.model import Article, Entry, FeedState, Story
from digest.sample.newsroom import Newsroom, load
from digest.sample.press import print_run
from digest.store.store import Store
from digest.summarize.base import Brief
from digest.summarize.choosing.extractive import ExtractiveSummarizer
from digest.summarize.models import Encoder

FEEDS = 20_000
ENTRIES = 400_000
"""New ones a day; each leads to an article of its own, which is the worst case."""
CHECKS = 24
"""Of each feed a day."""
BUSIEST = 3
"""The busiest hour has so many times the mean hour's work."""
SHARE = 0.6
"""Of a core that may be busy, so that nothing waits long."""
KEPT_DAYS = 90
SECONDS_A_REQUEST = 1.0
"""Until an average site has answered: waiting, not work."""
CONCURRENCY = 32
"""Requests at once of one process, as ``fetch.concurrency`` is by default."""
EDITION = 5_000
"""Articles that one edition looks at: of the feeds on its topics, in a day."""
PAGES = Path(__file__).resolve().parents[2] / "shared/eval/pages.jsonl.gz"
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
PORT = 8799


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of work: what one unit costs and how many there are a day."""

    name: str
    milliseconds: float
    """Of one core, for one unit."""
    units: int
    """A day."""

    @property
    def core_hours(self) -> float:
        return self.milliseconds * self.units / 3_600_000

    @property
    def cores(self) -> float:
        """Needed in the busiest hour."""
        return self.core_hours / 24 * BUSIEST / SHARE


def milliseconds(work: Callable[[], object], units: int) -> float:
    """Processor time a unit, of this process and the children that ended meanwhile."""
    before = _processor_seconds()
    work()
    return (_processor_seconds() - before) * 1000 / units


def _processor_seconds() -> float:
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


@contextmanager
def newsroom_server() -> Iterator[str]:
    """The sample newsroom in another process, whose time does not count."""
    command = [sys.executable, "-m", "digest.sample", "--port", str(PORT)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{PORT}"
    try:
        for _ in range(100):
            try:
                httpx.get(f"{url}/robots.txt")
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait()


def fetching(feed: str, page: str, times: int = 300) -> tuple[float, float]:
    """Milliseconds for an unchanged feed and for a page, without what is done with them."""
    policy = FetchPolicy(allow_private=True, per_host=CONCURRENCY)

    async def ask(url: str, etag: str = "") -> None:
        async with Fetcher(policy) as fetcher:
            await asyncio.gather(*(fetcher.get(url, etag=etag) for _ in range(times)))

    async def etag() -> str:
        async with Fetcher(policy) as fetcher:
            answer = await fetcher.get(feed)
            assert isinstance(answer, Fetched), answer
            return answer.etag

    known = asyncio.run(etag())
    return (
        milliseconds(lambda: asyncio.run(ask(feed, known)), times),
        milliseconds(lambda: asyncio.run(ask(page)), times),
    )


def article(number: int, words: int = 450) -> Article:
    text = " ".join(f"word{(number * 31 + n) % 9973}" for n in range(words))
    return Article(
        f"https://site{number % 997}.example/{number}",
        f"Title {number}",
        tuple(text[start : start + 400] for start in range(0, len(text), 400)),
        source="Outlet",
        published=NOW,
        first_seen=NOW,
        language="en",
        feeds=(f"https://feed{number % 100}.example/",),
    )


def storing(url: str) -> tuple[float, float, float]:
    """Milliseconds for an unchanged check, for a new entry, and for an article, 2000 each."""
    states = [FeedState(f"https://feed{n}.example/", checked_at=NOW) for n in range(100)]

    def unchanged() -> None:
        for state in states * 3:
            store.save_check(state, (), NOW)

    def entries() -> None:
        for n, state in enumerate(states):
            some = [
                Entry(state.url, f"{n}-{k}", f"https://site.example/{n}/{k}", "A title", NOW)
                for k in range(20)
            ]
            store.save_check(state, some, NOW)

    def articles() -> None:
        pending = store.pending_entries((s.url for s in states), NOW - timedelta(days=1))
        for number, entry in enumerate(pending):
            store.save_article(article(number), [entry.id])

    with Store.open(url) as store:
        return (
            milliseconds(unchanged, 300),
            milliseconds(entries, 2000),
            milliseconds(articles, 2000),
        )


def grouping(count: int) -> float:
    """Seconds to group so many articles that tell a quarter as many events; without encoding."""
    random = np.random.default_rng(1)
    events = random.normal(size=(count // 4, 384))
    events /= np.linalg.norm(events, axis=1, keepdims=True)
    vectors = events[random.integers(len(events), size=count)]
    vectors = vectors + 0.6 / np.sqrt(384) * random.normal(size=vectors.shape)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    titles = random.integers(20_000, size=(count, 12))
    articles = [
        replace(article(n, 40), title=" ".join(f"Name{k}" for k in titles[n])) for n in range(count)
    ]
    start = time.perf_counter()
    group(articles, lambda _: vectors)
    return time.perf_counter() - start


def editing(newsroom: Newsroom) -> tuple[float, float]:
    """Milliseconds to encode an opening, and to write a story's paragraph."""
    encoder = Encoder()
    articles = [
        Article(f"https://{n}.example/", p.title, p.paragraphs, published=NOW, language="en")
        for n, p in enumerate(newsroom.pieces)
    ]
    stories = [Story((each,), each.title) for each in articles]
    encoder.encode(["loads the weights"])
    # With a number in front none is known from before.
    openings = [f"{n} {opening(each)}" for n in range(5) for each in articles]
    writer = ExtractiveSummarizer(encoder)
    return (
        milliseconds(lambda: encoder.encode(openings), len(openings)),
        milliseconds(lambda: writer.summarize(stories, Brief(120, 5, "")), len(stories)),
    )


def reading(newsroom: Newsroom, url: str) -> tuple[float, float]:
    """Milliseconds to parse an entry and to extract a page."""
    printed = print_run(newsroom, url)
    bodies = [
        printed[outlet.address(channel.path)].body
        for outlet in newsroom.outlets
        for channel in outlet.channels
        if not channel.broken
    ]
    entries = [len(parse_feed(body, "http://a.example/", "").entries) for body in bodies]
    parsing = milliseconds(
        lambda: [parse_feed(body, "http://a.example/", "") for body in bodies * 5],
        sum(entries) * 5,
    )
    pages = real_pages() or [printed[p.path].body for p in newsroom.pieces if p.page == "article"]
    extract_page(pages[0], "http://a.example/1")  # loads what is loaded once
    extracting = milliseconds(
        lambda: [extract_page(page, "http://a.example/1") for page in pages], len(pages)
    )
    return parsing, extracting


def real_pages() -> list[str]:
    """Those of ``benchmarks/extraction.py`` where they are, for they are heavier than ours."""
    if not PAGES.exists():
        return []
    with gzip.open(PAGES, "rt") as lines:
        return [json.loads(line)["html"] for line in lines]


def ingest_parts(newsroom: Newsroom, store: str) -> list[Part]:
    with newsroom_server() as url:
        piece = next(piece for piece in newsroom.pieces if piece.page == "article")
        feed_fetch, page_fetch = fetching(newsroom.feeds(url)[0].url, f"{url}{piece.path}")
        parsing, extracting = reading(newsroom, url)
    feed_save, entry_save, article_save = storing(store)
    return [
        Part("ask a feed", feed_fetch + feed_save, FEEDS * CHECKS),
        # Beside the new entries a changed feed lists about ten that are known.
        Part("parse its entries", parsing, ENTRIES * 10),
        Part("keep a new entry", entry_save, ENTRIES),
        Part("fetch a page", page_fetch, ENTRIES),
        Part("extract a page", extracting, ENTRIES),
        Part("keep an article", article_save, ENTRIES),
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--postgresql", metavar="URL", help="an empty database")
    postgresql = options.parse_args().postgresql
    logging.disable()
    newsroom = load(NOW)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "digest.sqlite")
        parts = ingest_parts(newsroom, postgresql or f"sqlite:///{file}")
        room = 0 if postgresql else file.stat().st_size / 2000

    print(f"{FEEDS:,} feeds, {ENTRIES:,} entries a day; a core is busy for {SHARE:.0%} at most")
    print(f"{'':<20} {'ms a unit':>10} {'units a day':>12} {'core hours':>11} {'cores':>6}")
    for part in parts:
        unit = f"{part.name:<20} {part.milliseconds:>10.2f} {part.units:>12,}"
        print(f"{unit} {part.core_hours:>11.1f} {part.cores:>6.2f}")
    hours, cores = sum(part.core_hours for part in parts), sum(part.cores for part in parts)
    print(f"{'ingest':<20} {'':>10} {'':>12} {hours:>11.1f} {cores:>6.2f}")

    requests = (FEEDS * CHECKS + ENTRIES) / 24 * BUSIEST / 3600
    waiting = requests * SECONDS_A_REQUEST / CONCURRENCY / SHARE
    print(f"requests in the busiest hour: {requests:.0f} a second of {SECONDS_A_REQUEST:g} s each,")
    print(f"{CONCURRENCY} at once: {waiting:.1f} processes; so {ceil(max(cores, waiting))} shards")
    if room:
        kept = room * ENTRIES * KEPT_DAYS / 1e9
        print(f"room: {room:,.0f} bytes an article, {kept:.0f} GB in {KEPT_DAYS} days")

    encoding, writing = editing(newsroom)
    print(f"\nan edition of {EDITION:,} articles: encode {encoding * EDITION / 1000:.0f} s", end="")
    print(f" ({encoding:.1f} ms each), write 12 paragraphs {writing * 12 / 1000:.1f} s")
    for count in (2_500, 5_000, 10_000, 20_000):
        print(f"  group {count:>7,} articles: {grouping(count):>6.1f} s")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  at most {memory:.0f} MB of memory in all this")


if __name__ == "__main__":
    main()
