"""The editions that lie in an outputs folder, read back from their ``digest.json``.

The folder is asked and no store: several stores may publish into it, and people delete folders by
hand and keep files of their own there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from digest.model import Counts
from digest.publish.plain import Moment, Tongue, cleaned, moment, tongue
from digest.publish.view import date, standfirst, titled

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Headline:
    """A story as the archive names it."""

    key: str
    text: str
    tongue: Tongue


@dataclass(frozen=True, slots=True)
class Card:
    """An edition as the archive shows it."""

    folder: str
    """Where it lies, as a URL relative to the archive: ``daily/2026-11-23``."""
    name: str
    """Its title, with the topic where it has one."""
    tongue: Tongue
    cutoff: datetime
    local: Moment
    """The cut-off in the edition's time zone."""
    date: str
    """As on the edition's page."""
    standfirst: str
    headlines: tuple[Headline, ...]


@dataclass(frozen=True, slots=True)
class _Article:
    language: str


@dataclass(frozen=True, slots=True)
class _Story:
    key: str
    headline: str
    articles: Annotated[tuple[_Article, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class _Document:
    """What the archive needs of a ``digest.json``, which ``render`` describes in full."""

    schema: Literal[1]
    slot: str
    title: str
    language: str
    timezone: ZoneInfo
    start: AwareDatetime
    cutoff: AwareDatetime
    topic: str
    counts: Counts
    stories: tuple[_Story, ...]
    late_minutes: int = 0


_DOCUMENT = TypeAdapter(_Document)


def read_cards(outputs: Path) -> Iterator[Card]:
    """Every edition below ``outputs``, in no order.

    A ``digest.json`` that is not one of ours, or no longer, is left out and logged. Folders
    without one are no editions, and hidden ones are not looked into.
    """
    for path in outputs.glob("[!.]*/[!.]*/digest.json"):
        try:
            document = cleaned(_DOCUMENT.validate_json(path.read_bytes()))
            card = _card(path.parent.relative_to(outputs), document)
        except (OSError, OverflowError, ValidationError) as problem:
            logger.warning(
                "%s is not listed as an edition: %s; publish it again or put the file elsewhere",
                path,
                _reason(problem),
            )
        else:
            yield card


def _card(folder: Path, document: _Document) -> Card:
    local = moment(document.cutoff, document.timezone)
    return Card(
        folder=quote(bytes(folder)),
        name=titled(document.title, document.topic),
        tongue=tongue(document.language),
        cutoff=document.cutoff,
        local=local,
        date=date(document.slot, local),
        standfirst=standfirst(
            len(document.stories),
            document.counts,
            document.topic,
            moment(document.start, document.timezone),
            document.late_minutes,
        ),
        headlines=tuple(
            Headline(
                story.key,
                story.headline,
                tongue(story.articles[0].language or document.language),
            )
            for story in document.stories
        ),
    )


def _reason(problem: Exception) -> str:
    """In a few words; of the many things that are wrong in a strange document, the first."""
    if not isinstance(problem, ValidationError):
        return str(problem)
    first = problem.errors()[0]
    return ": ".join([*map(str, first["loc"]), first["msg"]])
