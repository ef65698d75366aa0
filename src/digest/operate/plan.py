"""``digest serve --check``: what ``digest serve`` would do.

What is on a server can only be asked of a server. Where ours does not run, one is started for this
question on the same database, with none of the services that would plan or change anything.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.operate.deploy import Change, deploy, from_nothing
from digest.operate.server import Server, find_server, start_server
from digest.operate.supervise import Supervisor
from digest.operate.telling import told
from digest.settings import Settings


def plan(settings: Settings, project: Path) -> Iterator[str]:
    """What ``serve_from`` would do, line by line; nothing is changed.

    Raises:
        DigestError: the configured server does not answer.
    """
    server = find_server()
    if server.answers:
        yield f"would use the Prefect server at {server.page}"
        changes = _compared(settings, project, server)
    else:
        yield f"would start a Prefect server at {server.page}"
        if _has_database():
            with _server_for_a_question() as asked:
                changes = _compared(settings, project, asked)
        else:
            changes = from_nothing(settings)
    for change in changes:
        yield told(change, check=True)
    yield f"would start a worker for the work pool {settings.prefect.work_pool}"


def _compared(settings: Settings, project: Path, server: Server) -> tuple[Change, ...]:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: server.url}):
        return deploy(settings, project, check=True)


def _has_database() -> bool:
    """Whether a server of ours has run already; a database elsewhere is taken to be there."""
    from prefect.settings import get_current_settings
    from sqlalchemy import make_url

    url = get_current_settings().server.database.connection_url
    assert url is not None  # Prefect names one in its home where nobody does
    database = make_url(url.get_secret_value())
    return database.get_backend_name() != "sqlite" or Path(database.database or "").exists()


@contextmanager
def _server_for_a_question() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}/api", configured=False, answers=False)
    with TemporaryDirectory() as home, Supervisor(home) as programs:
        start_server(programs, server, Path(home), options=("--no-services", "--no-ui"))
        yield server
