"""What a run tells the Prefect server, so that an automation can act: send a message, start a flow.

An event's id follows from what it tells. So a run that was killed and tells it again tells the
server nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from prefect.events import emit_event

from digest.addresses import without_credentials
from digest.model import Delivery, Edition
from digest.operate.again import UNDELIVERED
from digest.publish.plain import duration
from digest.publish.view import view
from digest.run import Outcome
from digest.settings import Settings


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an edition or a feed."""

    name: str
    edition: str
    """The edition's resource id: ``digest.edition.daily.2026-11-23``."""
    message: str
    """For a person."""
    title: str
    """What it happened to, as a person calls it."""
    resource: str = ""
    """The feed's resource id, ``digest.feed.URL``; empty where it happened to the edition."""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        """The same for the same event."""
        told = " ".join((self.name, self.edition, self.resource, self.message))
        return uuid5(NAMESPACE_URL, told)


def events(outcome: Outcome, settings: Settings, again: bool = False) -> tuple[Event, ...]:
    """What there is to tell of a run.

    Args:
        outcome: What the run did.
        settings: All settings.
        again: Whether an attempt before this one may have died before it could tell.
    """
    told = [] if not (outcome.made or again) else [*_of_edition(outcome.edition)]
    if told and not outcome.edition.topic:
        told += _of_feeds(outcome.edition, timedelta(days=settings.dead_after_days))
    return (*told, *_of_deliveries(outcome.edition, outcome.deliveries))


def emit(told: Iterable[Event]) -> None:
    """Sends events to the server; Prefect adds the flow run, its deployment and tags to each."""
    for event in told:
        edition = {"prefect.resource.id": event.edition, "prefect.resource.role": "edition"}
        emit_event(
            event.name,
            resource={
                "prefect.resource.id": event.resource or event.edition,
                "prefect.resource.name": event.title,
            },
            related=[edition] if event.resource else [],
            payload={"message": event.message, **event.figures},
            id=event.id,
        )


def _of_edition(edition: Edition) -> Iterator[Event]:
    shown = view(edition)
    of = f"{shown.name}, {shown.date}"
    resource = _resource(edition)
    counts = {
        "stories": len(edition.stories),
        "articles": edition.counts.articles,
        "feeds": edition.counts.feeds,
        "minutes late": edition.late_minutes,
    }
    said = f"{of}: {shown.standfirst}"
    yield Event("digest.edition.published", resource, said, of, figures=counts)
    if not edition.stories:
        yield Event("digest.edition.empty", resource, said, of, figures=counts)
    if edition.late_minutes:
        late = f"{of} comes {duration(edition.late_minutes)} late"
        yield Event("digest.edition.late", resource, late, of, figures=counts)


def _of_feeds(edition: Edition, patience: timedelta) -> Iterator[Event]:
    """Those whose patience ran out since the last edition: of thousands of feeds many are dead, and
    who was told once of each need not be told every day."""
    for feed in edition.health:
        since = feed.failing_since
        if since and edition.start < since + patience <= edition.cutoff:
            url = without_credentials(feed.url)
            yield Event(
                "digest.feed.dead",
                _resource(edition),
                f"{feed.title} ({url}) {feed.reason}",
                feed.title,
                f"digest.feed.{url}",
                {"url": url, "days": patience.days, "failing since": since.isoformat()},
            )


def _of_deliveries(edition: Edition, deliveries: Iterable[Delivery]) -> Iterator[Event]:
    """What was refused; what is only deferred may yet arrive."""
    refused: dict[str, dict[str, str]] = {}
    for each in deliveries:
        if each.status == "refused":
            refused.setdefault(each.slot, {})[each.recipient] = each.detail
    shown = view(edition)
    for slot, why in refused.items():
        of = f"{shown.name}, {shown.date if slot == edition.slot else slot}"
        said = f"{of} is {UNDELIVERED} {', '.join(why)}"
        resource = _resource(edition, slot)
        yield Event("digest.delivery.failed", resource, said, of, figures={"why": why})


def _resource(edition: Edition, slot: str = "") -> str:
    return f"digest.edition.{edition.name}.{slot or edition.slot}"
