"""What a ``digest.json`` tells the archive; ``render`` describes it in full."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from digest import model
from digest.model import Counts, Edition, Origin, Summary, Told

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
    published: AwareDatetime | None = None
    origin: Origin = "page"


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

    @property
    def told(self) -> Told:
        """The story as it was published, without the articles' texts."""
        articles = tuple(
            model.Article(
                each.url,
                each.title,
                (),
                source=each.source,
                published=each.published,
                language=each.language,
                origin=each.origin,
            )
            for each in self.articles
        )
        return Told(model.Story(articles, self.headline), self.summary)


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
    minutes: int = 0
    """To read it; 0 where an older one does not say."""
    version: str = ""
    """A hash of the file, which tells this document from any other."""

    @property
    def edition(self) -> Edition:
        """The edition as it was published, as far as its stories go."""
        return Edition(
            name="",
            slot=self.slot,
            title=self.title,
            timezone=self.timezone.key,
            start=self.start,
            cutoff=self.cutoff,
            stories=tuple(story.told for story in self.stories),
            counts=self.counts,
            topic=self.topic,
            language=self.language,
            late_minutes=self.late_minutes,
        )


_DOCUMENT = TypeAdapter(Document)


def document(content: bytes | OSError) -> Document | Flaw:
    """The document that is written there, or what is wrong with it."""
    if isinstance(content, OSError):
        return content
    try:
        return replace(_DOCUMENT.validate_json(content), version=sha256(content).hexdigest()[:16])
    except ValidationError as problem:
        return problem
