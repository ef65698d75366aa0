"""The articles of an edition's stories as a table, for spreadsheets and data frames."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model import Edition
from digest.publish.plain import cleaned, link, outlet, utc

COLUMNS = (
    "edition",
    "slot",
    "story",
    "rank",
    "headline",
    "lead",
    "url",
    "title",
    "source",
    "author",
    "published",
    "language",
    "origin",
)
"""``story`` is the story's key, ``rank`` its place from 1, ``published`` UTC or empty."""

_FORMULA = re.compile(r"^[=+\-@\t\r＝＋－＠]")


def to_csv(edition: Edition) -> bytes:
    """One row an article, in the order of the page; UTF-8 with ``\\n`` line ends.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    import pandas as pd  # takes half a second, which commands that print no table should not wait

    table = pd.DataFrame(_rows(cleaned(edition)), columns=list(COLUMNS))
    return table.to_csv(index=False, lineterminator="\n").encode()


def _rows(edition: Edition) -> Iterator[tuple[str | int | bool, ...]]:
    for rank, told in enumerate(edition.stories, start=1):
        story = told.story
        for article in story.articles:
            published = article.published
            yield (
                inert(edition.name),
                inert(edition.slot),
                story.key,
                rank,
                inert(story.headline),
                article is story.lead,
                link(article.url),
                inert(article.title),
                inert(outlet(article)),
                inert(article.author),
                utc(published) if published else "",
                inert(article.language),
                article.origin,
            )


def inert(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula (CWE-1236)."""
    return f"'{text}" if _FORMULA.match(text) else text
