"""What every summarizer takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from digest.model import Story, Summary


@dataclass(frozen=True, slots=True)
class Brief:
    """How long a paragraph may be, and what it should be about."""

    words: int = 120
    """At most so many words, as ``sentences.count_words`` counts them in any script."""
    sentences: int = 5
    """At most this many sentences."""
    topic: str = ""
    """What the reader asked for; empty where they want the news as it is."""

    @property
    def key(self) -> str:
        """A short text that differs whenever the paragraph may."""
        return f"{self.words}w{self.sentences}s{'/' + self.topic if self.topic else ''}"


class Summarizer(Protocol):
    """Turns stories into paragraphs, all of them in one call so that it can batch."""

    @property
    def name(self) -> str:
        """Method, model and revision: with the story's content and the brief, the cache's key."""
        ...

    @property
    def loaded(self) -> bool:
        """Whether a model's weights have been read yet."""
        ...

    def summarize(self, stories: Sequence[Story], brief: Brief) -> list[Summary]:
        """One summary a story, in order. A story it cannot tell, be it for lack of a model, gives a
        summary without sentences and with ``fallback`` set to the reason."""
        ...
