"""RSS 0.9x, 1.0 and 2.0, Atom and their relatives, read by feedparser."""

from __future__ import annotations

import calendar
import html
import io
import re
from datetime import UTC, datetime
from typing import Any
from xml.sax import SAXException, SAXParseException

import feedparser
from feedparser.mixin import _FeedParserMixin

from digest.ingest.charset import as_utf8
from digest.ingest.dates import parse_date
from digest.ingest.parsed import NotAFeed, ParsedFeed, read_each
from digest.ingest.plaintext import one_line, text_of
from digest.model import Entry

# An id is a name, not an address: resolved against the feed's URL, as feedparser does, it would
# make all entries new when the feed moves.
_FeedParserMixin.can_be_relative_uri = _FeedParserMixin.can_be_relative_uri - {"id"}

# Half a character, as some generators write those beyond U+FFFF; feedparser fails on it.
_HALF = (
    rb"&#(?:x([Dd][89A-Fa-f][0-9A-Fa-f]{2})"
    rb"|(5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3]));"
)
_HALVES = re.compile(rb"(?:%b)+" % _HALF)

_MAIL = re.compile(r"[(<]?(?:mailto:)?[^\s()<>]+@[^\s()<>]+[)>]?")


def read_xml_feed(content: bytes, url: str, content_type: str) -> ParsedFeed:
    """The feed as it stands there, links resolved against ``xml:base`` or ``url``."""
    headers = {"content-location": url, "content-type": content_type or "application/xml"}
    if (text := as_utf8(content)) is not None:
        content, headers["content-type"] = text.encode(), "application/xml; charset=utf-8"
    content = _HALVES.sub(_joined, content)
    try:
        # BytesIO, as feedparser would take bytes for the name of a file first.
        document = feedparser.parse(io.BytesIO(content), response_headers=headers)
    except Exception as error:  # feedparser's lenient parser fails in ways of its own
        raise NotAFeed(f"cannot be parsed ({type(error).__name__}: {error})") from error
    damage = _damage(document.get("bozo_exception"))
    if not document.version and not document.entries:
        raise NotAFeed(damage or "is neither RSS nor Atom")
    channel = document.feed
    language = one_line(channel.get("language", ""))
    entries, problems = read_each(document.entries, lambda item: _entry(item, language))
    if damage:
        problems = (f"{damage}; what could be read of it was", *problems)
    return ParsedFeed(
        title=_title(channel),
        language=language,
        link=one_line(channel.get("link", "")),
        entries=entries,
        problems=problems,
    )


def _joined(halves: re.Match[bytes]) -> bytes:
    """References to surrogates as references to what pairs of them mean; U+FFFD for a lone one."""
    codes = (int(x, 16) if x else int(n) for x, n in re.findall(_HALF, halves[0]))
    text = b"".join(code.to_bytes(2, "little") for code in codes).decode("utf-16-le", "replace")
    return text.encode("ascii", "xmlcharrefreplace")


def _damage(error: object) -> str:
    """What is wrong with the XML, and where; empty where it is well-formed."""
    if isinstance(error, SAXParseException):
        line, message = error.getLineNumber(), error.getMessage()
        return f"is not valid XML (line {line}: {message})"
    return f"is not valid XML ({error})" if isinstance(error, SAXException) else ""


def _entry(item: Any, language: str) -> Entry:
    updated = _date(item, "updated")
    content = max((_markup(part) for part in item.get("content", ())), key=len, default="")
    summary = _markup(item.get("summary_detail", {"value": item.get("summary", "")}))
    return Entry(
        feed="",
        guid=one_line(item.get("id", "")),
        link=one_line(item.get("link", "")),
        title=_title(item),
        published=_date(item, "published") or _date(item, "created") or updated,
        updated=updated,
        author=_author(item),
        language=one_line(item.get("title_detail", {}).get("language") or language),
        # Where there is no summary, feedparser gives the content for it.
        summary_html="" if summary == content else summary,
        content_html=content,
    )


def _title(element: Any) -> str:
    # Not by its declared type: markup in titles is common, and a title that shows markup is not.
    return text_of(element.get("title", ""))


def _markup(part: Any) -> str:
    value = part.get("value") or ""
    return html.escape(value, quote=False) if part.get("type") == "text/plain" else value


def _author(item: Any) -> str:
    listed = item.get("authors", ())
    if len(listed) == 1:
        # As written: feedparser takes names and addresses apart, but not with long domain endings.
        name = _MAIL.sub("", item.get("author", "")).strip()
        return one_line(name[1:-1] if name.startswith("(") and name.endswith(")") else name)
    names = (one_line(author.get("name", "")) for author in listed)
    return ", ".join(dict.fromkeys(name for name in names if name))


def _date(item: Any, name: str) -> datetime | None:
    """As this project reads dates, else as feedparser does, which knows more odd formats."""
    if date := parse_date(dict.get(item, name) or ""):
        return date
    parsed = dict.get(item, f"{name}_parsed")
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
