"""A page's readable text and what it says of itself, by trafilatura."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.metadata import Document, extract_metadata
from trafilatura.utils import load_html

from digest.ingest.boilerplate import without_boilerplate
from digest.ingest.canonical import absolute_url, canonical_url, same_site
from digest.ingest.charset import as_utf8, declared_charset
from digest.ingest.dates import parse_date, plausible
from digest.ingest.language import language_of
from digest.ingest.plaintext import one_line

SHORT = 600
"""Characters below which trafilatura's strict reading may have missed the article."""

_PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "date",
)
_PUBLISHED_JSON = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_BODY_CLASS = re.compile(r"(?i)(?:article|story|post|entry)[-_]*(?:body|content|text)\b")
_TITLE_AND_SITE = re.compile(r"(.*\S)\s+[|–—·»-]\s+(\S.*)")
_INSIDE_SENTENCES = ("a", "abbr", "b", "em", "font", "i", "mark", "span", "strong", "time", "u")


@dataclass(frozen=True)
class Extracted:
    """What a page gives."""

    url: str
    """Canonical: what the page names as its own address if that is on its site, else where it
    was found; without trackers."""
    title: str
    paragraphs: tuple[str, ...]
    """Plain text, one string for each paragraph, heading, list item or table row."""
    author: str = ""
    published: datetime | None = None
    """To the second where the page says so, else midnight UTC of the day."""
    language: str = ""
    """ISO 639-1; empty if unknown."""
    sitename: str = ""

    @property
    def text(self) -> str:
        """Its paragraphs, one empty line between two."""
        return "\n\n".join(self.paragraphs)


def extract_page(html: bytes | str, url: str, content_type: str = "") -> Extracted | None:
    """The article on the page that was found at ``url``; ``None`` where it holds no text at all.

    ``content_type`` is the HTTP header, for the encoding of ``html`` as bytes. Raises what
    trafilatura and lxml raise for pages that nobody foresaw; ``pool`` keeps that from the caller.
    """
    tree = load_html(_decoded(html, content_type))
    if tree is None:
        return None
    # First, as trafilatura changes the tree that it reads.
    says = extract_metadata(tree, url, _date_search(), extensive=False)
    published = _published(tree) or parse_date(says.date or "")
    address, declared = _address(tree, url), tree.get("lang") or tree.get("xml:lang") or ""
    sitename = one_line(says.sitename or "")
    title = _headline(one_line(says.title or ""), sitename)
    paragraphs = without_boilerplate(_paragraphs(tree, url), title)
    if not paragraphs:
        return None
    return Extracted(
        url=address,
        title=title,
        paragraphs=paragraphs,
        author=one_line(says.author or "").replace("; ", ", "),
        published=plausible(published, datetime.now(UTC)),
        language=language_of(" ".join(paragraphs), declared),
        sitename=sitename,
    )


def _decoded(html: bytes | str, content_type: str) -> bytes | str:
    """Text where the encoding is certain; else the bytes, for trafilatura to guess it."""
    if isinstance(html, str):
        return html
    if (text := as_utf8(html)) is not None:
        return text
    charset = declared_charset(content_type)
    return html.decode(charset, "replace") if charset else html


def _paragraphs(tree: HtmlElement, url: str) -> list[str]:
    """The strict reading, which leaves out more of what surrounds an article, or the usual one
    where the strict one found little."""
    _join_parts(tree)
    for element in tree.iter(*_INSIDE_SENTENCES):
        # Judged by their class, words in the middle of a sentence would be cut out of it.
        element.attrib.pop("class", None)
        element.attrib.pop("id", None)
    strict = _read(tree, url, favor_precision=True)
    if len(strict) < SHORT and len(usual := _read(tree, url)) > 2 * len(strict):
        strict = usual
    lines = (one_line(line).removeprefix("- ") for line in strict.splitlines())
    return [line for line in lines if any(map(str.isalnum, line))]


def _join_parts(tree: HtmlElement) -> None:
    """Put the parts of a body that is cut up around advertisements into the first of them.

    Parts are boxes of one class, named as an article's body, in one ``article`` or ``main``;
    trafilatura reads one box.
    """
    for whole in tree.iter("article", "main"):
        boxes: dict[str, list[HtmlElement]] = {}
        for box in whole.iter("div", "section"):
            name = box.get("class", "")
            if _BODY_CLASS.search(name) and next(box.iterancestors("article", "main")) is whole:
                boxes.setdefault(name, []).append(box)
        for first, *others in boxes.values():
            for other in others:
                if first not in other.iterancestors():
                    first.extend(other)


def _read(tree: HtmlElement, url: str, **options: Any) -> str:
    document = bare_extraction(tree, url=url, include_comments=False, **options)
    return document.text or "" if isinstance(document, Document) else ""


def _published(tree: HtmlElement) -> datetime | None:
    """The first date of publication in the page's metadata, most trustworthy place first."""
    return next(filter(None, map(parse_date, _dates(tree))), None)


def _dates(tree: HtmlElement) -> Iterator[str]:
    named = {
        (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower(): meta
        for meta in tree.iter("meta")
    }
    yield from (named[name].get("content", "") for name in _PUBLISHED_META if name in named)
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        yield from _PUBLISHED_JSON.findall(script.text or "")
    for element in tree.iterfind(".//*[@itemprop='datePublished']"):
        yield element.get("datetime") or element.get("content") or ""
    for element in tree.iterfind(".//time[@datetime]"):
        yield element.get("datetime", "")


def _address(tree: HtmlElement, url: str) -> str:
    """What the page calls itself, unless that is another site's page or only its own home page."""
    links = [link.get("href", "") for link in tree.iterfind(".//link[@rel='canonical']")]
    links += [meta.get("content", "") for meta in tree.iterfind(".//meta[@property='og:url']")]
    for link in links:
        address = canonical_url(absolute_url(link, url))
        is_home = urlsplit(address).path == "/" and not urlsplit(address).query
        if address and same_site(address, url) and not is_home:
            return address
    return canonical_url(url) or url


def _headline(title: str, sitename: str) -> str:
    """``title`` without the name of the site that many pages put behind it."""
    parts = _TITLE_AND_SITE.fullmatch(title)
    return parts[1] if parts and parts[2].casefold() in sitename.casefold() else title


def _date_search() -> dict[str, Any]:
    """htmldate's options: the first publication, and no guessing from the page's text."""
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    return {"original_date": True, "extensive_search": False, "max_date": today}
