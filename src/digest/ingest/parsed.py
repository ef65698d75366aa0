"""What the readers of the feed formats hand to ``parse``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from digest.model import DigestError, Entry

MOST_ENTRIES = 1000
"""A feed's newest entries come first; an archive of thousands behind them is not news."""

Item = TypeVar("Item")


class NotAFeed(DigestError):  # noqa: N818 - the name reads as the answer
    """The bytes are no feed; the message says what they are, to follow the feed's name."""


@dataclass(frozen=True)
class ParsedFeed:
    """What a feed says of itself, and its entries in its order."""

    title: str
    language: str
    """As declared: a BCP 47 code, or empty."""
    link: str
    """The page it is the feed of; empty where it names none."""
    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()
    """For a person: what of it is damaged, and each entry that was skipped."""


def read_each(
    items: Iterable[Item], read: Callable[[Item], Entry]
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The entries that ``read`` can make of ``items``, and a line on each one that it cannot."""
    entries, problems = [], []
    for number, item in enumerate(islice(items, MOST_ENTRIES), start=1):
        try:
            entries.append(read(item))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            problems.append(f"entry {number} was skipped: {error}")
    return tuple(entries), tuple(problems)
