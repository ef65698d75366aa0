"""A feed's bytes to entries that can be stored: identified, resolved, dated, each only once."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import replace
from datetime import datetime

import lxml.etree
import lxml.html

from digest.ingest.canonical import absolute_url, canonical_url
from digest.ingest.dates import plausible
from digest.ingest.jsonfeed import read_json_feed
from digest.ingest.parsed import NotAFeed, ParsedFeed
from digest.ingest.xmlfeed import read_xml_feed
from digest.model import Entry

__all__ = ["NotAFeed", "ParsedFeed", "parse_feed"]

_WEB_PAGE = re.compile(rb"(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype\s+html|html)\b", re.I | re.S)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")


def parse_feed(
    content: bytes,
    url: str,
    content_type: str = "",
    *,
    feed: str = "",
    now: datetime | None = None,
) -> ParsedFeed:
    """The entries of an RSS, Atom, RDF or JSON feed. Raises ``NotAFeed``.

    ``url`` is where the bytes came from, and what relative links are resolved against; ``feed`` is
    the subscription's URL for ``Entry.feed`` (``url`` if empty). A date before 1990, or more than a
    day after ``now``, counts as none.
    """
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not content:
        raise NotAFeed("is empty")
    if _WEB_PAGE.match(content):
        raise NotAFeed(_web_page(content, url))
    if content.startswith((b"{", b"[")):
        parsed = read_json_feed(content)
    else:
        parsed = read_xml_feed(content, url, content_type)
    absolute = (
        replace(
            entry,
            feed=feed or url,
            link=absolute_url(entry.link, url),
            published=plausible(entry.published, now),
            updated=plausible(entry.updated, now),
            language=entry.language or parsed.language,
        )
        for entry in parsed.entries
    )
    return replace(
        parsed, link=absolute_url(parsed.link, url), entries=_identified(tuple(absolute))
    )


def _identified(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Each entry once, under a guid that the next reading of the feed gives it too.

    Two entries are one if they share guid, or link and title. A guid that stands for several links
    identifies nothing (some generators give every entry the same), so the link does then.
    """
    links = Counter(guid for guid, _ in {(entry.guid, _place(entry)) for entry in entries})
    known: set[object] = set()
    unique = []
    for entry in entries:
        own = entry.guid if links[entry.guid] == 1 else ""
        guid = own or canonical_url(entry.link) or _fingerprint(entry)
        told = (canonical_url(entry.link), entry.title) if entry.link and entry.title else guid
        if guid not in known and told not in known:
            unique.append(replace(entry, guid=guid))
        known |= {guid, told}
    return tuple(unique)


def _place(entry: Entry) -> str:
    return canonical_url(entry.link) or entry.title


def _fingerprint(entry: Entry) -> str:
    told = "\n".join((entry.title, entry.content_html or entry.summary_html))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def _web_page(content: bytes, url: str) -> str:
    reason = "is a web page, not a feed"
    try:
        page = lxml.html.document_fromstring(content)
    except lxml.etree.LxmlError:
        return reason
    for link in page.iter("link"):
        if "alternate" in link.get("rel", "").lower().split() and link.get("type") in _FEED_TYPES:
            return f"{reason}; the page names {absolute_url(link.get('href', ''), url)} as its feed"
    return reason
