"""What an answer changes in what is remembered of a feed: decisions only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus

from digest.ingest.fetch import Failed, Fetched, NotModified
from digest.ingest.parsed import ParsedFeed
from digest.model import FeedState

PATIENCE = 3
"""Failed checks in a row after which a feed is asked less and less often."""
LONGEST_PAUSE = timedelta(hours=12)
"""Less than a day, as in ``caching``: each daily run tries every feed that is not gone."""
GONE_PAUSE = timedelta(days=30)
"""How long a feed is left alone that says it will not come back (410)."""


def is_due(state: FeedState, now: datetime) -> bool:
    """Whether the feed may be asked again."""
    return state.next_check is None or state.next_check <= now


def after_reading(
    state: FeedState, answer: Fetched, parsed: ParsedFeed, now: datetime
) -> FeedState:
    """The state once the feed was read."""
    dates = [min(e.published, now) if e.published else now for e in parsed.entries]
    return replace(
        _answered(state, answer, now),
        title=parsed.title or state.title,
        etag=answer.etag,
        last_modified=answer.last_modified,
        changed_at=max(dates, default=state.changed_at),
    )


def after_no_change(state: FeedState, answer: NotModified, now: datetime) -> FeedState:
    """The state once the feed said that nothing changed."""
    return replace(
        _answered(state, answer, now),
        etag=answer.etag or state.etag,
        last_modified=answer.last_modified or state.last_modified,
    )


def after_failure(state: FeedState, failed: Failed, now: datetime) -> FeedState:
    """The state once the feed could not be fetched or read."""
    failures = state.failures + 1
    pause = None
    if failed.status == HTTPStatus.GONE:
        pause = now + GONE_PAUSE
    elif failures >= PATIENCE:
        pause = now + min(LONGEST_PAUSE, timedelta(hours=2 ** min(failures - PATIENCE, 10)))
    return replace(
        state,
        checked_at=now,
        next_check=max((t for t in (failed.retry_at, pause) if t), default=None),
        failing_since=state.failing_since or now,
        failures=failures,
        problem=failed.reason,
    )


def _answered(state: FeedState, answer: Fetched | NotModified, now: datetime) -> FeedState:
    return replace(
        state,
        moved_to=answer.moved_to or state.moved_to,
        checked_at=now,
        next_check=answer.next_check,
        failing_since=None,
        failures=0,
        problem="",
    )
