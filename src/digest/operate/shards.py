"""Ingest over several workers: each part of all sites is a flow run of its own.

The run that needs the articles coordinates. It starts a run for each part that has work, first to
ask the feeds and, when all of them are in the store, to read the articles, because a feed of one
site leads to pages of others. No site is in two parts, so each is asked by one process at a time.

What the parts did is seen in the store and not handed back by them: it does not matter which
machine or which attempt did it. What none of them did, because a worker died or a page leads to a
site of another part, the coordinator does itself when they are over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from digest import subscriptions
from digest.ingest.fetch import FetchPolicy
from digest.ingest.remember import is_due
from digest.model import Feed
from digest.operate.subruns import carry_out
from digest.run import Gather, Gathered, Step, call, gather
from digest.settings import Settings
from digest.stages.gather import FeedCheck, Reading, check_feeds, read_articles
from digest.stages.order import Order, feeds_of
from digest.stages.shard import Shard, shard_of
from digest.stages.tally import checks_of, reading_of, unchecked, untried
from digest.stages.waiting import feed_address, waiting_entries
from digest.store.store import Store

DEPLOYMENT = "ingest-shard/feeds"

Stage = Literal["feeds", "articles"]


@dataclass(frozen=True, slots=True)
class Work:
    """What a part has to know, beside which part of which stage it is."""

    of: int
    """How many parts there are."""
    floor: datetime
    settle: bool
    """See ``read_articles``, for both."""
    edition: str
    """Whose feeds are asked; those of all editions if it is empty."""


def gathering(settings: Settings, order: Order | None = None) -> Gather:
    """How a flow gathers: by itself, or with the workers of its pool where the settings say so.

    For the edition of an ``order``; without one, for all editions.
    """
    if settings.ingest.shards == 1:
        return gather
    edition = settings.edition(order.edition)[0] if order else ""
    return partial(gather_in_parts, edition=edition)


def gather_in_parts(
    settings: Settings,
    store: Store,
    feeds: Sequence[Feed],
    floor: datetime,
    settle: bool,
    step: Step = call,
    edition: str = "",
) -> Gathered:
    """What ``run.gather`` does, shared out among as many runs as the settings have shards.

    ``feeds`` are those of ``edition``, or of all editions if it is empty.
    """
    policy = FetchPolicy(**settings.fetch.model_dump())
    work = Work(settings.ingest.shards, floor, settle, edition)
    with store.alone("the feeds"):
        checks, missing = _check_feeds(store, feeds, policy, step, work)
        reading, missing_too = _read_articles(store, feeds, policy, step, work)
    return Gathered(checks, reading, (*missing, *missing_too))


def gather_part(settings: Settings, stage: Stage, shard: Shard, work: Work) -> None:
    """One part of one stage, as ``gather_in_parts`` wants it done."""
    feeds: Sequence[Feed] = subscriptions.read(settings.feeds)
    if work.edition:
        feeds = feeds_of(settings.edition(work.edition)[1], feeds)
    policy = FetchPolicy(**settings.fetch.model_dump())
    # A process that was taken for dead, or that nobody waits for any more, may still be at it.
    with Store.open(settings.store) as store, store.alone(f"the feeds, part {shard}"):
        if stage == "feeds":
            check_feeds(store, feeds, policy, shard)
        else:
            read_articles(store, feeds, policy, work.floor, work.settle, shard)


def _check_feeds(
    store: Store, feeds: Sequence[Feed], policy: FetchPolicy, step: Step, work: Work
) -> tuple[list[FeedCheck], list[str]]:
    urls = [feed.url for feed in feeds]
    before, now = store.feed_states(urls), datetime.now(UTC)
    due = {
        feed.url: shard_of(feed_address(feed, before), work.of)
        for feed in feeds
        if feed.url not in before or is_due(before[feed.url], now)
    }
    missing = _in_parts("feeds", due.values(), work)
    after = store.feed_states(urls)
    left = {url for url in unchecked(due, before, after) if due[url] not in missing}
    if left:
        step(check_feeds, store, [feed for feed in feeds if feed.url in left], policy)
        after = store.feed_states(urls)
    checks = checks_of(feeds, due, before, after, store.new_entries(urls))
    return checks, list(missing.values())


def _read_articles(
    store: Store, feeds: Sequence[Feed], policy: FetchPolicy, step: Step, work: Work
) -> tuple[Reading, list[str]]:
    before = waiting_entries(store, feeds, work.floor)
    known = store.article_for_url(before)
    shards = {address: shard_of(address, work.of) for address in before}
    missing = _in_parts("articles", shards.values(), work)
    after = waiting_entries(store, feeds, work.floor)
    left = {address for address in untried(before, after) if shards[address] not in missing}
    if left:
        tried = after.keys() - left
        step(read_articles, store, feeds, policy, work.floor, work.settle, tried=tried)
        after = waiting_entries(store, feeds, work.floor)
    origins = store.origins(entry.id for entries in before.values() for entry in entries)
    return reading_of(before, known, untried(before, after), origins), list(missing.values())


def _in_parts(stage: Stage, shards: Iterable[Shard], work: Work) -> dict[Shard, str]:
    """Has these parts carried out; the names of those that may still be at work."""
    names = {shard: f"{stage} {shard}" for shard in sorted(set(shards))}
    at_work = carry_out(
        DEPLOYMENT,
        {
            name: {"stage": stage, "shard": shard.index, **asdict(work)}
            for shard, name in names.items()
        },
    )
    return {shard: name for shard, name in names.items() if name in at_work}
