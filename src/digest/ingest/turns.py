"""Whose turn it is: a few requests at once to a host, and none to a host that never answers."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


class OutOfTimeError(Exception):
    """A request had no time left."""


class SilentHostError(Exception):
    """The host let a request run out of time and is not asked another."""


@dataclass
class Clock:
    """The seconds a URL has left. Asking uses them up, waiting for a turn does not."""

    left: float


@dataclass
class _Host:
    slots: asyncio.Semaphore
    answered: float = 0.0
    """When a request was last answered, on the monotonic clock."""
    silent: bool = False


class Turns:
    """At most ``total`` requests at once, and ``per_host`` at once to one host.

    A host that lets a request run out of time, and answers no other in the meantime, gets no
    further turn: hundreds of pages on a dead host cost one timeout and not one each.
    """

    def __init__(self, total: int, per_host: int) -> None:
        self._total = asyncio.Semaphore(total)
        self._hosts: dict[str, _Host] = defaultdict(lambda: _Host(asyncio.Semaphore(per_host)))

    @asynccontextmanager
    async def turn(self, name: str, clock: Clock) -> AsyncIterator[None]:
        """Wait for a turn at host ``name``, then run the body for at most ``clock.left`` seconds.

        Raises ``SilentHostError`` instead of giving a turn, and ``OutOfTimeError`` when the time
        is over.
        """
        host = self._hosts[name]
        async with host.slots, self._total:
            if host.silent:
                raise SilentHostError
            start = time.monotonic()
            try:
                async with asyncio.timeout(clock.left):
                    yield
            except TimeoutError as error:
                host.silent = host.answered < start
                raise OutOfTimeError from error
            else:
                host.answered, host.silent = time.monotonic(), False
            finally:
                clock.left -= time.monotonic() - start
