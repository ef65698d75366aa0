"""The default summarizer: sentences of the articles themselves, chosen with the packaged encoder.

Nothing it prints can be invented, because every sentence stands in an article, word for word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.model import Citation, Sentence, Story, Summary
from digest.summarize.base import Brief
from digest.summarize.models import Encoder, Vectors
from digest.summarize.select import Candidate, select
from digest.summarize.sentences import count_words, split_paragraphs
from digest.summarize.words import terms

METHOD_VERSION = 1
"""Raised whenever the same story would give another paragraph, so that the cache forgets."""

SENTENCES_AN_ARTICLE = 40
"""Later sentences of a long article are not considered."""
SENTENCES_A_STORY = 160
"""Shared out among its articles: the programme stays small however many tell the event."""
MIN_WORDS = 5

# Words that point back to something; what they point to is most often the sentence before.
_POINTS_BACK = re.compile(
    r"""^[\W_]*(?:
    yes|no|he|she|they|it|this|that|these|those|his|her|hers|their|its|him|them|such|both|
    but|and|or|so|however|meanwhile|moreover|furthermore|besides|also|too|then|yet|still|instead|
    nevertheless|nonetheless|therefore|thus|hence|otherwise|likewise|similarly|afterwards?|
    although|though|while|whereas|because|for\ example|for\ instance|in\ addition|
    as\ a\ result|in\ contrast|on\ the\ other\ hand|by\ contrast|in\ turn|
    er|sie|es|dies(?:e[rsmn]?)?|aber|und|doch|jedoch|außerdem|zudem|dennoch|deshalb|dabei|damit|
    él|ella|ellos|ellas|esto|este|esta|pero|y|sin\ embargo|además|también|
    il|elle|ils|elles|cela|ce|cette|mais|et|cependant|
    그는|그녀는|그들은|이는|이에|그러나|하지만|그리고|또한?|한편|이어
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
# "The minister gave it days earlier": an early object that stands for something said before. After
# "said" it is most often the speaker's own.
_EARLY_OBJECT = re.compile(
    r"^\W*\w+(?:\W+\w+){0,5}\W+(?<!said )(?<!says )(?:it|them|him)\b", re.IGNORECASE
)
_SAID_BY_PRONOUN = re.compile(
    r"[\"”’»,]\s+(?:(?:he|she|they|it)\s+\w+|\w+(?:ed|id)\s+(?:he|she|they))\b", re.IGNORECASE
)
_ENDS = re.compile(r"[.!?…。！？؟۔][\"'”’»)\]」』]*$")
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
    points_back: bool


class ExtractiveSummarizer:
    """Chooses whole sentences within a word budget; see ``select`` for the objective."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name = f"extractive-{METHOD_VERSION}:{encoder.name}"

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
        indices = select(_candidates(found), vectors, brief.words, brief.sentences, topic)
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
                yield _Found(number, index, text, words, offset, points_back(text))
                offset += words


def _is_anything(text: str, words: int) -> bool:
    return words > 0 and not _NO_NEWS.match(text)


def _is_news(text: str, words: int) -> bool:
    quotes_closed = text.count('"') % 2 == 0 and all(
        text.count(opening) == text.count(closing) for opening, closing in _QUOTES
    )
    ended = bool(_ENDS.search(text))
    return words >= MIN_WORDS and quotes_closed and ended and not _NO_NEWS.match(text)


def points_back(text: str) -> bool:
    """Whether it leans on the sentence before: a pronoun or connective opens it or speaks in it."""
    return any(pattern.search(text) for pattern in (_POINTS_BACK, _EARLY_OBJECT, _SAID_BY_PRONOUN))


def _candidates(found: Sequence[_Found]) -> list[Candidate]:
    place = {(s.article, s.index): number for number, s in enumerate(found)}
    return [
        Candidate(
            words=s.words,
            offset=s.offset,
            concepts=terms(s.text),
            needs=place.get((s.article, s.index - 1), number) if s.points_back else None,
        )
        for number, s in enumerate(found)
    ]


def _in_reading_order(chosen: Sequence[_Found]) -> list[_Found]:
    """By how early their articles say it; what leans on another sentence stays right behind it."""
    keys: dict[tuple[int, int], tuple[int, int, int]] = {}
    for s in sorted(chosen, key=lambda s: (s.article, s.index)):
        offset = s.offset
        if s.points_back:
            offset = keys[s.article, s.index - 1][0]
        keys[s.article, s.index] = (offset, s.article, s.index)
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
