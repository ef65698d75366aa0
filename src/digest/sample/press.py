"""Prints the newsroom: what its site answers at each path, as bytes. No I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from digest.sample.newsroom import Channel, Newsroom, Outlet, Piece
from digest.sample.pages import front_page, index_page, piece_page, robots_txt
from digest.sample.render import render
from digest.sample.syndication import MEDIA_TYPES, feed_text

_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Resource:
    """What the site answers at one path."""

    body: bytes = b""
    media_type: str = _HTML
    status: int = 200
    modified: datetime | None = None
    location: str = ""
    """Where a redirect leads."""
    cache_control: str = ""
    silent: bool = False
    """It never answers."""

    @property
    def etag(self) -> str:
        """A strong validator: equal bytes, equal tag."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    @property
    def headers(self) -> dict[str, str]:
        """Its response headers, with validators where there is something to validate."""
        headers = {"Content-Type": self.media_type}
        if self.location:
            headers["Location"] = self.location
        if self.cache_control:
            headers["Cache-Control"] = self.cache_control
        if self.status == 200:
            headers["ETag"] = self.etag
        if self.modified:
            headers["Last-Modified"] = format_datetime(self.modified.astimezone(UTC), usegmt=True)
        return headers

    def unchanged_for(self, if_none_match: str) -> bool:
        """Whether a client that sends this ``If-None-Match`` has these very bytes."""
        tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
        return self.status == 200 and ("*" in tags or self.etag in tags)


def print_run(newsroom: Newsroom, base_url: str) -> dict[str, Resource]:
    """Everything the site answers, by path; its links begin with ``base_url``.

    What is not among the paths is not found.
    """
    return dict(_run(newsroom, base_url))


def _run(newsroom: Newsroom, base_url: str) -> Iterator[tuple[str, Resource]]:
    yield "/", Resource(index_page(newsroom, base_url).encode())
    yield "/robots.txt", Resource(robots_txt(newsroom).encode(), "text/plain; charset=utf-8")
    yield "/style.css", Resource(render("style.css").encode(), "text/css; charset=utf-8")
    yield "/photo.svg", Resource(render("photo.svg").encode(), "image/svg+xml")
    for outlet in newsroom.outlets:
        yield outlet.address(""), Resource(front_page(newsroom, outlet, base_url).encode())
        for channel in outlet.channels:
            yield from _channel(newsroom, outlet, channel, base_url)
    for piece in newsroom.pieces:
        yield piece.path, _article(newsroom, piece, base_url)


def _article(newsroom: Newsroom, piece: Piece, base_url: str) -> Resource:
    return Resource(
        piece_page(newsroom, piece, base_url).encode(),
        status=403 if piece.page == "paywall" else 200,
        modified=piece.published,
    )


def _channel(
    newsroom: Newsroom, outlet: Outlet, channel: Channel, base_url: str
) -> Iterator[tuple[str, Resource]]:
    path = outlet.address(channel.path)
    if channel.moved_from:
        old_path = outlet.address(channel.moved_from)
        yield old_path, Resource(status=301, location=base_url + path)
    if channel.broken == "silent":
        yield path, Resource(silent=True)
    elif channel.broken == "unreadable":
        yield path, Resource(render("feeds/unreadable.txt").encode(), MEDIA_TYPES["rss2"])
    elif not channel.broken:
        pieces = newsroom.carried(outlet, channel)
        updated = pieces[0].published if pieces else newsroom.anchor
        yield (
            path,
            Resource(
                feed_text(outlet, channel, pieces, updated, base_url).encode(),
                MEDIA_TYPES[channel.format],
                modified=updated,
                cache_control=channel.cache_control,
            ),
        )
