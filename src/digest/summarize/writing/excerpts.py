"""As much of a story as a model can read: the sentences that matter most, in the text's order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from digest.model import Story
from digest.summarize.reading.sentences import count_words, split_paragraphs
from digest.summarize.reading.words import terms

Count = Callable[[Sequence[str]], list[int]]
"""How many tokens each text takes."""

ARTICLES = 10
"""Of a story told by more, the first so many are read."""
LEAD_REACH = 160.0
"""Words into an article after which a sentence's place counts half."""
CENTRALITY = 1.0
"""Of what a sentence shares with the others, where its place has 1."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of an article that is read."""

    outlet: str
    title: str
    text: str


def cut(story: Story, room: int, count: Count) -> list[Excerpt]:
    """Whole sentences of a story's articles that take at most ``room`` tokens together.

    The most salient that fit, each once however many articles have it. They stand in the order of
    the articles. Empty where not even one sentence fits.
    """
    articles = story.articles[:ARTICLES]
    texts = [
        [text for _, text in split_paragraphs(article.paragraphs, article.language)]
        for article in articles
    ]
    flat = [(number, text) for number, sentences in enumerate(texts) for text in sentences]
    tokens = count([text for _, text in flat]) if flat else []
    weights = list(salience(texts))
    taken: set[int] = set()
    seen: set[str] = set()
    for place in sorted(range(len(flat)), key=lambda place: -weights[place]):
        text = flat[place][1]
        if text not in seen and tokens[place] <= room:
            room -= tokens[place]
            seen.add(text)
            taken.add(place)
    return [
        Excerpt(article.source, article.title, " ".join(kept))
        for number, article in enumerate(articles)
        if (kept := [flat[place][1] for place in sorted(taken) if flat[place][0] == number])
    ]


def salience(texts: Sequence[Sequence[str]]) -> Iterator[float]:
    """How much each sentence matters, article by article: by its place, and by the words that it
    shares with the other sentences (the cosine of its terms with all sentences' counted terms). A
    sentence that stands there twice counts once.

    Without the encoder, so that a model can be fed where no encoder is loaded.
    """
    words = {sentence: terms(sentence) for sentences in texts for sentence in sentences}
    common = Counter(term for its_terms in words.values() for term in its_terms)
    length = math.hypot(*common.values()) or 1.0
    for sentences in texts:
        before = 0
        for sentence in sentences:
            shared = sum(common[term] for term in words[sentence])
            central = shared / (length * math.sqrt(len(words[sentence]) or 1))
            yield 0.5 ** (before / LEAD_REACH) + CENTRALITY * central
            before += count_words(sentence)
