"""Ingest in parts: every site belongs to one of them, with all its hosts.

By site and not by host, because a host mostly redirects to another one of its own site, and what
leads to a site of another part cannot be asked for by this one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import courlan
import httpx


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """Part ``index`` (from 1) of ``of``; the whole, if nothing else is said."""

    index: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.index} of {self.of}"

    def holds(self, url: str) -> bool:
        """Whether the site of ``url`` belongs to this part."""
        return self.of == 1 or shard_of(url, self.of) == self


WHOLE = Shard()


def shard_of(url: str, of: int) -> Shard:
    """The part that a URL's site belongs to: the same one in every process, on every machine."""
    digest = hashlib.sha256((_site(url) or url).encode(errors="replace")).digest()
    return Shard(int.from_bytes(digest[:8]) % of + 1, of)


def _site(url: str) -> str:
    """The registered domain of its host, else (an IP address, ``localhost``) the host itself."""
    try:
        host = httpx.URL(url.strip()).raw_host.decode("ascii").rstrip(".")
    except httpx.InvalidURL:
        return ""
    return courlan.extract_domain(f"https://{host}/") or host
