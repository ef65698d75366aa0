"""The Prefect server that is served from: one that is there, or one of our own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx

from digest.addresses import without_credentials
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
    configured: bool
    """Whether it is somebody's own; otherwise one on this machine is meant."""
    answers: bool

    @property
    def page(self) -> str:
        """The address of its web page."""
        from prefect.settings import get_current_settings

        prefect = get_current_settings()
        page = prefect.ui_url if prefect.api.url else None
        return without_credentials(page or self.url.removesuffix("/api"))


def find_server() -> Server:
    """The server that Prefect's settings name, else the place of one on this machine.

    Raises:
        DigestError: one is configured and does not answer.
    """
    from prefect.settings import get_current_settings

    url = api_url()
    server = Server(url, bool(get_current_settings().api.url), _answers(url))
    if server.configured and not server.answers:
        raise DigestError(
            f"the Prefect server at {without_credentials(url)} does not answer: start it, or unset "
            "PREFECT_API_URL to have one started here"
        )
    return server


def go_on() -> None:
    """Nobody asked to stop."""


def start_server(
    programs: Supervisor,
    server: Server,
    home: Path,
    unless_asked: Callable[[], None] = go_on,
    options: tuple[str, ...] = (),
) -> None:
    """Starts one there, for this machine only, and waits until it answers.

    Where another program of this machine serves there, ours starts when that one ends.
    ``unless_asked`` is called in between and raises where it is to wait no longer. The ``options``
    are those of ``prefect server start``.

    Raises:
        DigestError: it does not, and its last words.
    """
    log = home / "server.log"
    log.write_bytes(b"")
    port = str(httpx.URL(server.url).port)
    command = prefect("server", "start", "--host", "127.0.0.1", "--port", port, *options)
    environment = QUIET | automations.SERVER_ENVIRONMENT
    programs.start(Program(SERVER, command, log, environment, lambda: not _answers(server.url)))
    deadline = time.monotonic() + STARTS_WITHIN
    while not _answers(server.url):
        unless_asked()
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
    """Asked as Prefect asks, with its certificates, keys and headers. A refusal is an answer: who
    asks for more gets it in words."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    hasty = {PREFECT_API_URL: url, PREFECT_CLIENT_MAX_RETRIES: 0}
    with (
        temporary_settings(hasty),
        get_client(httpx_settings={"timeout": ANSWERS_WITHIN}, sync_client=True) as client,
    ):
        problem = client.api_healthcheck()
    if isinstance(problem, httpx.HTTPStatusError):
        return problem.response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    return problem is None


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").rstrip().splitlines()[-10:])
