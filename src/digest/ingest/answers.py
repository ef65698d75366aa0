"""What comes of asking for a URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Fetched:
    """A body came."""

    url: str
    """As asked."""
    final_url: str
    """Where the redirects ended."""
    content: bytes
    content_type: str = ""
    moved_to: str = ""
    """Where the leading permanent redirects (301, 308) led; empty where the first was none."""
    etag: str = ""
    last_modified: str = ""
    next_check: datetime | None = None
    seconds: float = 0.0
    """How long it took, with its redirects, but without waiting for a turn and failed attempts."""


@dataclass(frozen=True)
class NotModified:
    """The server says that nothing changed since the validators that were sent (304)."""

    url: str
    moved_to: str = ""
    etag: str = ""
    last_modified: str = ""
    next_check: datetime | None = None
    seconds: float = 0.0
    """As of ``Fetched``."""


@dataclass(frozen=True)
class Failed:
    """Nothing came, and why."""

    url: str
    reason: str
    """For a person, to follow the name of the feed or page: "answers 404 Not Found"."""
    status: int | None = None
    retry_at: datetime | None = None
    """Not to be asked before, says the server."""
    may_pass: bool = False
    """Whether another run may fare better: the network, a server in trouble, a full house."""
    elsewhere: bool = False
    """Not asked at all, because it leads to a site that another process asks."""
