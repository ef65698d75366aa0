"""How the editions have done, from the store: for ``digest status`` and the archive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.addresses import without_credentials
from digest.editing.health import feed_health, worst_first
from digest.editing.history import ISSUES, Record, history, issue, record
from digest.editing.window import next_cutoff
from digest.model import Delivery, Feed, FeedHealth, FeedState, Issue
from digest.settings import Settings
from digest.store.store import Store, StoredEdition, Totals


@dataclass(frozen=True, slots=True)
class EditionStanding:
    """How an edition of the settings has done."""

    name: str
    schedule: str
    timezone: str
    next_cutoff: datetime
    record: Record
    issues: tuple[Issue, ...]
    """Newest first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How everything stands at a time."""

    at: datetime
    editions: tuple[EditionStanding, ...]
    feeds: tuple[FeedHealth, ...]
    """The worst first."""
    refusals: tuple[Delivery, ...]
    """Mails and posts of those issues that were not taken, and are not tried again."""
    deferred: tuple[Delivery, ...]
    """Those that may yet be taken; one that is ``sending`` goes out now, or its run has died."""
    held: Totals
    store: str
    """Its URL without the password."""


def past(
    store: Store, name: str, schedule: str, timezone: str, until: datetime | None = None
) -> tuple[tuple[Issue, ...], StoredEdition | None]:
    """The newest slots of an edition, newest first, and the newest edition that was published.

    ``until`` is that edition's cut-off where none is given: the history then depends on the store
    and not on the clock.
    """
    editions = store.published(name, ISSUES)
    if not editions:
        return (), None
    newest = editions[0]
    deliveries: defaultdict[str, list[Delivery]] = defaultdict(list)
    for delivery in store.deliveries(name, *(each.edition.slot for each in editions)):
        deliveries[delivery.slot].append(delivery)
    published = [
        issue(each.edition, each.published_at, deliveries[each.edition.slot])
        for each in editions
        if each.published_at
    ]
    until = until or newest.edition.cutoff
    return tuple(history(published, schedule, timezone, until)), newest


def standing(store: Store, settings: Settings, feeds: Sequence[Feed], now: datetime) -> Standing:
    """How the editions of the settings, their mails and the feeds do."""
    editions = []
    unsent: list[Delivery] = []
    for name, edition in settings.editions.items():
        issues, _ = past(store, name, edition.schedule, edition.timezone, now)
        editions.append(
            EditionStanding(
                name,
                edition.schedule,
                edition.timezone,
                next_cutoff(edition.schedule, edition.timezone, now),
                record(issues),
                issues,
            )
        )
        slots = {issue.slot for issue in issues}
        unsent += [row for row in store.undelivered(name) if row.slot in slots]
    return Standing(
        now,
        tuple(editions),
        _feeds(store, feeds, now, timedelta(days=settings.silent_after_days)),
        tuple(row for row in unsent if row.status == "refused"),
        tuple(row for row in unsent if row.status != "refused"),
        store.counts(),
        store.place,
    )


def _feeds(
    store: Store, feeds: Sequence[Feed], now: datetime, silent_after: timedelta
) -> tuple[FeedHealth, ...]:
    """The worst first, and of those that are equally bad the one that is so for the most days."""
    states = store.feed_states(feed.url for feed in feeds)

    def days(feed: Feed) -> int:
        state = states.get(feed.url, FeedState(feed.url))
        return (now - (state.failing_since or state.changed_at or now)).days

    longest_first = sorted(feeds, key=days, reverse=True)
    return tuple(
        replace(feed, url=without_credentials(feed.url))
        for feed in worst_first(feed_health(longest_first, states, (), now, silent_after))
    )
