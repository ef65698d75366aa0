"""The editions of the same name before and after one: where its page leads on to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote
from zoneinfo import ZoneInfo

from digest.model import Edition
from digest.publish.masthead import date
from digest.publish.plain import Moment, moment


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another edition, seen from a page."""

    href: str
    date: str
    """As on its own page."""
    cutoff: Moment


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Those of a page; ``None`` where there is none."""

    previous: Neighbour | None = None
    next: Neighbour | None = None


ALONE = Neighbours()


def neighbour(edition: Edition) -> Neighbour:
    """An edition as the pages of its name lead to it."""
    cutoff = moment(edition.cutoff, ZoneInfo(edition.timezone))
    return Neighbour(f"../{quote(edition.slot)}/digest.html", date(edition.slot, cutoff), cutoff)
