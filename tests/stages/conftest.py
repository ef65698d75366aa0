"""A store of its own for every scenario, and a web server whose pages the scenario decides."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from digest.store.store import Store


class Site:
    """A server on loopback: ``pages`` has the status and the body for each path, ``redirects``
    where a path has moved to for good."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.pages: dict[str, tuple[int, str]] = {}
        self.redirects: dict[str, str] = {}
        self.asked: list[str] = []

    def feed(self, *items: str) -> None:
        """Puts a feed at ``/feed``."""
        head = '<rss version="2.0"><channel><title>A feed</title>'
        self.pages["/feed"] = (200, f"{head}{''.join(items)}</channel></rss>")


@pytest.fixture
def site() -> Iterator[Site]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            target = site.redirects.get(self.path)
            status, body = (301, "") if target else site.pages.get(self.path, (404, ""))
            self.send_response(status)
            if target:
                self.send_header("Location", target)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        site = Site(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield site
        server.shutdown()
        thread.join()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'digest.sqlite'}") as store:
        yield store
