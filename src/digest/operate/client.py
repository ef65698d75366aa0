"""The Prefect server we talk to, and what it refuses, in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from digest.addresses import without_credentials
from digest.model import UsageError

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient


def api_url() -> str:
    """The server that Prefect's settings name, else the one that would run on this machine."""
    from prefect.settings import get_current_settings

    prefect = get_current_settings()
    local = f"http://127.0.0.1:{prefect.server.api.port}/api"
    return (prefect.api.url or local).rstrip("/")


class AwayError(UsageError):
    """Nobody answers there."""


@contextmanager
def connected() -> Iterator[SyncPrefectClient]:
    """A client of that server for as long as the block lasts.

    Raises:
        AwayError: the server does not answer.
        UsageError: it wants to be told who we are.
    """
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, temporary_settings

    url = api_url()
    named = f"the Prefect server at {without_credentials(url)}"
    try:
        # Without an address Prefect would start a server that ends with this process.
        with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
            yield client
    except httpx.TransportError as error:
        raise AwayError(
            f"{named} does not answer ({error}): start one with "
            "`digest serve` or `prefect server start`, or set PREFECT_API_URL to yours"
        ) from None
    except httpx.HTTPStatusError as error:
        if error.response.status_code not in (401, 403):
            raise
        raise UsageError(
            f"{named} does not let us in: set PREFECT_API_AUTH_STRING, or "
            "PREFECT_API_KEY, as its owner tells you"
        ) from None
