"""From subscriptions to articles in the store: check the feeds, then read what they point to.

Each feed and each article is committed by itself, so a run that is killed has lost nothing, and the
next one goes on where it stood.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, TypeVar

from digest.addresses import without_credentials
from digest.ingest.article import article_for, page_of
from digest.ingest.canonical import canonical_url
from digest.ingest.fetch import Failed, Fetched, Fetcher, FetchPolicy, NotModified
from digest.ingest.parse import parse_feed
from digest.ingest.parsed import NotAFeed
from digest.ingest.pool import Extractor
from digest.ingest.remember import after_failure, after_no_change, after_reading, is_due
from digest.model import Feed, FeedState
from digest.stages.progress import tick
from digest.stages.shard import WHOLE, Shard
from digest.stages.waiting import feed_address, waiting_entries
from digest.store.feeds import PendingEntry
from digest.store.store import Store

ATTEMPTS = 3
"""Runs that try for an article whose page fails for reasons that may pass."""

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class FeedCheck:
    """What the check of one feed brought."""

    feed: Feed
    outcome: Literal["read", "unchanged", "not due", "failed", "left"]
    """``left``: it leads to a site of another part, so it was left to whoever asks all of them."""
    new: int = 0
    """Entries that were not known before."""
    reason: str = ""
    """Why it failed; of a feed that is not due, why it failed last."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of the entries that waited for their article."""

    fetched: int = 0
    """Pages asked for."""
    known: int = 0
    """Entries whose article was there already."""
    from_feed: int = 0
    """Articles whose page could not be used, so that the feed's text stands in."""
    failed: int = 0
    """Entries that gave no article."""


def check_feeds(
    store: Store, feeds: Sequence[Feed], policy: FetchPolicy, shard: Shard = WHOLE
) -> list[FeedCheck]:
    """Asks every feed that is due; its new entries and its state are in the store afterwards.

    Of a ``shard``, only those whose site belongs to it.
    """
    states = store.feed_states(feed.url for feed in feeds)
    feeds = [feed for feed in feeds if shard.holds(feed_address(feed, states))]

    async def check(fetcher: Fetcher, feed: Feed) -> FeedCheck:
        state = states.get(feed.url, FeedState(feed.url))
        if not is_due(state, datetime.now(UTC)):
            return FeedCheck(feed, "not due", reason=state.problem)
        answer = await fetcher.get(
            feed_address(feed, states), etag=state.etag, last_modified=state.last_modified
        )
        if isinstance(answer, Failed) and state.moved_to:
            # It may have moved back: the address that the person subscribed to decides.
            at_home = await fetcher.get(feed.url)
            if not isinstance(at_home, Failed):
                state, answer = replace(state, moved_to=""), at_home
            elif at_home.elsewhere:
                answer = at_home
        if isinstance(answer, Failed) and answer.elsewhere:
            return FeedCheck(feed, "left", reason=answer.reason)
        return await asyncio.to_thread(_note, store, feed, state, answer)

    async def check_all() -> list[FeedCheck]:
        async with Fetcher(policy, holds=shard.holds) as fetcher:
            return await _all("feeds", [check(fetcher, feed) for feed in feeds])

    checks = asyncio.run(check_all())
    for failed in (check for check in checks if check.outcome == "failed"):
        logger.warning("feed %s %s", without_credentials(failed.feed.url), failed.reason)
    outcomes = Counter(check.outcome for check in checks)
    logger.info(
        "checked %d feeds: %d read with %d new entries, %d unchanged, %d not due, %d failed",
        len(checks),
        outcomes["read"],
        sum(check.new for check in checks),
        outcomes["unchanged"],
        outcomes["not due"],
        outcomes["failed"],
    )
    return checks


@dataclass(frozen=True, slots=True)
class Trial:
    """How a feed answered when it was only tried."""

    works: bool
    says: str
    """What it is and how many entries it has, or why it failed."""


def try_feeds(feeds: Sequence[Feed], policy: FetchPolicy) -> list[tuple[Feed, Trial]]:
    """Asks every feed now, whenever it was due, and keeps nothing."""

    async def attempt(fetcher: Fetcher, feed: Feed) -> tuple[Feed, Trial]:
        answer = await fetcher.get(feed.url)
        if not isinstance(answer, Fetched):
            reason = answer.reason if isinstance(answer, Failed) else "answers 304 unasked"
            return feed, Trial(False, reason)
        try:
            parsed = parse_feed(answer.content, answer.final_url, answer.content_type)
        except NotAFeed as error:
            return feed, Trial(False, str(error))
        moved = f", moved for good to {answer.moved_to}" if answer.moved_to else ""
        return feed, Trial(True, f"{parsed.title}, {len(parsed.entries)} entries{moved}")

    async def attempt_all() -> list[tuple[Feed, Trial]]:
        async with Fetcher(policy) as fetcher:
            return await _all("feeds", [attempt(fetcher, feed) for feed in feeds])

    return asyncio.run(attempt_all())


def _note(
    store: Store, feed: Feed, state: FeedState, answer: Fetched | NotModified | Failed
) -> FeedCheck:
    """Keeps what a feed answered."""
    now = datetime.now(UTC)
    if isinstance(answer, NotModified):
        store.save_check(after_no_change(state, answer, now), (), now, answer.seconds)
        return FeedCheck(feed, "unchanged")
    if isinstance(answer, Fetched):
        try:
            parsed = parse_feed(
                answer.content, answer.final_url, answer.content_type, feed=feed.url, now=now
            )
        except NotAFeed as error:
            answer = Failed(answer.url, str(error))
        else:
            for problem in parsed.problems:
                logger.info("feed %s: %s", without_credentials(feed.url), problem)
            read = after_reading(state, answer, parsed, now)
            new = store.save_check(read, parsed.entries, now, answer.seconds)
            return FeedCheck(feed, "read", new)
    store.save_check(after_failure(state, answer, now), (), now)
    return FeedCheck(feed, "failed", reason=answer.reason)


def read_articles(
    store: Store,
    feeds: Sequence[Feed],
    policy: FetchPolicy,
    floor: datetime,
    settle: bool = True,
    shard: Shard = WHOLE,
    tried: Collection[str] = (),
) -> Reading:
    """Reads the pages of all entries that wait, but for those published before ``floor``.

    Where a page cannot be had now but perhaps later, the feed's own text is taken instead if
    ``settle`` is true, as for an edition that is being made; otherwise the entry waits on.

    Of a ``shard``, only pages of its sites; none whose address was ``tried`` just now.
    """
    names = _outlets(store, feeds)
    by_address = {
        address: entries
        for address, entries in waiting_entries(store, feeds, floor).items()
        if shard.holds(address) and address not in tried
    }
    known = store.article_for_url(by_address)
    for address, url in known.items():
        store.link_entries(url, [pending.id for pending in by_address.pop(address)])

    async def read(fetcher: Fetcher, extractor: Extractor, entries: list[PendingEntry]) -> str:
        first = entries[0]
        link = page_of(first.entry)
        page, final_url, problem, may_pass = None, link, "", False
        if link:
            answer = await fetcher.get(link, robots=True)
            if isinstance(answer, Fetched):
                final_url, problem = answer.final_url, ""
                page = await extractor.extract(
                    answer.content, answer.final_url, answer.content_type
                )
            elif isinstance(answer, Failed):
                if answer.elsewhere:
                    return "left"
                problem = f"its page {answer.reason}"
                may_pass = answer.may_pass
        article, problem = article_for(
            first.entry, page, final_url, problem, names[first.entry.feed], first.first_seen
        )
        wait = may_pass and first.attempts + 1 < ATTEMPTS
        if article is None or (wait and not settle):
            for pending in entries:
                await asyncio.to_thread(store.fail_entry, pending.id, problem, final=not wait)
            return "failed"
        # Only a page that was used is this article's: many links can end at one consent page.
        led_here = [link, final_url, page.url] if page and article.origin == "page" else [link]
        aliases = {canonical_url(url) for url in led_here if url}
        await asyncio.to_thread(
            store.save_article,
            article,
            [pending.id for pending in entries],
            sorted(aliases - {"", article.url}),
            problem,
        )
        return "read" if article.origin == "page" else "from feed"

    async def read_all() -> list[str]:
        async with Fetcher(policy, holds=shard.holds) as fetcher:
            with Extractor() as extractor:
                jobs = [read(fetcher, extractor, entries) for entries in by_address.values()]
                return await _all("articles", jobs)

    outcomes = Counter(asyncio.run(read_all()) if by_address else ())
    reading = Reading(
        fetched=sum(1 for entries in by_address.values() if page_of(entries[0].entry))
        - outcomes["left"],
        known=len(known),
        from_feed=outcomes["from feed"],
        failed=outcomes["failed"],
    )
    logger.info(
        "read %d articles: %d pages asked for, %d known already, %d from the feed's own text, "
        "%d without any text",
        outcomes["read"] + outcomes["from feed"],
        reading.fetched,
        reading.known,
        reading.from_feed,
        reading.failed,
    )
    return reading


def _outlets(store: Store, feeds: Sequence[Feed]) -> dict[str, str]:
    """The name of each feed's outlet: as the person calls it, else as it calls itself."""
    states = store.feed_states(feed.url for feed in feeds)
    own = {url: state.title for url, state in states.items()}
    return {feed.url: feed.title or own.get(feed.url, "") for feed in feeds}


async def _all(stage: str, jobs: Sequence[Awaitable[Result]]) -> list[Result]:
    """The results in the order of the jobs, which run side by side."""
    done = 0

    async def counted(job: Awaitable[Result]) -> Result:
        nonlocal done
        result = await job
        done += 1
        tick(stage, done, len(jobs))
        return result

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(counted(job)) for job in jobs]
    except ExceptionGroup as errors:
        # The first ended the others; by itself it is what the command line can explain.
        raise errors.exceptions[0] from errors
    return [task.result() for task in tasks]
