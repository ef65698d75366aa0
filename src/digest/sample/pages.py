"""The newsroom's web pages."""

from __future__ import annotations

from typing import Any

from digest.sample.newsroom import Newsroom, Outlet, Piece
from digest.sample.render import render
from digest.sample.words import in_language


def index_page(newsroom: Newsroom, base_url: str) -> str:
    """The front door: all outlets and their feeds, for people who look around."""
    return render("index.html", newsroom=newsroom, base_url=base_url)


def front_page(newsroom: Newsroom, outlet: Outlet, base_url: str) -> str:
    """An outlet's own front page."""
    return render("front.html", outlet=outlet, pieces=newsroom.by(outlet), base_url=base_url)


def piece_page(newsroom: Newsroom, piece: Piece, base_url: str) -> str:
    """The article as its outlet prints it, or the wall it puts in its place."""
    layout = piece.outlet.layout if piece.page == "article" else piece.page
    others = [other for other in newsroom.by(piece.outlet) if other != piece]
    return render(
        f"pages/{layout}.html",
        piece=piece,
        outlet=piece.outlet,
        words=in_language("chrome.yaml", piece.outlet.language),
        related=others[:3],
        read_more=next((other for other in others if other.slug == piece.read_more), None),
        linked_data=_linked_data(piece, base_url),
        base_url=base_url,
    )


def robots_txt(newsroom: Newsroom) -> str:
    """Allows all but print versions and the pieces that are marked so."""
    disallowed = [piece.path for piece in newsroom.pieces if piece.robots == "disallow"]
    return render("robots.txt", disallowed=disallowed)


def _linked_data(piece: Piece, base_url: str) -> dict[str, Any]:
    """The article in schema.org's words, as pages embed it in JSON-LD."""
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": piece.title,
        "datePublished": piece.published.isoformat(),
        "inLanguage": piece.outlet.language,
        "mainEntityOfPage": base_url + piece.path,
        "author": {"@type": "Person", "name": piece.author},
        "publisher": {"@type": "NewsMediaOrganization", "name": piece.outlet.name},
    }
