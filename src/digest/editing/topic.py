"""Which stories are about what a reader asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from digest.editing.group import Encode
from digest.model import Reason, Story

ABOUT = 0.35
"""Cosine between topic and story from which the story is about it."""
NAMED = 0.6
"""Or this share of the topic's words stands in the story."""
POINTS = 10.0
"""Points of a story that is all about the topic."""

_WORD = re.compile(r"\w+")


def about(stories: Sequence[Story], topic: str, encode: Encode) -> list[Story]:
    """The stories about the topic, most relevant first, the relevance added to their reasons."""
    if not stories:
        return []
    texts = [f"{s.headline}. {' '.join(s.lead.paragraphs[:3])}" for s in stories]
    vectors = encode([topic, *texts])
    relevant = []
    for story, alike in zip(stories, vectors[1:] @ vectors[0], strict=True):
        named = _named(topic, story)
        if alike < ABOUT and named < NAMED:
            continue
        points = round(POINTS * float(np.clip((alike + named) / 2, 0, 1)), 2)
        reason = Reason("topic", points, f"about “{topic}”")
        score = round(story.score + points, 2)
        relevant.append(Story(story.articles, story.headline, score, (reason, *story.reasons)))
    return sorted(relevant, key=lambda story: (-story.score, story.key))


def _named(topic: str, story: Story) -> float:
    """The share of the topic's words that the story's headlines and texts have.

    Its words of one or two letters count only where it has no others: "EU", "고려".
    """
    wanted = {word for word in _words(topic) if len(word) > 2} or _words(topic)
    text = " ".join(f"{article.title} {article.text}" for article in story.articles)
    return len(wanted & _words(text)) / max(1, len(wanted))


def _words(text: str) -> set[str]:
    """Folded, but for the shortest: "US" is not "us"."""
    return {word.casefold() if len(word) > 2 else word for word in _WORD.findall(text)}
