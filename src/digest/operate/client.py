"""The Prefect server we talk to, and what it refuses, in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from digest.model import UsageError

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient


def api_url() -> str:
    """The server that Prefect's settings name, else the one that would run on this machine."""
    from prefect.settings import get_current_settings

    prefect = get_current_settings()
    return prefect.api.url or f"http://127.0.0.1:{prefect.server.api.port}/api"


@contextmanager
def connected() -> Iterator[SyncPrefectClient]:
    """A client of that server for as long as the block lasts.

    Raises:
        UsageError: the server does not answer, or wants to be told who we are.
    """
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, temporary_settings

    url = api_url()
    try:
        # Without an address Prefect would start a server that ends with this process.
        with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
            yield client
    except httpx.TransportError as error:
        raise UsageError(
            f"the Prefect server at {url} does not answer ({error}): start one with "
            "`digest serve` or `prefect server start`, or set PREFECT_API_URL to yours"
        ) from None
    except httpx.HTTPStatusError as error:
        if error.response.status_code not in (401, 403):
            raise
        raise UsageError(
            f"the Prefect server at {url} does not let us in: set PREFECT_API_AUTH_STRING, "
            "or PREFECT_API_KEY, as its owner tells you"
        ) from None
