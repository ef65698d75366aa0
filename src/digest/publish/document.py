"""What a ``digest.json`` tells the archive; ``render`` describes it in full."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from digest.model import Counts

DOCUMENT = "digest.json"
"""The file that makes a folder an edition."""

Flaw = OSError | ValidationError
"""Why a document cannot be had."""


@dataclass(frozen=True, slots=True)
class Article:
    """An article of a story."""

    language: str
    url: str = ""
    """Empty where it must not be a link."""
    title: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """What a sentence rests on."""

    article: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a paragraph."""

    text: str
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A story's paragraph."""

    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A story of an edition."""

    key: str
    headline: str
    articles: Annotated[tuple[Article, ...], Field(min_length=1)]
    summary: Summary

    @property
    def language(self) -> str:
        """The lead's."""
        return self.articles[0].language


@dataclass(frozen=True, slots=True)
class Document:
    """An edition."""

    schema: Literal[1]
    slot: str
    title: str
    language: str
    timezone: ZoneInfo
    start: AwareDatetime
    cutoff: AwareDatetime
    topic: str
    counts: Counts
    stories: tuple[Story, ...]
    late_minutes: int = 0
    version: str = ""
    """A hash of the file, which tells this document from any other."""


_DOCUMENT = TypeAdapter(Document)


def document(content: bytes | OSError) -> Document | Flaw:
    """The document that is written there, or what is wrong with it."""
    if isinstance(content, OSError):
        return content
    try:
        return replace(_DOCUMENT.validate_json(content), version=sha256(content).hexdigest()[:16])
    except ValidationError as problem:
        return problem
