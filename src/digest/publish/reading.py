"""The editions that lie in the outputs, read back from their ``digest.json``.

The outputs are asked and no store: several stores may publish into them, and people delete folders
by hand and keep files of their own there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from pydantic import ValidationError

from digest.publish.document import DOCUMENT, Document
from digest.publish.place import Outputs, place
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


def read_cards(outputs: Outputs) -> Iterator[Card]:
    """Every edition below ``outputs``, in no order.

    A ``digest.json`` that is not one of ours, or no longer, is left out and logged. Folders
    without one are no editions, and hidden ones are not looked into.

    Raises:
        DigestError, PassingError: the bucket refuses, or cannot be reached now.
    """
    for folder, document in place(outputs).documents():
        try:
            if not isinstance(document, Document):
                raise document
            card = _card(folder, cleaned(document))
        except (OSError, OverflowError, ValidationError) as problem:
            logger.warning(
                "%s is not listed as an edition: %s; publish it again or put the file elsewhere",
                outputs.joinpath(*folder.parts, DOCUMENT),
                _reason(problem),
            )
        else:
            yield card


def _card(folder: Path, document: Document) -> Card:
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
