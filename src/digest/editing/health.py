"""How the subscriptions do, for the footer of an edition and for ``digest status``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from digest.addresses import without_credentials
from digest.model import Article, Feed, FeedHealth, FeedState

_WORST_FIRST = ("failing", "silent", "moved", "ok")


def feed_health(
    feeds: Iterable[Feed],
    states: Mapping[str, FeedState],
    articles: Iterable[Article],
    at: datetime,
    silent_after: timedelta,
) -> tuple[FeedHealth, ...]:
    """One line a feed, in their order, as it was known at a time."""
    counted = Counter(url for article in articles for url in article.feeds)
    return tuple(
        _health(
            feed, states.get(feed.url, FeedState(feed.url)), counted[feed.url], at, silent_after
        )
        for feed in feeds
    )


def worst_first(health: Iterable[FeedHealth]) -> list[FeedHealth]:
    """Those that fail before those that do well, otherwise in their order."""
    return sorted(health, key=lambda feed: _WORST_FIRST.index(feed.status))


def _health(
    feed: Feed, state: FeedState, articles: int, at: datetime, silent_after: timedelta
) -> FeedHealth:
    title = feed.title or state.title or without_credentials(feed.url)
    if state.problem:
        reason, since = _since(state, at), state.failing_since
        return FeedHealth(feed.url, title, "failing", reason, articles, since)
    if state.checked_at is None:
        return FeedHealth(feed.url, title, "silent", "has not been asked yet", articles)
    if state.changed_at is None:
        return FeedHealth(feed.url, title, "silent", "has no entries", articles)
    if state.changed_at < at - silent_after:
        days = (at - state.changed_at).days
        reason = f"its newest entry is {days} days old"
        return FeedHealth(feed.url, title, "silent", reason, articles)
    if state.moved_to and state.moved_to != feed.url:
        address = without_credentials(state.moved_to)
        reason = f"has moved for good to {address}: subscribe to it there"
        return FeedHealth(feed.url, title, "moved", reason, articles)
    return FeedHealth(feed.url, title, "ok", "", articles)


def _since(state: FeedState, at: datetime) -> str:
    """The problem, and for how many days it has lasted where that is more than one."""
    days = (at - state.failing_since).days if state.failing_since else 0
    return f"{state.problem}, for {days} days" if days > 1 else state.problem
