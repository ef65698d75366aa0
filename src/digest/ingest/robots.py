"""robots.txt (RFC 9309): whether a page may be read, once per host and run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
from protego import Protego

from digest.ingest.answers import Failed
from digest.ingest.reasons import status_may_pass

PRODUCT = "digest"
"""The name that a ``User-agent`` line of robots.txt can address this program by."""

_READ = 512 * 1024
"""RFC 9309 asks for the first 500 KiB; what follows is ignored."""


class Robots:
    """The rules of every host that was asked about, each fetched once with ``fetch``."""

    def __init__(self, fetch: Callable[[httpx.URL], Awaitable[bytes | Failed]]) -> None:
        self._fetch = fetch
        self._rules: dict[str, asyncio.Task[Protego | Failed]] = {}

    async def refusal(self, url: httpx.URL) -> Failed | None:
        """Why ``url`` must be left alone; ``None`` where it may be read."""
        site = f"{url.scheme}://{url.netloc.decode('ascii')}"
        if site not in self._rules:
            robots = url.copy_with(raw_path=b"/robots.txt", fragment=None)
            self._rules[site] = asyncio.create_task(self._ask(robots))
        # Shielded, as several pages wait for it and one of them may give up.
        rules = await asyncio.shield(self._rules[site])
        if isinstance(rules, Failed):
            return rules
        if rules.can_fetch(str(url), PRODUCT):
            return None
        return Failed(str(url), "is closed to programs by robots.txt")

    def close(self) -> None:
        """Stop asking."""
        for task in self._rules.values():
            task.cancel()

    async def _ask(self, url: httpx.URL) -> Protego | Failed:
        return rules_from(await self._fetch(url))


def rules_from(answer: bytes | Failed) -> Protego | Failed:
    """The rules in a host's answer, or why all its pages are left alone.

    A host without robots.txt (any 4xx) allows everything; one that cannot be asked or is in trouble
    (5xx, and 429, which is a request to stay away for now) allows nothing until it can.
    """
    if isinstance(answer, bytes):
        return Protego.parse(answer[:_READ].decode("utf-8-sig", "replace"))
    if answer.status and not status_may_pass(answer.status):
        return Protego.parse("")
    reason = f"cannot be asked, as its robots.txt could not be read: {answer.reason}"
    return Failed(answer.url, reason, may_pass=answer.may_pass, elsewhere=answer.elsewhere)
