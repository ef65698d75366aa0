"""What differs between object storages, or rather between their fsspec drivers.

Their exceptions are told by name, because only the drivers that are in use are installed.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from digest.model import DigestError, PassingError

# Other machines write there, too: what was listed once may be otherwise now.
_FRESH = {"use_listings_cache": False}
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "s3": {
        **_FRESH,
        # Objects are small: each in one request, without asking for its size first.
        "max_concurrency": 1,
        # Five attempts of the driver are enough; the library below it would make five of each.
        "config_kwargs": {"read_timeout": 10, "retries": {"max_attempts": 1}},
    },
    "gs": _FRESH,
}
"""How a driver is to work, by the protocol in its URLs."""

# What a driver raises is told in our words; this one logs a traceback for each attempt.
logging.getLogger("gcsfs").setLevel(logging.CRITICAL)

HEADERS: Mapping[str, Callable[[str, str], dict[str, Any]]] = {
    "s3": lambda kind, cache: {"ContentType": kind, "CacheControl": cache},
    "gs": lambda kind, cache: {
        "content_type": kind,
        "fixed_key_metadata": {"cache_control": cache},
    },
}
"""How a driver takes an object's Content-Type and Cache-Control."""

_AWAY = {
    "ConnectionError",
    "TimeoutError",
    "HTTPClientError",
    "ClientConnectionError",
    "ClientPayloadError",
    "TransportError",
}
_AWAY_NUMBERS = {errno.EBUSY, errno.EREMOTEIO}
_AWAY_CODES = {408, 429, *range(500, 600)}
_REFUSED = {
    "PermissionError",
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "GoogleAuthError",
}
_OTHER = {"OSError", "ValueError", "BotoCoreError", "HttpError"}


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turns what a driver raises into an error in words; bugs pass as they are.

    Raises:
        PassingError: the storage cannot be reached, or is too busy.
        DigestError: there is no such bucket, or it may not be used.
    """
    try:
        yield
    except Exception as problem:
        detail = str(problem).strip().partition("\n")[0] or type(problem).__name__
        if _may_pass(problem):
            raise PassingError(
                f"{place} cannot be reached now ({detail}): run again when it can"
            ) from problem
        advice = _advice(problem)
        if advice is None:
            raise
        raise DigestError(f"{place} {advice} ({detail})") from problem


def _may_pass(problem: Exception) -> bool:
    return bool(
        _kinds(problem) & _AWAY
        or getattr(problem, "errno", None) in _AWAY_NUMBERS
        or getattr(problem, "code", None) in _AWAY_CODES
    )


def _advice(problem: Exception) -> str | None:
    kinds = _kinds(problem)
    if "FileNotFoundError" in kinds:
        return "is in a bucket that does not exist: make it, or correct the setting outputs"
    if kinds & _REFUSED or getattr(problem, "code", None) == 401 or "Forbidden" in str(problem):
        return (
            "refuses access: see that the credentials in the environment are right, "
            "and that they may list, read, write and delete objects there"
        )
    if kinds & _OTHER:
        return "cannot be used: correct the setting outputs, or what the environment says of it"
    return None


def _kinds(problem: Exception) -> set[str]:
    return {kind.__name__ for kind in type(problem).__mro__}
