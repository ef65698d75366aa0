"""The articles of an edition's stories as a table, for spreadsheets and data frames."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from digest.model import Edition
from digest.publish.plain import cleaned, link, outlet

if TYPE_CHECKING:
    import pandas as pd  # takes half a second, for which commands that print no table do not wait

COLUMNS = {
    "edition": "str",
    "slot": "str",
    "story": "str",
    "rank": "int32",
    "headline": "str",
    "lead": "bool",
    "url": "str",
    "title": "str",
    "source": "str",
    "author": "str",
    "published": "datetime64[ms, UTC]",
    "language": "str",
    "origin": "str",
}
"""Names and types. ``story`` is the story's key, ``rank`` its place from 1, ``lead`` whether the
article leads it; ``published`` is to the second, and missing where nobody gave a date."""

_FORMULA = re.compile(r"^[=+\-@\t\r＝＋－＠]")


def to_csv(edition: Edition) -> bytes:
    """One row an article, in the order of the page; UTF-8 with ``\\n`` line ends.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    table = _table(edition)
    for name, kind in COLUMNS.items():
        if kind == "str":
            table[name] = table[name].map(inert)
    text: str = table.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%dT%H:%M:%SZ")
    return text.encode()


def to_parquet(edition: Edition) -> bytes:
    """The same rows with the types of ``COLUMNS``, and every text as it is."""
    return _table(edition).to_parquet(index=False)


def _table(edition: Edition) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(_rows(cleaned(edition)), columns=list(COLUMNS)).astype(COLUMNS)


def _rows(edition: Edition) -> Iterator[tuple[str | int | bool | datetime | None, ...]]:
    for rank, told in enumerate(edition.stories, start=1):
        story = told.story
        for article in story.articles:
            published = article.published
            yield (
                edition.name,
                edition.slot,
                story.key,
                rank,
                story.headline,
                article is story.lead,
                link(article.url),
                article.title,
                outlet(article),
                article.author,
                published.replace(microsecond=0) if published else None,
                article.language,
                article.origin,
            )


def inert(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula (CWE-1236)."""
    return f"'{text}" if _FORMULA.match(text) else text
