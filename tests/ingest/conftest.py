"""A web server whose every byte a test decides, and ways to ask it."""

from __future__ import annotations

import asyncio
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from digest.ingest.fetch import Failed, Fetched, Fetcher, FetchPolicy, NotModified


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]


Route = Callable[[Request], Iterable[bytes]]


def _response(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """A whole HTTP response; header names are written with underscores."""
    named = {"content-length": str(len(body)), "connection": "close"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Site:
    """A server on loopback. ``routes`` has for each path a response or what makes one."""

    port: int = 0
    scheme: str = "http"
    routes: dict[str, bytes | Route] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    busy: int = 0
    most_busy: int = 0

    response = staticmethod(_response)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def silence(self, _: Request) -> Iterable[bytes]:
        """A route that takes the question and never answers."""
        self.closing.wait(60)
        return []

    def answer(self, request: Request) -> Iterable[bytes]:
        route = self.routes.get(request.path, _response(404))
        return [route] if isinstance(route, bytes) else route(request)


def _handler(site: Site, context: ssl.SSLContext | None) -> type[socketserver.BaseRequestHandler]:
    lock = threading.Lock()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                connection = self.request
                if context:
                    connection = context.wrap_socket(connection, server_side=True)
                head = b""
                while b"\r\n\r\n" not in head:
                    if not (read := connection.recv(65536)):
                        return
                    head += read
                first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
                pairs = (line.split(": ", 1) for line in lines)
                request = Request(first.split()[1], {name.lower(): value for name, value in pairs})
                with lock:
                    site.requests.append(request)
                    site.busy += 1
                    site.most_busy = max(site.busy, site.most_busy)
                try:
                    for part in site.answer(request):
                        connection.sendall(part)
                finally:
                    with lock:
                        site.busy -= 1
                if context:
                    connection.unwrap()
            except OSError:
                pass  # the client hung up, as some tests make it do

    return Handler


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Site]:
    site = Site(scheme="https" if context else "http")
    with _Server(("127.0.0.1", 0), _handler(site, context)) as server:
        site.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield site
        site.closing.set()
        server.shutdown()


@pytest.fixture
def serve() -> Callable[..., Any]:
    """``serving``, for a test that needs a server of its own kind."""
    return serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def other_site() -> Iterator[Site]:
    with serving() as site:
        yield site


async def to_loopback(host: str, port: int) -> Sequence[str]:
    """A resolver for which every name is this machine."""
    return ["127.0.0.1"]


@pytest.fixture
def fetch_all() -> Callable[..., list[Fetched | NotModified | Failed]]:
    """Ask for all URLs at once with one Fetcher that may reach loopback."""

    def ask(
        urls: Sequence[str], *, resolve: Any = to_loopback, asking: Any = None, **policy: Any
    ) -> list[Fetched | NotModified | Failed]:
        policy = {"allow_private": True, "timeout": 5.0} | policy

        async def run() -> list[Fetched | NotModified | Failed]:
            async with Fetcher(FetchPolicy(**policy), resolve=resolve) as fetcher:
                asked = (fetcher.get(url, **(asking or {})) for url in urls)
                return list(await asyncio.gather(*asked))

        return asyncio.run(run())

    return ask


@pytest.fixture
def fetch(fetch_all: Callable[..., Any]) -> Callable[..., Fetched | NotModified | Failed]:
    """Ask for one URL; the second dictionary goes to ``get``, the rest to the policy."""

    def ask(url: str, asking: Any = None, **options: Any) -> Fetched | NotModified | Failed:
        return fetch_all([url], asking=asking, **options)[0]

    return ask
