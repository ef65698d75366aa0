"""The default summarizer: sentences of the articles themselves.

Nothing it prints can be invented, because every sentence stands in an article, in its own words.
Which words matter is learned. The packaged encoder finds what several articles say alike and what
is about the reader's topic; one article without a topic is told without it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from digest.model import Article, Citation, Sentence, Story, Summary
from digest.summarize.base import Brief
from digest.summarize.choosing.agreement import Statement, compare
from digest.summarize.choosing.concepts import concepts, is_pair
from digest.summarize.choosing.coverage import coverage
from digest.summarize.choosing.salience import LEARNED, Salience, shipped
from digest.summarize.choosing.select import Candidate, select
from digest.summarize.choosing.trim import trim
from digest.summarize.models import Encoder, Vectors
from digest.summarize.reading.antecedents import points_back
from digest.summarize.reading.sentences import ENDED, count_words, split_paragraphs

METHOD_VERSION = 3
"""Raised whenever the same story would give another paragraph, so that the cache forgets."""

SENTENCES_AN_ARTICLE = 40
"""Later sentences of a long article are not considered."""
SENTENCES_A_STORY = 160
"""Shared out among its articles: the programme stays small however many tell the event."""
MIN_WORDS = 5

PAIR = 1.5
"""What a pair of words counts, where a word counts 1."""
FULL = 9.0
"""What all the words asked for cost where one article alone tells the story: a sentence that takes
a tenth of them has to bring a tenth of this. Better a short paragraph than one filled up; a long
one is there to cover the article."""
SPARE = 0.3
"""The same where several articles tell it, as a part of what their words are worth on the average:
with that a sentence about nothing much is left out."""
CENTRAL = 6
"""The power of an article's likeness to the others with which it counts: one that tells the event
from the side does not decide what the news is."""
OPENING = 6
"""The first sentences of an article, which tell what it is about."""
TOPIC = 1.5
"""How much more a sentence counts that is about the reader's topic where the others are not."""
ABOUT = 0.5
"""The mean likeness to the topic from which a story is about nothing else: all of it answers."""

WEIGHTS_ALONE = "learned word weights"
"""What a paragraph names as its model for which no encoder was asked."""

Vector = NDArray[np.float32]

_QUOTES = (("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"))
_NO_NEWS = re.compile(
    r"""^(?:(?:read\ more|see\ also|click|sign\ up|subscribe|follow\ us|watch|share\ this|
    advertisement|photo|image|picture|video|file\ photo|copyright|
    this\ (?:article|story)\ (?:was|has|is)|scroll\ down|more\ on\ this)\b|
    by\ [A-Z]\w+\ [A-Z]\w+[.,]?$|©|updated?:|related:)""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence where it stands: which article, which sentence of it, how many words before."""

    article: int
    index: int
    text: str
    trimmed: str
    """As it may be printed."""
    words: int
    """Of ``trimmed``."""
    offset: int
    leans: bool
    """On the sentence before."""


class ExtractiveSummarizer:
    """Chooses sentences within a word budget: those that ``select`` finds to hold most of what
    ``salience`` expects in a paragraph about the story."""

    def __init__(
        self,
        encoder: Encoder,
        salience: Salience | None = None,
        multilingual: Encoder | None = None,
    ) -> None:
        """A summarizer that reads with ``encoder``.

        Args:
            encoder: For stories in English, and for all where there is no other.
            salience: Another than the shipped one, to judge it.
            multilingual: For stories in other languages.
        """
        self._encoder = encoder
        self._salience = salience or shipped()
        self._multilingual = multilingual
        names = "+".join(each.name for each in (encoder, multilingual) if each)
        self.name = f"extractive-{METHOD_VERSION}:{names}"

    @property
    def loaded(self) -> bool:
        """Whether the encoder's weights have been read yet."""
        return self._encoder.loaded

    def summarize(self, stories: Sequence[Story], brief: Brief) -> list[Summary]:
        """One paragraph a story; all sentences that one encoder reads are read in one go."""
        found = [worth_choosing(story) for story in stories]
        readers = [self._reader(story, brief) for story in stories]
        read: dict[int, tuple[Vectors, Vector | None]] = {}
        for encoder in dict.fromkeys(readers):
            own = [number for number, reader in enumerate(readers) if reader is encoder]
            some = [found[number] for number in own]
            vectors = _read_by(encoder, some, brief.topic) if encoder else map(_unread, some)
            read.update(zip(own, vectors, strict=True))
        names = [reader.name if reader else WEIGHTS_ALONE for reader in readers]
        return [
            self._paragraph(story, found[number], names[number], *read[number], brief)
            for number, story in enumerate(stories)
        ]

    def _reader(self, story: Story, brief: Brief) -> Encoder | None:
        """Who finds what is alike in the story; ``None`` where there is nothing to find."""
        if len(story.articles) == 1 and not brief.topic:
            return None
        language = (story.lead.language or "en").partition("-")[0]
        return self._encoder if language == "en" else self._multilingual or self._encoder

    def _paragraph(
        self,
        story: Story,
        found: Sequence[Found],
        reader: str,
        vectors: Vectors,
        topic: Vector | None,
        brief: Brief,
    ) -> Summary:
        agreement = compare([_statement(story.articles[s.article], s) for s in found], vectors)
        worth = self._worth(found, vectors, brief)
        cost = (1 - _long(brief)) * FULL / brief.words if len(story.articles) == 1 else None
        candidates = _candidates(found, worth, vectors, cost, topic)
        fresh = [
            replace(c, needs=number) if number in agreement.stale else c
            for number, c in enumerate(candidates)
        ]
        # Better what is out of date, points back to what is not there, or is hardly worth its place
        # than a story left out.
        free = [replace(c, needs=None, bonus=max(c.bonus, 0.0)) for c in candidates]
        indices = select(fresh, worth, agreement.same, brief.words, brief.sentences) or select(
            free, worth, agreement.same, brief.words, brief.sentences
        )
        chosen = _in_reading_order(found, indices)
        reason = "" if chosen else _why_nothing(found, brief)
        cited = tuple(
            Sentence(
                found[index].trimmed,
                tuple(_citation(found[at], story) for at in [index, *agreement.supporters(index)]),
            )
            for index in chosen
        )
        notes = agreement.notes(chosen)
        return Summary(cited, "extractive", reader, reason, notes=notes)

    def _worth(self, found: Sequence[Found], vectors: Vectors, brief: Brief) -> dict[str, float]:
        """Of each concept: how likely the articles' own paragraphs have it, on the average, times
        the part of the articles that have it at all. What several outlets tell is the news, and
        an article counts the more the more it is like the others.

        A paragraph longer than those learned from, about one article, has room for more than the
        news itself: the longer it is, the more it counts how much of the article it covers.
        """
        likely: dict[str, list[float]] = defaultdict(list)
        articles = [
            list(group) for _, group in groupby(range(len(found)), lambda i: found[i].article)
        ]
        long = _long(brief) / max(1, len(articles))
        counts = _centrality([vectors[rows] for rows in articles])
        for rows, weight in zip(articles, counts, strict=True):
            sentences = [found[row].trimmed for row in rows]
            words = [found[row].words for row in rows]
            chances = self._salience.of(sentences, words, brief.words)
            covers = coverage(sentences, words, brief.words)
            for concept, chance in chances.items():
                learned = chance * (PAIR if is_pair(concept) else 1.0)
                covered = covers.get(concept, 0.0) * sum(chances.values())
                likely[concept].append(weight * ((1 - long) * learned + long * covered))
        return {c: sum(each) * len(each) / len(articles) ** 2 for c, each in likely.items()}


def _centrality(articles: Sequence[Vectors]) -> list[float]:
    """How much each article counts, from the vectors of its sentences: 1 on the average."""
    if len(articles) < 2:
        return [1.0] * len(articles)
    means = np.array([vectors[:OPENING].mean(axis=0) for vectors in articles])
    others = means.sum(axis=0) - means
    lengths = np.linalg.norm(means, axis=1) * np.linalg.norm(others, axis=1)
    likeness = np.clip((means * others).sum(axis=1) / np.maximum(lengths, 1e-9), 0, None)
    counts = likeness**CENTRAL
    return list(counts / counts.mean()) if counts.any() else [1.0] * len(articles)


def _read_by(
    encoder: Encoder, found: Sequence[Sequence[Found]], topic: str
) -> Iterator[tuple[Vectors, Vector | None]]:
    """The vectors of each story's sentences, and that of the topic if there is one."""
    texts = [sentence.trimmed for sentences in found for sentence in sentences]
    vectors = encoder.encode([*texts, topic] if topic else texts)
    start = 0
    for sentences in found:
        yield vectors[start : start + len(sentences)], vectors[-1] if topic else None
        start += len(sentences)


def _unread(found: Sequence[Found]) -> tuple[Vectors, None]:
    """Vectors of sentences none of which is like another."""
    return np.zeros((len(found), 1), dtype=np.float32), None


def _long(brief: Brief) -> float:
    """From 0 for paragraphs as long as those learned from to 1 for twice as long ones."""
    return min(1.0, max(0.0, brief.words / LEARNED - 1))


def worth_choosing(story: Story) -> list[Found]:
    """The sentences that could stand in the story's paragraph: those that look like news, or all
    where none does (Thai, for one, ends no sentence with a mark)."""
    return list(_read(story, _is_news)) or list(_read(story, _is_anything))


def _read(story: Story, usable: Callable[[str, int], bool]) -> Iterator[Found]:
    limit = min(SENTENCES_AN_ARTICLE, max(5, SENTENCES_A_STORY // len(story.articles)))
    for number, article in enumerate(story.articles):
        seen: set[str] = set()
        offset = 0
        for index, (_, text) in enumerate(split_paragraphs(article.paragraphs, article.language)):
            if len(seen) < limit and text not in seen and usable(text, count_words(text)):
                seen.add(text)
                trimmed = trim(text, article.language)
                words = count_words(trimmed)
                # Nothing stands before the first sentence that it could lean on.
                leans = index > 0 and points_back(trimmed, article.language)
                yield Found(number, index, text, trimmed, words, offset, leans)
                offset += words


def _is_anything(text: str, words: int) -> bool:
    return words > 0 and not _NO_NEWS.match(text)


def _is_news(text: str, words: int) -> bool:
    quotes_closed = text.count('"') % 2 == 0 and all(
        text.count(opening) == text.count(closing) for opening, closing in _QUOTES
    )
    ended = bool(ENDED.search(text))
    return words >= MIN_WORDS and quotes_closed and ended and not _NO_NEWS.match(text)


def _candidates(
    found: Sequence[Found],
    worth: Mapping[str, float],
    vectors: Vectors,
    cost: float | None,
    topic: Vector | None,
) -> list[Candidate]:
    """``cost`` of a word; where there is none, it follows from what words are worth."""
    place = {(s.article, s.index): number for number, s in enumerate(found)}
    said = [frozenset(concepts(s.trimmed)) for s in found]
    total = sum(worth[concept] for each in said for concept in sorted(each))
    typical = total / max(1, sum(s.words for s in found))
    a_word = np.full(len(found), -(SPARE * typical if cost is None else cost))
    if topic is not None:
        likeness = vectors @ topic
        usual = float(likeness.mean())
        turn = TOPIC * max(0.0, 1 - usual / ABOUT)
        a_word += turn * typical * np.clip(likeness - usual, 0, None)
    return [
        Candidate(
            words=s.words,
            concepts=said[number],
            needs=place.get((s.article, s.index - 1), number) if s.leans else None,
            bonus=s.words * float(a_word[number]),
            article=s.article,
        )
        for number, s in enumerate(found)
    ]


def _in_reading_order(found: Sequence[Found], indices: Sequence[int]) -> list[int]:
    """By how early their articles say it; what leans on another sentence stays right behind it."""
    keys: dict[tuple[int, int], tuple[int, int, int]] = {}
    # They come article by article, and each article's in its order.
    for index in indices:
        s = found[index]
        before = keys.get((s.article, s.index - 1)) if s.leans else None
        keys[s.article, s.index] = (before[0] if before else s.offset, s.article, s.index)
    return sorted(indices, key=lambda index: keys[found[index].article, found[index].index])


def _statement(article: Article, s: Found) -> Statement:
    return Statement(s.article, s.text, article.language or "en", article.published, article.source)


def _citation(s: Found, story: Story) -> Citation:
    return Citation(story.articles[s.article].url, s.index, s.text)


def _why_nothing(found: Sequence[Found], brief: Brief) -> str:
    if not found:
        return "its articles have no sentence that could be quoted"
    return f"no sentence of its articles can stand alone in {brief.words} words"
