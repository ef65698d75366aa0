"""The newsroom's outlets and what they publish, dated back from an anchor time.

The words lie in ``content/``: ``outlets.yaml``, and a file for each event with the pieces that
tell it. Nothing here depends on the clock: the same anchor gives the same newsroom.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from digest.model import Feed, UsageError
from digest.sample import words


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed that an outlet offers; ``content/outlets.yaml`` explains the fields."""

    path: str
    title: str
    format: Literal["rss2", "rss1", "atom", "json"] = "rss2"
    topics: tuple[str, ...] = ()
    weight: float = 1.0
    section: str = ""
    full_text: bool = False
    dated: bool = True
    links: Literal["absolute", "relative"] = "absolute"
    tracking: str = ""
    moved_from: str = ""
    cache_control: str = ""
    broken: Literal["", "missing", "silent", "unreadable"] = ""


@dataclass(frozen=True, slots=True)
class Outlet:
    """A newspaper, agency, station or magazine. Its identity is ``slug``, its part of the site."""

    slug: str
    name: str
    channels: tuple[Channel, ...]
    language: str = "en-GB"
    motto: str = ""
    layout: Literal["classic", "wire", "magazine", "plain", "script"] = "plain"
    nav: tuple[str, ...] = ()

    def address(self, path: str) -> str:
        """The path on the site of something of this outlet."""
        return f"/{self.slug}/{path}"


@dataclass(frozen=True, slots=True)
class Piece:
    """One outlet's article about an event. Its identity is ``path``."""

    event: str
    outlet: Outlet
    slug: str
    title: str
    author: str
    summary: str
    """What the feeds say of it; its first paragraph where the file has no other."""
    paragraphs: tuple[str, ...]
    photo: str
    """The caption of its picture."""
    published: datetime
    """In the anchor's time zone, which is also that of the date in ``path``."""
    topics: tuple[str, ...]
    sections: tuple[str, ...] = ()
    read_more: str = ""
    """The slug of another piece of the same outlet that its text points to."""
    page: Literal["article", "cookie-wall", "paywall"] = "article"
    robots: Literal["allow", "disallow"] = "allow"

    @property
    def path(self) -> str:
        """Its path on the site, such as ``/kilowatt/2026/11/23/slug``."""
        return self.outlet.address(f"{self.published:%Y/%m/%d}/{self.slug}")


@dataclass(frozen=True, slots=True)
class Newsroom:
    """All outlets, and all their pieces with the newest first."""

    anchor: datetime
    outlets: tuple[Outlet, ...]
    pieces: tuple[Piece, ...]

    def by(self, outlet: Outlet) -> tuple[Piece, ...]:
        """What an outlet published, newest first."""
        return tuple(piece for piece in self.pieces if piece.outlet == outlet)

    def carried(self, outlet: Outlet, channel: Channel) -> tuple[Piece, ...]:
        """What one of its feeds carries, newest first."""
        return tuple(
            piece
            for piece in self.by(outlet)
            if not channel.section or channel.section in piece.sections
        )

    def until(self, now: datetime) -> Newsroom:
        """The newsroom as it stood then."""
        return replace(self, pieces=tuple(p for p in self.pieces if p.published <= now))

    def unfolding(self, pace: timedelta) -> Newsroom:
        """The same news, one event after another from the anchor on, ``pace`` apart.

        All outlets tell of an event at the same time.
        """
        events = list(dict.fromkeys(piece.event for piece in self.pieces))
        pieces = [
            replace(piece, published=self.anchor + events.index(piece.event) * pace)
            for piece in self.pieces
        ]
        return replace(self, pieces=tuple(_newest_first(pieces)))

    def feeds(self, base_url: str) -> tuple[Feed, ...]:
        """Every subscription of a person who follows them all, the broken ones included.

        A feed that has moved is listed under the address it had.
        """
        return tuple(
            Feed(
                url=base_url + outlet.address(channel.moved_from or channel.path),
                title=channel.title,
                language=outlet.language.split("-")[0],
                topics=channel.topics,
                weight=channel.weight,
            )
            for outlet in self.outlets
            for channel in outlet.channels
        )


def load(anchor: datetime) -> Newsroom:
    """The newsroom as it stands at ``anchor``, an aware time; all pieces are of the day before it.

    Raises ``UsageError`` where the anchor has no time zone.
    """
    if anchor.tzinfo is None:
        raise UsageError(
            f"The sample newsroom was asked for {anchor.isoformat()}, which has no time zone; "
            "add one, for example +00:00."
        )
    outlets = {slug: _outlet(slug, told) for slug, told in words.read("outlets.yaml").items()}
    pieces = [
        piece for event, told in words.events() for piece in _pieces(event, told, outlets, anchor)
    ]
    return Newsroom(anchor, tuple(outlets.values()), tuple(_newest_first(pieces)))


def _newest_first(pieces: Iterable[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: (piece.published, piece.path), reverse=True)


def _outlet(slug: str, fields: dict[str, Any]) -> Outlet:
    channels = tuple(
        Channel(**{**feed, "topics": tuple(feed["topics"])}) for feed in fields.pop("feeds")
    )
    nav = tuple(fields.pop("nav", ()))
    return Outlet(slug=slug, channels=channels, nav=nav, **fields)


def _pieces(
    event: str, told: dict[str, Any], outlets: Mapping[str, Outlet], anchor: datetime
) -> list[Piece]:
    # All outlets speak of the day of the event, whatever the day on which they publish.
    day = _before(anchor, told["happened"]).date()
    return [
        _piece(
            event,
            outlets[fields.pop("outlet")],
            _before(anchor, fields.pop("hours_before")),
            day,
            tuple(told["topics"]),
            fields,
        )
        for fields in told["pieces"]
    ]


def _piece(
    event: str,
    outlet: Outlet,
    published: datetime,
    day: date,
    topics: tuple[str, ...],
    fields: dict[str, Any],
) -> Piece:
    body = words.fill(fields.pop("body"), day, outlet.language)
    paragraphs = tuple(" ".join(block.split()) for block in body.split("\n\n"))
    summary = words.fill(fields.pop("summary", ""), day, outlet.language) or paragraphs[0]
    return Piece(
        event=event,
        outlet=outlet,
        published=published,
        topics=topics,
        sections=tuple(fields.pop("sections", ())),
        paragraphs=paragraphs,
        summary=summary,
        **fields,
    )


def _before(anchor: datetime, hours: float) -> datetime:
    # In UTC, since a day on which the clocks change has not 24 hours on the wall.
    moment = (anchor.astimezone(UTC) - timedelta(hours=hours)).replace(second=0, microsecond=0)
    return moment.astimezone(anchor.tzinfo)
