"""What strangers wrote, made safe to print: texts, URLs, languages, moments.

Titles, names and sentences come from feeds and pages. They are plain text, never markup, and a
renderer still has to escape them for its own format; what is taken out here is what no format
should carry, whoever escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from digest.addresses import without_credentials
from digest.model import Article

T = TypeVar("T")

_UNPRINTABLE = re.compile(
    "["
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are not white space
    "\u202a-\u202e\u2066-\u2069"  # bidi embeddings, overrides and isolates, which reorder
    "\ufeff\ufff9-\ufffb\ufffe\uffff"  # byte order mark, annotations, and what XML cannot hold
    "]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_UNLINKABLE = re.compile(
    "[\\s\ufeff\x00-\x20\x7f-\xa0\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff\"'<>\\\\^`{|}]"
)

_NOT_PROSE = frozenset({"url", "article", "feeds", "paragraphs"})
"""Addresses, which ``link`` looks after, and the articles' full texts, which are never printed."""

_RIGHT_TO_LEFT = frozenset(
    ["ar", "arc", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"]
)
_RIGHT_TO_LEFT_SCRIPTS = frozenset(["adlm", "arab", "hebr", "nkoo", "syrc", "thaa"])
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def clean(text: str) -> str:
    """One line without characters that would break a file or reorder the text around them.

    Nor with the password of an address in it, as a feed that nobody named is called by its own.
    Joiners and the left-to-right and right-to-left marks stay: Persian, Hebrew and emoji need them.
    """
    printable = _UNPRINTABLE.sub("", _SURROGATES.sub("\ufffd", text))
    return without_credentials(" ".join(printable.split()))


def cleaned(value: T) -> T:
    """The same noun, with every text in it that is meant for reading cleaned."""
    same_noun: T = _cleaned(value)
    return same_noun


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return tuple(map(_cleaned, value))
    if is_dataclass(value) and not isinstance(value, type):
        prose = (f.name for f in fields(value) if f.name not in _NOT_PROSE)
        return replace(value, **{name: _cleaned(getattr(value, name)) for name in prose})
    return value


def link(url: str) -> str:
    """The URL as it may stand in a link, without user name and password; empty unless it is http
    or https and names a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    url = _SURROGATES.sub("\ufffd", url.strip())
    return without_credentials(_UNLINKABLE.sub(lambda found: quote(found[0]), url))


def site(url: str) -> str:
    """The host of a URL as a person would name it: ``news.example`` for ``https://www.news.example/x``."""
    return clean((urlsplit(link(url)).hostname or url).removeprefix("www."))


def outlet(article: Article) -> str:
    """The name of the outlet, or its host where nobody gave a name."""
    return article.source or site(article.url)


def distinct(items: Iterable[T]) -> tuple[T, ...]:
    """Each item once, in the order of first appearance."""
    return tuple(dict.fromkeys(items))


def counted(number: int, one: str, many: str = "") -> str:
    """``1 story``, ``2 stories``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def duration(minutes: int) -> str:
    """``2 h 5 min``; empty for none."""
    hours, minutes = divmod(minutes, 60)
    units = ((hours, "h"), (minutes, "min"))
    return " ".join(f"{number} {unit}" for number, unit in units if number)


@dataclass(frozen=True, slots=True)
class Tongue:
    """The language a text is in, for the attributes ``lang`` and ``dir``."""

    code: str
    """BCP 47 tag; empty where it is not known."""
    direction: Literal["ltr", "rtl", "auto"]

    @property
    def primary(self) -> str:
        """The language without region and script: ``ko`` for ``ko-KR``."""
        return self.code.lower().partition("-")[0]


def tongue(language: str) -> Tongue:
    """What can be said of a language tag that a feed or a page claims."""
    if not _LANGUAGE_TAG.fullmatch(language):
        return Tongue("", "auto")
    primary, *subtags = language.lower().split("-")
    rtl = primary in _RIGHT_TO_LEFT or not _RIGHT_TO_LEFT_SCRIPTS.isdisjoint(subtags)
    return Tongue(language, "rtl" if rtl else "ltr")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time for people and for machines, in an edition's time zone."""

    day: str
    """``2026-11-23``."""
    clock: str
    """``07:00``."""
    iso: str
    """``2026-11-23T07:00:00+09:00``."""

    @property
    def month(self) -> str:
        """``2026-11``."""
        return self.day[:7]

    def __str__(self) -> str:
        return f"{self.day} {self.clock}"


def moment(time: datetime, zone: ZoneInfo) -> Moment:
    """An aware time as it is told in ``zone``, the same in every language."""
    local = time.astimezone(zone)
    return Moment(f"{local:%Y-%m-%d}", f"{local:%H:%M}", local.isoformat(timespec="seconds"))


def utc(time: datetime) -> str:
    """An aware time as RFC 3339 writes it, to the second: ``2026-11-22T22:00:00Z``."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
