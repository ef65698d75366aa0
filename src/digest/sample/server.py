"""Serves the sample newsroom on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest.model import Feed
from digest.sample.newsroom import Newsroom, load
from digest.sample.press import Resource, print_run

HOST = "127.0.0.1"
DEFAULT_PORT = 8765


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that the site got."""

    method: str
    path: str
    """With its query."""
    status: int
    """0 where it is left without an answer."""
    headers: dict[str, str]
    """Names in lower case."""


class RequestLog:
    """The requests in the order in which they came; may be read while the site is served."""

    def __init__(self) -> None:
        self._asked: list[Asked] = []
        self._lock = threading.Lock()

    def add(self, asked: Asked) -> None:
        """Notes one more."""
        with self._lock:
            self._asked.append(asked)

    def read(self) -> tuple[Asked, ...]:
        """All so far."""
        with self._lock:
            return tuple(self._asked)


@dataclass(frozen=True, slots=True)
class Site:
    """The newsroom while it is served."""

    url: str
    """Without a slash at the end: ``http://127.0.0.1:8765``."""
    newsroom: Newsroom
    log: RequestLog

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """Every subscription it offers, the broken ones included."""
        return self.newsroom.feeds(self.url)

    @property
    def requests(self) -> tuple[Asked, ...]:
        """What it has been asked so far."""
        return self.log.read()


def app(newsroom: Callable[[], Newsroom], base_url: str, log: RequestLog) -> Starlette:
    """The newsroom, as it is when asked, as an ASGI application reached at ``base_url``."""
    printed: tuple[Newsroom | None, dict[str, Resource]] = (None, {})

    async def answer(request: Request) -> Response:
        nonlocal printed
        if (now := newsroom()) != printed[0]:
            printed = (now, print_run(now, base_url))
        resource = printed[1].get(request.url.path)
        if resource is None:
            response: Response = PlainTextResponse("Not found.\n", status_code=404)
        elif resource.unchanged_for(request.headers.get("If-None-Match", "")):
            response = Response(status_code=304, headers=resource.headers)
        else:
            response = Response(resource.body, resource.status, resource.headers)
        silent = resource is not None and resource.silent
        query = f"?{request.url.query}" if request.url.query else ""
        log.add(
            Asked(
                request.method,
                request.url.path + query,
                0 if silent else response.status_code,
                dict(request.headers),
            )
        )
        if silent:
            await _client_gives_up(request)
        return response

    return Starlette(routes=[Route("/{path:path}", answer)])


@contextmanager
def serving(anchor: datetime, port: int = 0, pace: timedelta | None = None) -> Iterator[Site]:
    """Serves the newsroom of ``anchor`` in a thread until the block ends.

    With a ``pace``, its events only happen from then on, by the clock, one every so long.

    ``port`` 0 takes a free one; so does one that cannot be had.
    """
    newsroom = load(anchor) if pace is None else load(anchor).unfolding(pace)

    def current() -> Newsroom:
        return newsroom if pace is None else newsroom.until(datetime.now(UTC))

    with _listening(port) as listener:
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        log = RequestLog()
        server = _Server(
            uvicorn.Config(
                app(current, url, log), lifespan="off", log_config=None, access_log=False
            )
        )
        # The socket listens already, so whoever asks before the thread is ready just waits.
        thread = threading.Thread(
            target=server.run, args=([listener],), name="sample newsroom", daemon=True
        )
        thread.start()
        try:
            yield Site(url, newsroom, log)
        finally:
            server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Hangs up on whoever still waits for the feed that never answers, then ends."""
        for connection in self.server_state.connections:
            connection.transport.close()
        await super().shutdown(sockets)


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError:
        return socket.create_server((HOST, 0))


async def _client_gives_up(request: Request) -> None:
    message = await request.receive()
    while message["type"] != "http.disconnect":
        message = await request.receive()
