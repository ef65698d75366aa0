"""Failures of the network and of servers, in words that follow the name of a feed or page."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http import HTTPStatus

import httpx

from digest.addresses import without_credentials


def of_status(status: int) -> str:
    """Such as "answers 404 Not Found"."""
    try:
        return f"answers {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"answers {status}"


def status_may_pass(status: int) -> bool:
    """Whether another run may get another answer: the server is in trouble or has no time."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS


def of_error(error: BaseException) -> str:
    """What went wrong on the way to the server, as the deepest cause that is known tells it."""
    error = _first(error)
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return "has a host name that does not resolve"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"has a TLS certificate that is not accepted ({cause.verify_message})"
        if isinstance(cause, ssl.SSLError):
            return f"cannot be reached over TLS ({cause.reason})"
        if isinstance(cause, ConnectionRefusedError):
            return "refuses the connection"
    if _is_bad_redirect(error):
        return "redirects to something that is no web address"
    if isinstance(error, httpx.ReadError | httpx.WriteError | httpx.RemoteProtocolError):
        return "breaks off the connection"
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "cannot be reached"
    return f"cannot be asked ({without_credentials(str(error)) or type(error).__name__})"


def may_pass(error: BaseException) -> bool:
    """Whether it is worth asking again: not for a bad certificate or request."""
    error = _first(error)
    if _is_bad_redirect(error) or any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
        return False
    passing = (httpx.NetworkError, httpx.TimeoutException, httpx.RemoteProtocolError, OSError)
    return isinstance(error, passing)


def _is_bad_redirect(error: BaseException) -> bool:
    """httpx reads the Location header of an answer even where it is not asked to follow it.

    A host that httpx cannot read is the redirect's, as ``guard.check_url`` saw the one asked.
    """
    if isinstance(error, httpx.RemoteProtocolError):
        return "location header" in str(error)
    return isinstance(error, UnicodeError)


def _first(error: BaseException) -> BaseException:
    """What a group of errors is about: connections are opened side by side."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
