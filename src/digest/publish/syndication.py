"""The newest editions in full for feed readers: Atom (RFC 4287) and JSON Feed 1.1."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from digest.publish.card import Card
from digest.publish.document import Document
from digest.publish.page import Templates
from digest.publish.plain import clean, utc
from digest.publish.view import view

ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED = "https://jsonfeed.org/version/1.1"
MOST_ENTRIES = 30
MOST_BYTES = 1_000_000
"""Of all contents: many readers take no larger feed."""
_NO_EDITION_YET = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """An edition in a feed."""

    identity: str
    """The same for as long as the archive's address is; see ``_identity``."""
    href: str
    card: Card
    content: str
    """HTML of our own making."""

    @property
    def title(self) -> str:
        """What readers list it under."""
        return f"{self.card.name}, {self.card.date}"


def feeds(
    title: str, site_url: str, editions: Sequence[tuple[Card, Document]], templates: Templates
) -> dict[str, bytes]:
    """Both feeds by their file names; ``editions``, newest first.

    ``site_url`` is where they lie, if that is known: their links are absolute then.
    """
    site_url = site_url.rstrip("/")
    root = f"{site_url}/" if site_url else ""
    some = editions[:MOST_ENTRIES]
    entries = list(_fitting(_entry(title, site_url, root, *each, templates) for each in some))
    return {
        "feed.xml": _atom(title, site_url, root, entries),
        "feed.json": _json(title, root, entries),
    }


def _entry(
    title: str, site_url: str, root: str, card: Card, document: Document, templates: Templates
) -> Entry:
    href = f"{root}{card.folder}/digest.html"
    shown = view(document.edition)
    keys = [clean(story.key) for story in document.stories]
    content = templates.fragment(
        "entry.html", view=shown, stories=zip(keys, shown.stories, strict=True), href=href
    )
    return Entry(_identity(title, site_url, card.folder), href, card, content)


def _fitting(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The newest, as many as fit; one at least. No more than one that does not fit is made."""
    room = MOST_BYTES
    for number, entry in enumerate(entries):
        room -= len(escape(entry.content).encode())
        if room < 0 and number:
            return
        yield entry


def _atom(title: str, site_url: str, root: str, entries: Sequence[Entry]) -> bytes:
    feed = ET.Element("feed", xmlns=ATOM)
    _add(feed, "title", title)
    _add(feed, "id", _identity(title, site_url))
    _add(feed, "updated", utc(entries[0].card.cutoff if entries else _NO_EDITION_YET))
    _add(_add(feed, "author"), "name", title)
    _add(feed, "link", rel="alternate", type="text/html", href=f"{root}index.html")
    _add(feed, "link", rel="self", type="application/atom+xml", href=f"{root}feed.xml")
    for each in entries:
        entry = _add(feed, "entry")
        if each.card.tongue.code:
            entry.set("xml:lang", each.card.tongue.code)
        _add(entry, "title", each.title)
        _add(entry, "id", each.identity)
        _add(entry, "updated", utc(each.card.cutoff))
        _add(entry, "published", utc(each.card.cutoff))
        _add(entry, "link", rel="alternate", type="text/html", href=each.href)
        _add(entry, "summary", each.card.standfirst)
        _add(entry, "content", each.content, type="html")
    ET.indent(feed, space=" ")
    xml: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    element.text = text or None
    return element


def _json(title: str, root: str, entries: Sequence[Entry]) -> bytes:
    """Addresses are in it only where they are whole, as JSON Feed has no relative ones."""
    feed: dict[str, object] = {"version": JSON_FEED, "title": title}
    if root:
        feed |= {"home_page_url": f"{root}index.html", "feed_url": f"{root}feed.json"}
    feed |= {"authors": [{"name": title}], "items": [_json_item(each, root) for each in entries]}
    return (json.dumps(feed, ensure_ascii=False, indent=1) + "\n").encode()


def _json_item(entry: Entry, root: str) -> dict[str, object]:
    item: dict[str, object] = {"id": entry.identity}
    if root:
        item["url"] = entry.href
    item |= {
        "title": entry.title,
        "summary": entry.card.standfirst,
        "content_html": entry.content,
        "date_published": utc(entry.card.cutoff),
    }
    if entry.card.tongue.code:
        item["language"] = entry.card.tongue.code
    return item


def _identity(title: str, site_url: str, *folder: str) -> str:
    """A URN that tells the archive, or an edition of it, from others: by its address.

    An archive without one is told by its title alone, which others may have, too.
    """
    return uuid5(NAMESPACE_URL, "/".join((site_url or title, *folder))).urn
