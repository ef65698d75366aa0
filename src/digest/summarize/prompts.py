"""What a model is given to read: as much of a story as it can take.

A chat model's order is ``templates/chat.jinja``; the articles stand in it between tags, as data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from jinja2 import Environment, PackageLoader, StrictUndefined

from digest.model import Article, Story
from digest.summarize.base import Brief
from digest.summarize.sentences import split_paragraphs

Count = Callable[[Sequence[str]], list[int]]
"""How many tokens each text takes."""

_TAG = re.compile(r"<\s*/?\s*article[^>]*>", re.IGNORECASE)
_TEMPLATES = Environment(
    loader=PackageLoader("digest.summarize"),
    autoescape=False,  # noqa: S701 - what it makes is read by a model, not by a browser
    trim_blocks=True,
    undefined=StrictUndefined,
)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of an article that is read."""

    outlet: str
    title: str
    text: str


def cut(story: Story, room: int, count: Count) -> list[Excerpt]:
    """Whole sentences of a story's articles that take at most ``room`` tokens together.

    The lead article comes first, from its beginning, then the others by turns, a sentence each; a
    sentence that has been taken once is not taken again. Empty where not even one sentence fits.
    """
    texts = [
        [text for _, text in split_paragraphs(article.paragraphs, article.language)]
        for article in story.articles
    ]
    lead = [(0, text) for text in texts[0]]
    turns = zip_longest(*([(n, text) for text in other] for n, other in enumerate(texts[1:], 1)))
    in_order = lead + [place for turn in turns for place in turn if place]
    taken: list[list[str]] = [[] for _ in story.articles]
    seen: set[str] = set()
    for (number, text), tokens in zip(in_order, count([text for _, text in in_order]), strict=True):
        if text in seen:
            continue
        if tokens > room:
            break
        room -= tokens
        seen.add(text)
        taken[number].append(text)
    return [
        Excerpt(article.source, article.title, " ".join(sentences))
        for article, sentences in zip(story.articles, taken, strict=True)
        if sentences
    ]


def chat_prompt(excerpts: Sequence[Excerpt], lead: Article, brief: Brief) -> str:
    """The order to a chat model, with the articles fenced off as data."""
    return (
        _TEMPLATES.get_template("chat.jinja")
        .render(
            articles=[
                Excerpt(*(_TAG.sub("", part) for part in (e.outlet, e.title, e.text)))
                for e in excerpts
            ],
            language=lead.language,
            sentences=brief.sentences,
            words=brief.words,
            topic=brief.topic,
        )
        .strip()
    )
