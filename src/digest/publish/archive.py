"""All editions at a glance: ``index.html`` for people, ``feed.xml`` (Atom) for feed readers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from urllib.parse import unquote
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from digest.publish.files import Written, write_composed
from digest.publish.health import PAGE
from digest.publish.page import fragment, page
from digest.publish.place import Outputs, place
from digest.publish.plain import clean, utc
from digest.publish.reading import Card, read_cards

ATOM = "http://www.w3.org/2005/Atom"
_NO_EDITION_YET = datetime(1970, 1, 1, tzinfo=UTC)


def write_archive(outputs: Outputs, title: str = "Digest", site_url: str = "") -> Written:
    """Write ``index.html`` and ``feed.xml`` of what is in ``outputs``, newest edition first.

    ``site_url`` is where ``outputs`` is served from, if it is: links in the feed are absolute then.
    A ``digest.json`` that cannot be read is logged and left out.

    Raises:
        DigestError: the disk or the bucket refuses; what was there before is there still.
        PassingError: the bucket cannot be reached now; the same holds.
    """
    title = clean(title)

    def compose() -> dict[str, bytes]:
        listed = sorted(read_cards(outputs), key=lambda c: (c.cutoff, c.folder), reverse=True)
        return {
            "index.html": page(
                "index.html", title=title, cards=listed, health=_health_pages(outputs, listed)
            ),
            "feed.xml": _feed(listed, title, site_url),
        }

    return write_composed(outputs, Path(), compose)


def _health_pages(outputs: Outputs, cards: Sequence[Card]) -> list[tuple[str, str]]:
    """(address, name of the editions) of each page of health that is there, by name."""
    names: dict[str, str] = {}
    for card in cards:
        names.setdefault(card.folder.partition("/")[0], card.name)
    pages = {Path(unquote(folder), PAGE): folder for folder in names}
    found = place(outputs).read(pages)
    there = (folder for path, folder in pages.items() if isinstance(found[path], bytes))
    return sorted(((f"{folder}/{PAGE}", names[folder]) for folder in there), key=itemgetter(1, 0))


def _feed(cards: Sequence[Card], title: str, site_url: str) -> bytes:
    """The cards as Atom (RFC 4287)."""
    root = f"{site_url.rstrip('/')}/" if site_url else ""
    feed = ET.Element("feed", xmlns=ATOM)
    _add(feed, "title", title)
    _add(feed, "id", _identity(title, site_url))
    _add(feed, "updated", utc(cards[0].cutoff if cards else _NO_EDITION_YET))
    _add(_add(feed, "author"), "name", title)
    _add(feed, "link", rel="alternate", type="text/html", href=f"{root}index.html")
    _add(feed, "link", rel="self", type="application/atom+xml", href=f"{root}feed.xml")
    for card in cards:
        href = f"{root}{card.folder}/digest.html"
        entry = _add(feed, "entry")
        _add(entry, "title", f"{card.name}, {card.date}")
        _add(entry, "id", _identity(title, site_url, card.folder))
        _add(entry, "updated", utc(card.cutoff))
        _add(entry, "published", utc(card.cutoff))
        _add(entry, "link", rel="alternate", type="text/html", href=href)
        _add(entry, "summary", card.standfirst)
        _add(entry, "content", fragment("entry.html", card=card, href=href), type="html")
    ET.indent(feed, space=" ")
    xml: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    element.text = text or None
    return element


def _identity(title: str, site_url: str, *folder: str) -> str:
    """The same for ever, and not the same as another archive's.

    Where the archive has an address, that tells it from others, else its title has to.
    """
    return uuid5(NAMESPACE_URL, "/".join((site_url or title, *folder))).urn
