"""The Prefect server that is served from: one that is there, or one of our own."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from digest.model import DigestError
from digest.operate import automations
from digest.operate.client import api_url
from digest.operate.supervise import Program, Supervisor

SERVER = "the Prefect server"
STARTS_WITHIN = 120
"""Seconds in which a server must answer: the first time it makes its database."""
ANSWERS_WITHIN = 2.0
"""Seconds after which a request to the server is given up, and made again later."""
QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    # The newer of its two pages asks a host outside from the reader's browser.
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
}
"""Server and worker tell nobody outside that they run."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where Prefect's API is, and whether it answers."""

    url: str
    answers: bool

    @property
    def page(self) -> str:
        """The address of its web page."""
        return self.url.removesuffix("/api")


def find_server() -> Server:
    """The server that Prefect's settings name, else the place of one on this machine.

    Raises:
        DigestError: one is configured and does not answer.
    """
    from prefect.settings import get_current_settings

    url = api_url()
    server = Server(url, _answers(url))
    if not server.answers and get_current_settings().api.url:
        raise DigestError(
            f"the Prefect server at {url} does not answer: start it, or unset "
            "PREFECT_API_URL to have one started here"
        )
    return server


def start_server(programs: Supervisor, server: Server, home: Path) -> None:
    """Starts one there, for this machine only, and waits until it answers.

    Raises:
        DigestError: it does not, and its last words.
    """
    log = home / "server.log"
    log.write_bytes(b"")
    port = str(httpx.URL(server.url).port)
    command = prefect("server", "start", "--host", "127.0.0.1", "--port", port)
    programs.start(Program(SERVER, command, log, QUIET | automations.SERVER))
    deadline = time.monotonic() + STARTS_WITHIN
    while not _answers(server.url):
        if died := programs.tend():
            raise DigestError(f"{died[0].partition(';')[0]}; its last words:\n{_tail(log)}")
        if time.monotonic() > deadline:
            raise DigestError(
                f"{SERVER} at {server.url} did not answer within {STARTS_WITHIN} s; "
                f"what it says is in {log}"
            )
        time.sleep(0.1)


def prefect(*words: str) -> tuple[str, ...]:
    """A command of the Prefect that is installed beside us."""
    return (sys.executable, "-m", "prefect", *words)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=ANSWERS_WITHIN).is_success
    except httpx.TransportError:
        return False


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").rstrip().splitlines()[-10:])
