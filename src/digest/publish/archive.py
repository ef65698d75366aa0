"""All editions at a glance: ``index.html`` for people, ``feed.xml`` (Atom) for feed readers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from digest.model import Edition
from digest.publish.files import Written, write_files
from digest.publish.page import fragment, page
from digest.publish.plain import Moment, Tongue, clean, cleaned, moment, tongue, utc
from digest.publish.view import date, standfirst

ATOM = "http://www.w3.org/2005/Atom"
_NO_EDITION_YET = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Headline:
    """A story as the archive names it."""

    key: str
    text: str
    tongue: Tongue


@dataclass(frozen=True, slots=True)
class Card:
    """An edition as the archive shows it."""

    name: str
    slot: str
    title: str
    """With the topic, where it has one."""
    tongue: Tongue
    cutoff: datetime
    local: Moment
    date: str
    """As on the edition's page."""
    month: str
    """``2026-11``, in the edition's time zone."""
    href: str
    """Relative to the archive."""
    standfirst: str
    headlines: tuple[Headline, ...]


def write_archive(
    outputs: Path, editions: Iterable[Edition], title: str = "Digest", site_url: str = ""
) -> Written:
    """Write ``index.html`` and ``feed.xml``, newest edition first.

    ``site_url`` is where ``outputs`` is served from, if it is: links in the feed are absolute then.
    Editions are read one after another and not kept, so they may come from a generator.

    Raises:
        DigestError: the disk is full or refuses; nothing is half-written then.
    """
    cards = sorted(map(_card, editions), key=lambda c: (c.cutoff, c.name, c.slot), reverse=True)
    title = clean(title)
    files = {
        "index.html": page("index.html", title=title, cards=cards),
        "feed.xml": _feed(cards, title, site_url),
    }
    return write_files(outputs, Path(), files)


def _card(edition: Edition) -> Card:
    edition = cleaned(edition)
    zone = ZoneInfo(edition.timezone)
    local = moment(edition.cutoff, zone)
    return Card(
        name=edition.name,
        slot=edition.slot,
        title=f"{edition.title}: {edition.topic}" if edition.topic else edition.title,
        tongue=tongue(edition.language),
        cutoff=edition.cutoff,
        local=local,
        date=date(edition, local),
        month=local.day[:7],
        href=f"{quote(edition.name)}/{quote(edition.slot)}/digest.html",
        standfirst=standfirst(edition, moment(edition.start, zone)),
        headlines=tuple(
            Headline(
                told.story.key,
                told.story.headline,
                tongue(told.story.lead.language or edition.language),
            )
            for told in edition.stories
        ),
    )


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
        href = f"{root}{card.href}"
        entry = _add(feed, "entry")
        _add(entry, "title", f"{card.title}, {card.date}")
        _add(entry, "id", _identity(title, site_url, card.name, card.slot))
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


def _identity(title: str, site_url: str, *edition: str) -> str:
    """The same for ever, and not the same as another archive's.

    Where the archive has an address, that tells it from others, else its title has to.
    """
    return uuid5(NAMESPACE_URL, "/".join((site_url or title, *edition))).urn
