"""The newsroom's feeds: RSS 2.0, RSS 1.0, Atom and JSON Feed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from digest.sample.newsroom import Channel, Outlet, Piece
from digest.sample.render import render

MEDIA_TYPES = {
    "rss2": "application/rss+xml; charset=utf-8",
    "rss1": "application/rdf+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json",
}


def feed_text(
    outlet: Outlet, channel: Channel, pieces: Sequence[Piece], updated: datetime, base_url: str
) -> str:
    """The feed with these pieces, newest first, in the format of its channel."""

    def link(piece: Piece) -> str:
        start = "" if channel.links == "relative" else base_url
        return start + piece.path + (f"?{channel.tracking}" if channel.tracking else "")

    if channel.format == "json":
        return _json_feed(outlet, channel, pieces, base_url)
    return render(
        f"feeds/{channel.format}.xml",
        outlet=outlet,
        channel=channel,
        pieces=pieces,
        updated=updated,
        base_url=base_url,
        link=link,
        content=_content_html,
    )


def _content_html(piece: Piece) -> str:
    return render("feeds/content.html", piece=piece)


def _json_feed(outlet: Outlet, channel: Channel, pieces: Sequence[Piece], base_url: str) -> str:
    """See https://jsonfeed.org/version/1.1."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": base_url + outlet.address(""),
        "feed_url": base_url + outlet.address(channel.path),
        "language": outlet.language,
        "items": [
            {
                "id": base_url + piece.path,
                "url": base_url + piece.path,
                "title": piece.title,
                "summary": piece.summary,
                # The format wants some content in every item.
                **(
                    {"content_html": _content_html(piece)}
                    if channel.full_text
                    else {"content_text": piece.summary}
                ),
                "date_published": piece.published.isoformat(),
                "authors": [{"name": piece.author}],
                "tags": list(piece.topics),
            }
            for piece in pieces
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1) + "\n"
