"""A feed's bytes to entries that can be stored: identified, resolved, dated, each only once."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime

import lxml.etree
import lxml.html

from digest.addresses import without_credentials
from digest.ingest.canonical import absolute_url, anchored_url, canonical_url
from digest.ingest.dates import plausible
from digest.ingest.jsonfeed import read_json_feed
from digest.ingest.parsed import NotAFeed, ParsedFeed
from digest.ingest.xmlfeed import read_xml_feed
from digest.model import Entry

__all__ = ["NotAFeed", "ParsedFeed", "parse_feed"]

_WEB_PAGE = re.compile(rb"(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype\s+html|html)\b", re.I | re.S)
LONGEST_GUID = 1000
"""Bytes; a longer one is kept as its hash, as an index of PostgreSQL holds about 2,700 together
with the feed's URL."""

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
            link=_page_link(entry.link, url),
            published=plausible(entry.published, now),
            updated=plausible(entry.updated, now),
            language=entry.language or parsed.language,
        )
        for entry in parsed.entries
    )
    return replace(
        parsed,
        link=absolute_url(parsed.link, url),
        entries=_without_idle_fragments(_identified(tuple(absolute))),
    )


def _page_link(link: str, base: str) -> str:
    """Absolute; empty for what is no web address, or none that can be kept."""
    absolute = absolute_url(link, base)
    return absolute if canonical_url(absolute) else ""


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
        guid = _kept(own or anchored_url(entry.link) or _fingerprint(entry))
        told = (anchored_url(entry.link), entry.title) if entry.link and entry.title else guid
        if guid not in known and told not in known:
            unique.append(replace(entry, guid=guid))
        known |= {guid, told}
    return tuple(unique)


def _without_idle_fragments(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """A link keeps its fragment only where others of the feed lead elsewhere on the same page.

    Changelogs and blogs of one page tell an entry by it; otherwise it is where the page opens.
    """
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        parts[canonical_url(entry.link)].add(anchored_url(entry.link))
    return tuple(
        entry
        if len(parts[canonical_url(entry.link)]) > 1
        else replace(entry, link=entry.link.partition("#")[0])
        for entry in entries
    )


def _place(entry: Entry) -> str:
    return anchored_url(entry.link) or entry.title


def _fingerprint(entry: Entry) -> str:
    return _hash("\n".join((entry.title, entry.content_html or entry.summary_html)))


def _kept(guid: str) -> str:
    return guid if len(guid.encode()) <= LONGEST_GUID else _hash(guid)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _web_page(content: bytes, url: str) -> str:
    reason = "is a web page, not a feed"
    try:
        page = lxml.html.document_fromstring(content)
    except lxml.etree.LxmlError:
        return reason
    for link in page.iter("link"):
        if "alternate" in link.get("rel", "").lower().split() and link.get("type") in _FEED_TYPES:
            named = without_credentials(absolute_url(link.get("href", ""), url))
            return f"{reason}; the page names {named} as its feed"
    return reason
