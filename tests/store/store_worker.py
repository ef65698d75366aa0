"""Another process on the same store: ``store_worker.py JOB URL WORD…``.

It prints ``ready`` and begins when it reads a line, so that several can begin at once.
"""
# ruff: noqa: T201 (printing is how it answers the test)

from __future__ import annotations

import logging
import sys
import time
from datetime import UTC, datetime

from sqlalchemy import Engine, event

from digest.model import Article, Entry, FeedState
from digest.store.store import Store, StoreAwayError

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def wait_for_start() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def migrate(url: str) -> None:
    wait_for_start()
    with Store.open(url) as store:
        print(store.counts().articles)


def save_articles(url: str, feed: str, upwards: str) -> None:
    """Twenty articles, each under three URLs, in one order or the other."""
    with Store.open(url) as store:
        wait_for_start()
        for number in range(20) if upwards == "up" else reversed(range(20)):
            address = f"https://news.example/{number}"
            aliases = [f"{address}?from={side}" for side in ("rss", "atom")]
            article = Article(address, f"Title {number}", ("Text.",), feeds=(feed,))
            store.save_article(article, [], aliases if upwards == "up" else aliases[::-1])


def hold(url: str, name: str) -> None:
    """Holds a name from one line that it reads to the next, and says what it is at."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("waiting%(message).0s"))
    logger = logging.getLogger("digest.store.alone")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    with Store.open(url) as store:
        wait_for_start()
        try:
            with store.alone(name) as still:
                print("inside", flush=True)
                sys.stdin.readline()
                still()
        except StoreAwayError:
            print("lost", flush=True)
        else:
            print("outside")


def save_check(url: str, feed: str) -> None:
    """Two hundred entries; prints how many were new."""
    entries = [Entry(feed, f"guid {n}", f"{feed}/{n}", f"Title {n}", NOW) for n in range(200)]
    with Store.open(url) as store:
        wait_for_start()
        print(store.save_check(FeedState(feed), entries, NOW))


def count_checks(url: str, *feeds: str) -> None:
    """Twenty checks of each feed, in turns; each answered within a quarter of a second."""
    with Store.open(url) as store:
        wait_for_start()
        for number in range(20 * len(feeds)):
            store.save_check(FeedState(feeds[number % len(feeds)]), [], NOW, 0.25)


def hang(url: str, beginning: str, job: str, *words: str) -> None:
    """Does another job, but says so and stops for good after a statement with this beginning."""

    @event.listens_for(Engine, "after_cursor_execute")
    def look(_connection, _cursor, statement, *_) -> None:
        if statement.strip().startswith(beginning):
            print("inside", flush=True)
            time.sleep(600)

    JOBS[job](url, *words)


JOBS = {
    "count-checks": count_checks,
    "hang": hang,
    "hold": hold,
    "migrate": migrate,
    "save-articles": save_articles,
    "save-check": save_check,
}

if __name__ == "__main__":
    _, job, *words = sys.argv
    JOBS[job](*words)
