"""What ``digest.json`` holds: one description, which both the file and its JSON Schema follow.

The shape is not that of the nouns: a noun may change with the program, a published file may not. A
field may be added; ``VERSION`` is raised when one changes its meaning or goes away.

Articles' full texts are not in it, as they belong to those who wrote them; nor is the time an
article was first seen, which says when a machine ran and not when something was told.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, PlainSerializer, TypeAdapter, WithJsonSchema

from digest.publish.plain import utc

VERSION: Final = 1
SCHEMA_FILE = "digest.schema.json"
"""Lies in the outputs, above all editions."""

Time = Annotated[
    datetime, PlainSerializer(utc), WithJsonSchema({"type": "string", "format": "date-time"})
]
Link = Annotated[str, Field(pattern=r"^([Hh][Tt][Tt][Pp][Ss]?://\S+)?$")]
_DESCRIBED = ConfigDict(use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True)
class Counts:
    """The edition in figures."""

    __pydantic_config__ = _DESCRIBED
    feeds: int
    """Feeds that the edition is made from."""
    articles: int
    """Articles inside the edition's window."""
    stories: int
    """Events they tell, told here or left out."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a story's score."""

    __pydantic_config__ = _DESCRIBED
    name: str
    points: float
    why: str
    """In words."""


@dataclass(frozen=True, slots=True)
class Citation:
    """One sentence of an article, on which a sentence of a summary rests."""

    __pydantic_config__ = _DESCRIBED
    article: Link
    """The article's URL."""
    sentence: int
    """Which sentence of the article's text, from 0."""
    text: str
    """The sentence as it stands there."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a summary."""

    __pydantic_config__ = _DESCRIBED
    text: str
    sources: tuple[Citation, ...]
    """The best support first."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A story's paragraph."""

    __pydantic_config__ = _DESCRIBED
    text: str
    """The sentences, with a space between two."""
    sentences: tuple[Sentence, ...]
    method: Literal["extractive", "generative"]
    """Whether the sentences are the articles' own, or written."""
    model: str
    """The model that chose or wrote them."""
    fallback: str
    """Why this is not what the asked-for summarizer wrote; empty where it is."""
    doubt: str
    """Why a written paragraph may say what its articles do not; empty where it was checked and
    holds."""
    notes: tuple[str, ...]
    """Where outlets differ in its numbers, and what of a model was left out and why."""


@dataclass(frozen=True, slots=True)
class Article:
    """An article that tells a story."""

    __pydantic_config__ = _DESCRIBED
    url: Link
    """Empty where it has no page."""
    title: str
    source: str
    """The outlet."""
    author: str
    published: Time | None
    """UTC; null where nobody gave a date."""
    language: str
    """BCP 47 code as the feed or the page claims it; empty where it is not known."""
    origin: Literal["page", "content", "summary"]
    """Where its text came from: its page, the feed's full content, or the feed's summary."""


@dataclass(frozen=True, slots=True)
class Story:
    """One event."""

    __pydantic_config__ = _DESCRIBED
    key: str
    """The same wherever the same articles tell it; its place on the page is ``#story-KEY``."""
    headline: str
    url: Link
    """The lead article's."""
    minutes: int
    """To read headline and paragraph, at least 1."""
    score: float
    """By which the stories are ordered."""
    reasons: tuple[Reason, ...]
    """They add up to the score."""
    summary: Summary
    articles: tuple[Article, ...]
    """The lead first."""


@dataclass(frozen=True, slots=True)
class Feed:
    """How a feed did."""

    __pydantic_config__ = _DESCRIBED
    url: Link
    title: str
    status: Literal["ok", "silent", "failing", "moved"]
    reason: str
    """What is wrong; empty when all is well."""
    articles: int
    """Its articles inside the edition's window."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that one might look for in the edition."""

    __pydantic_config__ = _DESCRIBED
    kind: Literal["story", "article"]
    title: str
    url: Link
    reason: str


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A reader whom an earlier edition did not reach."""

    __pydantic_config__ = _DESCRIBED
    recipient: str
    """Masked: ``m…@away.example``, or ``channel:NAME``."""
    slot: str
    """That edition's."""
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """One edition of the digest. All texts are plain text, all times UTC."""

    __pydantic_config__ = _DESCRIBED
    described_by: Annotated[str, Field(serialization_alias="$schema", title="$schema")]
    """Where this description lies, seen from the document."""
    schema: Literal[1]
    """The version of this description."""
    edition: str
    """The name of the edition in the settings, with a topic's where it has one."""
    slot: str
    """The local date of the cut-off, with the time where a day has more than one edition."""
    title: str
    language: str
    timezone: str
    """IANA name, in which the page shows times."""
    start: Time
    """The edition tells articles after this time …"""
    cutoff: Time
    """… up to and including this one."""
    topic: str
    """What the edition is about; empty where it is about everything."""
    late_minutes: int
    """How long after it was due it was made; 0 where that was in time."""
    minutes: int
    """To read all stories; 0 where there is none."""
    counts: Counts
    stories: tuple[Story, ...]
    """The best first."""
    feeds: tuple[Feed, ...]
    left_out: tuple[LeftOut, ...]
    undelivered: tuple[Undelivered, ...]
    """Told once, in the edition after the one that was not taken."""


_DOCUMENT = TypeAdapter(Document)


def dump(document: Document) -> bytes:
    """The document as ``digest.json`` holds it, UTF-8."""
    return _DOCUMENT.dump_json(document, by_alias=True, indent=2) + b"\n"


def json_schema() -> bytes:
    """The JSON Schema (2020-12) that every ``digest.json`` of this version follows, UTF-8."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema = dialect | _DOCUMENT.json_schema(mode="serialization")
    return (json.dumps(schema, ensure_ascii=False, indent=2) + "\n").encode()
