"""What ingest has before it: where each feed is asked, and which entries wait for their article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from digest.ingest.article import article_address
from digest.model import Feed, FeedState
from digest.store.feeds import PendingEntry
from digest.store.store import Store

Waiting = Mapping[str, Sequence[PendingEntry]]
"""Entries by the address that they share, and so by the article that they lead to."""


def feed_address(feed: Feed, states: Mapping[str, FeedState]) -> str:
    """The URL at which a feed is asked for: where it moved to, as far as is known."""
    state = states.get(feed.url)
    return (state.moved_to if state else "") or feed.url


def waiting_entries(
    store: Store, feeds: Sequence[Feed], floor: datetime
) -> dict[str, list[PendingEntry]]:
    """The entries published after ``floor`` that wait for their article.

    In the order of the subscriptions, whichever feed answered first: that of an article's first
    entry gives its outlet.
    """
    places = {feed.url: place for place, feed in enumerate(feeds)}
    waiting = store.pending_entries(list(places), floor)
    by_address: dict[str, list[PendingEntry]] = {}
    for pending in sorted(waiting, key=lambda pending: places[pending.entry.feed]):
        by_address.setdefault(article_address(pending.entry), []).append(pending)
    return by_address
