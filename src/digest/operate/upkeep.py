"""What need not be kept any longer: in the store, in the outputs and on the Prefect server."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from digest import subscriptions
from digest.model import Feed
from digest.operate.old_runs import remove_runs
from digest.publish.page import Templates
from digest.publish.remove import remove_editions
from digest.run import Step, call
from digest.settings import RetentionSettings, Settings
from digest.stages.compose import edition_window
from digest.stages.issue import write_history
from digest.stages.order import Order, feeds_of, plan
from digest.stages.pages import write_oldest
from digest.store.prune import prune_store
from digest.store.store import Store

logger = logging.getLogger(__name__)

LONGEST_LOOK_BACK = timedelta(days=31)
"""What the settings allow: an edition that is added tomorrow may look back so far."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is older goes; ``None`` keeps it for ever. Aware UTC."""

    articles: datetime | None
    outputs: datetime | None
    runs: datetime | None


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, or would be."""

    removed: Mapping[str, int]
    """How much of each kind."""
    freed: int = 0
    """Bytes by which the store's file became smaller."""


def limits(retention: RetentionSettings, floors: Iterable[datetime], now: datetime) -> Limits:
    """Up to when things may go.

    ``floors`` are those of the windows of each edition's last issue: what is older than all of
    them, no issue that is still to come can tell.
    """

    def before(days: int) -> datetime | None:
        return now - timedelta(days=days) if days else None

    articles = before(retention.articles)
    if articles is not None:
        articles = min(articles, now - LONGEST_LOOK_BACK, *floors)
    return Limits(articles, before(retention.outputs), before(retention.runs))


def prune(
    settings: Settings,
    now: datetime | None = None,
    dry_run: bool = False,
    step: Step = call,
) -> Pruned:
    """Removes what is older than the settings say; see ``step`` at ``digest.run.run``.

    Safe to stop, to repeat, and beside all else. With ``dry_run`` it only counts.

    Raises:
        UsageError: the settings or the subscriptions cannot be used.
        StoreAwayError: the store cannot be used now.
    """
    now = now or datetime.now(UTC)
    feeds = subscriptions.read(settings.feeds)
    with Store.open(settings.store) as store, store.alone("the prune"):
        limit = limits(settings.retention, _floors(settings, store, feeds, now), now)
        removed: dict[str, int] = {}
        freed = 0
        if limit.articles:
            subscribed = {feed.url for feed in feeds}
            removed |= step(prune_store, store, limit.articles, subscribed, dry_run)
            freed = 0 if dry_run else store.give_back()
        if limit.outputs:
            templates = Templates(settings.templates)
            # As whoever publishes: the archive is written anew.
            with store.alone("the outputs"):
                removed |= step(
                    remove_editions,
                    settings.outputs,
                    limit.outputs,
                    settings.site_url,
                    dry_run,
                    templates,
                )
                if not dry_run:
                    _write_what_stays(settings, store, templates)
            templates.warn(logger)
        if limit.runs:
            removed |= step(remove_runs, limit.runs, dry_run)
        return Pruned(removed, freed)


def _write_what_stays(settings: Settings, store: Store, templates: Templates) -> None:
    """No page leads to an edition that was removed."""
    for name, edition in settings.editions.items():
        for newest in store.published(name, 1):
            write_history(store, newest.edition, settings.outputs, edition.schedule, templates)
    write_oldest(store, settings.outputs, templates)


def _floors(
    settings: Settings, store: Store, feeds: Sequence[Feed], now: datetime
) -> list[datetime]:
    return [
        edition_window(store, plan(settings, feeds, Order(name), now)).floor
        for name, edition in settings.editions.items()
        if feeds_of(edition, feeds)
    ]
