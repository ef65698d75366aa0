"""Which sentences of a story's articles a written sentence rests on."""

from __future__ import annotations

from collections.abc import Iterable

from digest.model import Citation, Sentence, Story
from digest.summarize.reading.sentences import split_paragraphs
from digest.summarize.reading.support import SourceSentences


def cite(story: Story, texts: Iterable[str]) -> tuple[Sentence, ...]:
    """Each text with the sentences that have its numbers, names, quotations and words: at most
    ``support.MOST``, the best first."""
    places = [
        Citation(article.url, index, text)
        for article in story.articles
        for index, (_, text) in enumerate(split_paragraphs(article.paragraphs, article.language))
    ]
    source = SourceSentences([place.text for place in places], story.lead.language or "en")
    return tuple(
        Sentence(text, tuple(places[index] for index in source.support(text).sentences))
        for text in texts
    )
