"""An edition as the archive shows it, taken from its document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from os import fsdecode
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from digest.publish.document import Document
from digest.publish.masthead import date, standfirst, titled
from digest.publish.plain import Moment, Tongue, cleaned, moment, tongue

TEASERS = 3
"""Headlines that stand for the others."""


@dataclass(frozen=True, slots=True)
class Headline:
    """A story as the list of editions names it."""

    text: str
    tongue: Tongue


@dataclass(frozen=True, slots=True)
class Card:
    """An edition in a list of editions."""

    folder: str
    """Where it lies, as a URL relative to the archive: ``daily/2026-11-23``."""
    version: str
    """Of its document."""
    name: str
    """Its title, with the topic where it has one."""
    tongue: Tongue
    cutoff: datetime
    local: Moment
    """The cut-off in the edition's time zone."""
    date: str
    """As on the edition's page."""
    standfirst: str
    stories: int
    teasers: tuple[Headline, ...]

    @property
    def path(self) -> Path:
        """Where it lies, relative to the outputs."""
        return path_of(self.folder)


def url_of(path: Path) -> str:
    """A path below the outputs as a URL relative to them."""
    return quote(bytes(path))


def path_of(url: str) -> Path:
    """The path that ``url_of`` wrote."""
    return Path(fsdecode(unquote_to_bytes(url)))


def card(folder: Path, document: Document) -> Card:
    """How the archive shows what lies in ``folder``.

    Raises:
        OverflowError: its dates cannot be told in its time zone.
    """
    document = cleaned(document)
    local = moment(document.cutoff, document.timezone)
    return Card(
        folder=url_of(folder),
        version=document.version,
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
            document.minutes,
        ),
        stories=len(document.stories),
        teasers=tuple(
            Headline(story.headline, tongue(story.language or document.language))
            for story in document.stories[:TEASERS]
        ),
    )
