"""The default summarizer: sentences of the articles themselves, chosen with the packaged encoder.

Nothing it prints can be invented, because every sentence stands in an article, word for word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from digest.model import Citation, Sentence, Story, Summary
from digest.summarize.antecedents import points_back
from digest.summarize.base import Brief
from digest.summarize.models import Encoder, Vectors
from digest.summarize.select import Candidate, select
from digest.summarize.sentences import ENDED, count_words, split_paragraphs
from digest.summarize.words import terms

METHOD_VERSION = 1
"""Raised whenever the same story would give another paragraph, so that the cache forgets."""

SENTENCES_AN_ARTICLE = 40
"""Later sentences of a long article are not considered."""
SENTENCES_A_STORY = 160
"""Shared out among its articles: the programme stays small however many tell the event."""
MIN_WORDS = 5

_QUOTES = (("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"))
_NO_NEWS = re.compile(
    r"""^(?:(?:read\ more|see\ also|click|sign\ up|subscribe|follow\ us|watch|share\ this|
    advertisement|photo|image|picture|video|file\ photo|copyright|
    this\ (?:article|story)\ (?:was|has|is)|scroll\ down|more\ on\ this)\b|
    by\ [A-Z]\w+\ [A-Z]\w+[.,]?$|©|updated?:|related:)""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A sentence where it stands: which article, which sentence of it, how many words before."""

    article: int
    index: int
    text: str
    words: int
    offset: int
    leans: bool
    """On the sentence before."""


class ExtractiveSummarizer:
    """Chooses whole sentences within a word budget; see ``select`` for the objective."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name = f"extractive-{METHOD_VERSION}:{encoder.name}"

    @property
    def loaded(self) -> bool:
        """Whether the encoder's weights have been read yet."""
        return self._encoder.loaded

    def summarize(self, stories: Sequence[Story], brief: Brief) -> list[Summary]:
        """One paragraph a story; all sentences of all stories are encoded in one go."""
        found = [_worth_choosing(story) for story in stories]
        texts = [sentence.text for sentences in found for sentence in sentences]
        vectors = self._encoder.encode([*texts, brief.topic] if brief.topic else texts)
        topic = vectors[-1] if brief.topic else None
        summaries = []
        start = 0
        for story, sentences in zip(stories, found, strict=True):
            part = vectors[start : start + len(sentences)]
            start += len(sentences)
            summaries.append(self._paragraph(story, sentences, part, brief, topic))
        return summaries

    def _paragraph(
        self,
        story: Story,
        found: Sequence[_Found],
        vectors: Vectors,
        brief: Brief,
        topic: NDArray[np.float32] | None,
    ) -> Summary:
        candidates = _candidates(found)
        indices = select(candidates, vectors, brief.words, brief.sentences, topic)
        if not indices:
            # Better a sentence that points back to what is not there than a story left out.
            free = [replace(candidate, needs=None) for candidate in candidates]
            indices = select(free, vectors, brief.words, brief.sentences, topic)
        chosen = _in_reading_order([found[index] for index in indices])
        reason = "" if chosen else _why_nothing(found, brief)
        cited = tuple(Sentence(s.text, _citations(s, found, story)) for s in chosen)
        return Summary(cited, "extractive", self._encoder.name, reason)


def _worth_choosing(story: Story) -> list[_Found]:
    """The sentences that could stand in the story's paragraph: those that look like news, or all
    where none does (Thai, for one, ends no sentence with a mark)."""
    return list(_read(story, _is_news)) or list(_read(story, _is_anything))


def _read(story: Story, usable: Callable[[str, int], bool]) -> Iterator[_Found]:
    limit = min(SENTENCES_AN_ARTICLE, max(5, SENTENCES_A_STORY // len(story.articles)))
    for number, article in enumerate(story.articles):
        seen: set[str] = set()
        offset = 0
        for index, (_, text) in enumerate(split_paragraphs(article.paragraphs, article.language)):
            words = count_words(text)
            if len(seen) < limit and text not in seen and usable(text, words):
                seen.add(text)
                # Nothing stands before the first sentence that it could lean on.
                leans = index > 0 and points_back(text, article.language)
                yield _Found(number, index, text, words, offset, leans)
                offset += words


def _is_anything(text: str, words: int) -> bool:
    return words > 0 and not _NO_NEWS.match(text)


def _is_news(text: str, words: int) -> bool:
    quotes_closed = text.count('"') % 2 == 0 and all(
        text.count(opening) == text.count(closing) for opening, closing in _QUOTES
    )
    ended = bool(ENDED.search(text))
    return words >= MIN_WORDS and quotes_closed and ended and not _NO_NEWS.match(text)


def _candidates(found: Sequence[_Found]) -> list[Candidate]:
    place = {(s.article, s.index): number for number, s in enumerate(found)}
    return [
        Candidate(
            words=s.words,
            offset=s.offset,
            concepts=terms(s.text),
            needs=place.get((s.article, s.index - 1), number) if s.leans else None,
        )
        for number, s in enumerate(found)
    ]


def _in_reading_order(chosen: Sequence[_Found]) -> list[_Found]:
    """By how early their articles say it; what leans on another sentence stays right behind it."""
    keys: dict[tuple[int, int], tuple[int, int, int]] = {}
    for s in sorted(chosen, key=lambda s: (s.article, s.index)):
        before = keys.get((s.article, s.index - 1)) if s.leans else None
        keys[s.article, s.index] = (before[0] if before else s.offset, s.article, s.index)
    return sorted(chosen, key=lambda s: keys[s.article, s.index])


def _citations(sentence: _Found, found: Sequence[_Found], story: Story) -> tuple[Citation, ...]:
    """Its own place first, then the other articles that have it word for word."""
    same = [s for s in found if s.text == sentence.text and s.article != sentence.article]
    return tuple(
        Citation(story.articles[s.article].url, s.index, s.text) for s in [sentence, *same]
    )


def _why_nothing(found: Sequence[_Found], brief: Brief) -> str:
    if not found:
        return "its articles have no sentence that could be quoted"
    return f"no sentence of its articles can stand alone in {brief.words} words"
