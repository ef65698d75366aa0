"""JSON Feed 1.0 and 1.1 (jsonfeed.org), which feedparser does not read."""

from __future__ import annotations

import html
import json
from typing import Any

from digest.ingest.dates import parse_date
from digest.ingest.parsed import NotAFeed, ParsedFeed, read_each
from digest.ingest.plaintext import one_line
from digest.model import Entry


def read_json_feed(content: bytes) -> ParsedFeed:
    """The feed as it stands there: links not yet resolved, guids possibly empty."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotAFeed(f"is not valid JSON ({error})") from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise NotAFeed("is JSON, but not a JSON Feed")
    authors = _authors(document)
    entries, problems = read_each(items, lambda item: _entry(item, authors))
    return ParsedFeed(
        title=_line(document.get("title")),
        language=_line(document.get("language")),
        link=_line(document.get("home_page_url")),
        entries=entries,
        problems=problems,
    )


def _entry(item: Any, authors: str) -> Entry:
    if not isinstance(item, dict):
        raise TypeError(f"it is a {type(item).__name__}, not an object")
    return Entry(
        feed="",
        guid=_line(item.get("id")),
        link=_line(item.get("url")) or _line(item.get("external_url")),
        title=_line(item.get("title")),
        published=parse_date(_line(item.get("date_published"))),
        updated=parse_date(_line(item.get("date_modified"))),
        author=_authors(item) or authors,
        language=_line(item.get("language")),
        summary_html=html.escape(_text(item.get("summary")), quote=False),
        content_html=_text(item.get("content_html")) or _as_html(_text(item.get("content_text"))),
    )


def _authors(element: dict[str, Any]) -> str:
    """Of an item, or of the feed for the items that name none; 1.1 has a list of them, 1.0 one."""
    authors = element.get("authors") or [element.get("author")]
    listed = authors if isinstance(authors, list) else [authors]
    names = (_line(author.get("name")) for author in listed if isinstance(author, dict))
    return ", ".join(name for name in names if name)


def _as_html(text: str) -> str:
    """Plain text as markup, a paragraph for each of its lines."""
    lines = (html.escape(line, quote=False) for line in text.splitlines() if line.strip())
    return "".join(f"<p>{line}</p>" for line in lines)


def _text(value: object) -> str:
    """A string (or a number, as some ids are), without what UTF-8 cannot hold; else empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).encode("utf-8", "replace").decode()


def _line(value: object) -> str:
    return one_line(_text(value))
