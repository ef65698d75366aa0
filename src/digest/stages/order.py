"""What somebody asked for, and what that means: an order becomes a plan."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from digest.editing.window import cutoff_of, latest_cutoff, next_cutoff, slot_of
from digest.model import CHANNEL, Feed, UsageError
from digest.settings import EditionSettings, Settings
from digest.summarize.base import Brief


@dataclass(frozen=True, slots=True)
class Order:
    """An edition as asked for; what is left empty comes from the settings and the clock."""

    edition: str = ""
    date: str = ""
    """A slot: ``2026-11-23``, or ``2026-11-23T0700`` where there are several a day."""
    now: bool = False
    """Cut off now instead of at the last scheduled time, as an edition in between."""
    topic: str = ""
    """A question rather than an issue: cut off now, whatever was told before."""
    max_stories: int | None = None
    deliver: bool = True
    rebuild: bool = False
    """Make it anew although it is there already."""
    fetch: bool = True
    """Ask the feeds first."""
    insist: bool = False
    """Hand it over also to who has refused it."""
    dry_run: bool = False
    """Write mails and posts into files instead of handing them over."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is settled before the work begins."""

    name: str
    slot: str
    title: str
    cutoff: datetime
    next_cutoff: datetime
    schedule: str
    """Its cron line; empty for a topic, which is asked for and not due."""
    timezone: str
    language: str
    topic: str
    feeds: tuple[Feed, ...]
    max_stories: int
    look_back: timedelta
    brief: Brief
    summarizer: str
    recipients: tuple[str, ...]
    """Mail addresses, and ``channel:NAME`` for each channel. None for a topic: whoever asked for it
    gets the files, the others did not ask."""


def plan(settings: Settings, feeds: Sequence[Feed], order: Order, now: datetime) -> Plan:
    """What an order means at a time.

    Raises:
        UsageError: no such edition, date or feeds, or the cut-off is still to come.
    """
    name, edition = settings.edition(order.edition)
    schedule, timezone = edition.schedule, edition.timezone
    topic = " ".join(order.topic.split())
    if order.now and order.date:
        raise UsageError("an edition is cut off now or on a date, not both")
    if order.date:
        cutoff = cutoff_of(order.date, schedule, timezone, now)
    elif order.now or topic:
        cutoff = now.replace(microsecond=0)
    else:
        cutoff = latest_cutoff(schedule, timezone, now)
    if cutoff > now:
        local = cutoff.astimezone(ZoneInfo(timezone))
        raise UsageError(
            f"the edition {name} of {order.date} is cut off at {local:%Y-%m-%d %H:%M} "
            f"({timezone}), which is still to come"
        )
    if order.max_stories is not None and not 1 <= order.max_stories <= 100:
        raise UsageError(f"max stories is from 1 to 100, not {order.max_stories}")
    chosen = feeds_of(edition, feeds)
    if not chosen:
        raise UsageError(
            f"no feed has one of the topics of the edition {name} ({', '.join(edition.topics)})"
            if feeds
            else f"{settings.feeds} holds no feed: add one with `digest feeds add URL`"
        )
    channels = (f"{CHANNEL}{channel}" for channel in edition.channels)
    return Plan(
        # No edition of the settings can have a full stop in its name.
        name=f"{name}.{_slug(topic)}" if topic else name,
        slot=slot_of(cutoff, schedule, timezone, timed=order.now),
        title=edition.title or name,
        cutoff=cutoff,
        next_cutoff=next_cutoff(schedule, timezone, cutoff),
        schedule="" if topic else schedule,
        timezone=timezone,
        language=edition.language,
        topic=topic,
        feeds=chosen,
        max_stories=order.max_stories or edition.max_stories,
        look_back=timedelta(hours=edition.look_back_hours),
        brief=Brief(edition.words, edition.sentences, topic),
        summarizer=edition.summarizer or settings.summarizer,
        recipients=() if topic else (*edition.recipients, *channels),
    )


def feeds_of(edition: EditionSettings, feeds: Sequence[Feed]) -> tuple[Feed, ...]:
    """The feeds with one of the edition's topics; all where it names none."""
    wanted = set(edition.topics)
    return tuple(feed for feed in feeds if not wanted or wanted & set(feed.topics))


def _slug(topic: str) -> str:
    """A name for files: the topic's words, and where that says less than the topic, its hash."""
    folded = topic.casefold()
    slug = "-".join(re.findall(r"[^\W_]+", folded))[:60].rstrip("-")
    if not slug:
        raise UsageError(f"the topic {topic!r} has no letters")
    if slug == folded.replace(" ", "-"):
        return slug
    return f"{slug}-{hashlib.sha256(folded.encode()).hexdigest()[:6]}"
