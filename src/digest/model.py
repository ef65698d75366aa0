"""The nouns of the project: what one stage hands to the next.

Frozen dataclasses without behaviour that touches the outside. Every time is an aware UTC
``datetime``; every text is plain text, unless its name ends in ``_html``, which is a feed's or a
page's markup and is never trusted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Origin = Literal["page", "content", "summary"]
"""Where an article's text came from: its page, the feed's full content, or the feed's summary."""


class DigestError(Exception):
    """An error whose message is meant for the person at the terminal: what, where, what to do.

    ``exit_status`` is what the command line ends with: 1 failed, 2 wrong usage or settings.
    """

    exit_status = 1


class PassingError(DigestError):
    """The same call may go well later: no network, no database. Nothing was lost meanwhile."""


class UsageError(DigestError):
    """What was asked for cannot be: a wrong setting, file, date, edition or model name."""

    exit_status = 2


@dataclass(frozen=True, slots=True)
class Feed:
    """A subscription. Its identity is ``url``, as the person wrote it."""

    url: str
    title: str = ""
    language: str = ""
    """BCP 47 code, or empty where nobody said."""
    topics: tuple[str, ...] = ()
    weight: float = 1.0
    """How much the reader cares for it: 1 is usual, 2 counts double, 0 only confirms others."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is remembered of a feed between two checks."""

    url: str
    title: str = ""
    """The feed's own title, as last parsed."""
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""
    """Where permanent redirects led; asked instead of ``url`` from then on."""
    next_check: datetime | None = None
    """Not asked again before this time (Cache-Control, Expires, Retry-After)."""
    checked_at: datetime | None = None
    changed_at: datetime | None = None
    """The date of its newest entry; that of the check for an undated one."""
    failing_since: datetime | None = None
    failures: int = 0
    """Failed checks in a row."""
    problem: str = ""
    """Why the last check failed, in words for a person; empty when it did not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed as parsed. Its identity is (feed, guid)."""

    feed: str
    """``Feed.url`` of the subscription that brought it."""
    guid: str
    """The feed's id for it, else its link, else a hash of its title and text: never empty."""
    link: str
    """Absolute http(s) URL of the page; empty where the entry has none."""
    title: str
    published: datetime | None
    """``None`` where the feed gave no date that can be read."""
    updated: datetime | None = None
    author: str = ""
    language: str = ""
    summary_html: str = ""
    content_html: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """The readable text of a page. Its identity is ``url``, and also ``content_hash``."""

    url: str
    """Canonical URL: trackers stripped, redirects followed."""
    title: str
    paragraphs: tuple[str, ...]
    source: str = ""
    """The outlet, as a reader would name it."""
    author: str = ""
    published: datetime | None = None
    """``None`` where neither feed nor page gave a date; ``first_seen`` stands in for it then."""
    first_seen: datetime | None = None
    language: str = ""
    origin: Origin = "page"
    feeds: tuple[str, ...] = ()
    """``Feed.url`` of every subscription that carried it."""

    @property
    def text(self) -> str:
        """Its paragraphs, one empty line between two."""
        return "\n\n".join(self.paragraphs)

    @property
    def time(self) -> datetime | None:
        """When it was published as far as is known."""
        return self.published or self.first_seen

    @property
    def content_hash(self) -> str:
        """SHA-256 over title and text with white space folded, hexadecimal."""
        folded = " ".join(f"{self.title} {self.text}".split())
        return hashlib.sha256(folded.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a story's score, in points and in words."""

    name: str
    points: float
    why: str


@dataclass(frozen=True, slots=True)
class Story:
    """One event: the articles that tell it. Its identity is the set of their URLs."""

    articles: tuple[Article, ...]
    """Lead first, the others by time and URL; never empty."""
    headline: str
    score: float = 0.0
    reasons: tuple[Reason, ...] = ()

    @property
    def lead(self) -> Article:
        """The article that tells it best."""
        return self.articles[0]

    @property
    def key(self) -> str:
        """A stable short name (12 hexadecimal digits) from the set of its articles."""
        urls = "\n".join(sorted(article.url for article in self.articles))
        return hashlib.sha256(urls.encode()).hexdigest()[:12]

    @property
    def content_hash(self) -> str:
        """SHA-256 over its articles' content hashes in their order, hexadecimal."""
        joined = "\n".join(article.content_hash for article in self.articles)
        return hashlib.sha256(joined.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Citation:
    """One sentence of an article that supports a sentence of a summary."""

    article: str
    """URL of the article (or its id, where the caller gave ids)."""
    sentence: int
    """Which sentence of the article's paragraphs (its title is none), from 0, as
    ``sentences.split_paragraphs`` cuts them."""
    text: str
    """The sentence as it stands there."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a summary with what it rests on; the best support comes first."""

    text: str
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A story's paragraph, sentence by sentence."""

    sentences: tuple[Sentence, ...]
    method: Literal["extractive", "generative"]
    model: str
    """The model that chose or wrote the sentences, with its revision where it has one."""
    fallback: str = ""
    """Why this is not what the asked-for summarizer wrote; empty when it is."""
    doubt: str = ""
    """Why a written paragraph may say what its articles do not; empty where it was checked and
    holds."""
    passing: bool = False
    """Whether the reason for the fallback may pass: the next time, its summarizer is asked again.
    """
    notes: tuple[str, ...] = ()
    """For the reader: where outlets differ in its numbers, and what of a model was left out."""

    @property
    def text(self) -> str:
        """The paragraph as one string."""
        return " ".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Told:
    """A story with the paragraph that tells it."""

    story: Story
    summary: Summary
    formerly: tuple[str, ...] = ()
    """Keys that it had in this edition before that was made anew."""


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How a subscription did, for the footer of an edition."""

    url: str
    title: str
    status: Literal["ok", "silent", "failing", "moved"]
    reason: str = ""
    """For a person: what is wrong and, where known, what to do; empty when all is well."""
    articles: int = 0
    """Its articles inside the edition's window."""
    failing_since: datetime | None = None
    """``None`` where it does not fail."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something a reader might look for in the edition, and why it is not there."""

    kind: Literal["story", "article"]
    title: str
    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A reader who did not get an earlier edition, for the footer of the next."""

    recipient: str
    """Masked, as the page may be public: ``m…@away.example``, or ``channel:team``."""
    slot: str
    """Of the edition that was not taken."""
    reason: str
    """Without the server's words, which may name the reader: ``the server refused it (550)``."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The edition in figures."""

    feeds: int = 0
    articles: int = 0
    """Articles inside the window."""
    stories: int = 0
    """Events they tell, told here or left out."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One issue of the digest. Its identity is (name, slot).

    It depends on what the store holds and not on the clock: the same store gives the same bytes.
    """

    name: str
    slot: str
    """The local date of the cut-off (``2026-11-23``), with the time (``2026-11-23T0700``) where the
    schedule has more than one a day."""
    title: str
    timezone: str
    """IANA name, in which dates are shown."""
    start: datetime
    """Articles after this time …"""
    cutoff: datetime
    """… up to and including this one."""
    stories: tuple[Told, ...]
    health: tuple[FeedHealth, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    counts: Counts = field(default_factory=Counts)
    topic: str = ""
    language: str = "en"
    late_minutes: int = 0
    """How long after it was due it was made; 0 where that was in time."""
    undelivered: tuple[Undelivered, ...] = ()
    """Whom the editions before it did not reach, told once."""


CHANNEL = "channel:"
"""How a recipient begins that is a channel of the settings, and no mail address."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An edition handed to one recipient. Its identity is (edition, slot, recipient)."""

    edition: str
    slot: str
    recipient: str
    """A mail address, or ``channel:NAME``."""
    status: Literal["sending", "sent", "deferred", "refused"]
    """``sending``: handed over just now; where its process died, nobody knows whether it was taken.
    ``deferred``: not taken, which may pass. ``refused``: not taken, and not tried again by itself.
    """
    at: datetime
    detail: str = ""
    """Why it was not taken, or the Message-ID under which it was."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A slot of an edition's schedule and what became of it: one line of the edition's history."""

    slot: str
    cutoff: datetime
    status: Literal["published", "missed", "due"]
    """``missed``: a later one was published instead, with its news. ``due``: none was yet."""
    published_at: datetime | None = None
    late_minutes: int = 0
    """How long after it was due it was made; for one that is due, how long that is ago."""
    stories: int = 0
    articles: int = 0
    """Articles in its window."""
    fallbacks: int = 0
    """Paragraphs that are not what the asked-for summarizer wrote."""
    failing: int = 0
    """Feeds that failed when it was made."""
    sent: int = 0
    refused: int = 0
    """Mails that were taken, and those that were not, or not yet."""
