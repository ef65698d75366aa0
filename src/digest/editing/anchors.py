"""What a story was called on a page that is made anew: links to it shall lead to it still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digest.model import Told


def with_former_keys(stories: Sequence[Told], before: Sequence[Told]) -> tuple[Told, ...]:
    """The stories, each with the keys of those before it that told the same articles.

    A story's key follows from its articles, so it is another one as soon as an article is added. A
    former key goes to the story that has most of the articles; where none has any, it is forgotten.
    """
    former: list[list[str]] = [[] for _ in stories]
    kept = {told.story.key for told in stories}
    for old in before:
        shared = [len(_urls(old) & _urls(told)) for told in stories]
        if any(shared):
            keys = (key for key in (old.story.key, *old.formerly) if key not in kept)
            former[shared.index(max(shared))] += keys
    return tuple(
        replace(told, formerly=tuple(keys)) for told, keys in zip(stories, former, strict=True)
    )


def _urls(told: Told) -> set[str]:
    return {article.url for article in told.story.articles}
