"""Reading feeds and pages over HTTP: many hosts at once, few requests at once to each.

Nothing that the network, a server or an address does raises here: every answer is ``Fetched``,
``NotModified`` or ``Failed`` with a reason for a person. Proxies of the environment are not used,
as they would open connections past the guard (the environment's certificates are).
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from importlib.metadata import version
from types import TracebackType
from typing import Self

import httpx
import stamina

from digest.addresses import without_credentials
from digest.ingest import reasons
from digest.ingest.answers import Failed, Fetched, NotModified
from digest.ingest.body import BodyError, read_body
from digest.ingest.caching import next_check, retry_at
from digest.ingest.guard import (
    GuardedBackend,
    GuardedTransport,
    NotAllowedError,
    Resolver,
    SystemResolver,
    check_url,
)
from digest.ingest.robots import PRODUCT, Robots
from digest.ingest.turns import Clock, OutOfTimeError, SilentHostError, Turns

__all__ = ["Failed", "FetchPolicy", "Fetched", "Fetcher", "NotModified"]

MAX_REDIRECTS = 10
LONGEST_WAIT = timedelta(seconds=5)
"""Of ``Retry-After`` that is waited for; a longer wait is left to the next run."""

_MAY_PASS = {429, 502, 503, 504}
_FOR_GOOD = {301, 308}

logger = logging.getLogger(__name__)

# Retries are no news for the terminal of someone who did not set up logging.
logging.getLogger("stamina").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class FetchPolicy:
    """How politely, how patiently and how far to reach."""

    contact: str = ""
    """Address or URL named in the User-Agent, so that a site's owner can ask."""
    timeout: float = 20.0
    """Seconds for one URL: its redirects, its body and all retries together, but not the waiting
    for its turn and between retries."""
    max_bytes: int = 8 * 2**20
    """A body's most bytes, on the wire and decompressed."""
    concurrency: int = 32
    """Requests at once, and so the most hosts at once."""
    per_host: int = 2
    """Requests at once to one host and port."""
    retries: int = 2
    """More attempts where one fails for what may pass in a moment."""
    allow_private: bool = False
    """Let loopback and private addresses be reached."""
    robots: bool = True
    """Heed robots.txt where ``Fetcher.get`` is asked to."""

    @property
    def user_agent(self) -> str:
        """The project with its version, and the contact if there is one."""
        name = f"{PRODUCT}/{version('digest')}"
        return f"{name} (+{self.contact})" if self.contact else name


class _AttemptError(Exception):
    """An attempt failed; ``again_after`` is whether, or in how many seconds, to make another."""

    def __init__(self, failed: Failed, again_after: bool | float = False) -> None:
        super().__init__(failed.reason)
        self.failed = failed
        self.again_after = again_after


@dataclass(frozen=True)
class _Question:
    """What ``Fetcher.get`` was asked, for all attempts and redirects."""

    url: str
    start: httpx.URL
    headers: dict[str, str]
    robots: bool
    clock: Clock


class Fetcher:
    """Asks for URLs under one ``FetchPolicy``; use it as an async context manager.

    ``resolve`` stands in for the machine's resolver. A URL that ``holds`` denies is another
    process's to ask, also as the target of a redirect.
    """

    def __init__(
        self,
        policy: FetchPolicy | None = None,
        *,
        resolve: Resolver | None = None,
        holds: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.policy = policy or FetchPolicy()
        self._holds = holds
        self._system = SystemResolver(self.policy.concurrency)
        backend = GuardedBackend(resolve or self._system, allow_private=self.policy.allow_private)
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(backend, keep_alive=self.policy.concurrency),
            headers={"User-Agent": self.policy.user_agent, "Accept-Encoding": "gzip, deflate"},
            timeout=None,  # noqa: S113 - a Clock bounds each request as a whole
            trust_env=False,
        )
        self._turns = Turns(self.policy.concurrency, self.policy.per_host)
        self._robots = Robots(self._robots_txt)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self._robots.close()
        await self._client.__aexit__(kind, error, trace)
        self._system.close()

    async def get(
        self, url: str, *, etag: str = "", last_modified: str = "", robots: bool = False
    ) -> Fetched | NotModified | Failed:
        """Ask for ``url``, conditionally where a validator is given.

        ``robots`` heeds robots.txt at every host that redirects lead to: for article pages, as a
        feed is there to be read by programs. Never raises for what the network or a server does,
        nor for what nobody foresaw: that is logged, and fails this URL alone.
        """
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        try:
            start = httpx.URL(url.strip())
        except (httpx.InvalidURL, ValueError) as error:
            # What is said of a mistyped address may quote a part of its password.
            detail = "" if "@" in url else f" ({error})"
            return Failed(url, f"is not a web address{detail}")
        question = _Question(
            url,
            start,
            # Only what can be sent back: a feed must not fail for an odd validator.
            headers={name: value for name, value in validators.items() if _is_sendable(value)},
            robots=robots and self.policy.robots,
            clock=Clock(self.policy.timeout),
        )
        try:
            return await self._with_retries(question)
        except _AttemptError as problem:
            return problem.failed
        except Exception as error:
            trace = "".join(traceback.format_exception(error))
            logger.error("%s", without_credentials(f"{url} could not be asked:\n{trace}"))
            reason, may_pass = reasons.of_error(error), reasons.may_pass(error)
            return Failed(url, reason, may_pass=may_pass)

    async def _with_retries(self, question: _Question) -> Fetched | NotModified:
        def again(error: Exception) -> bool | float:
            if isinstance(error, _AttemptError) and error.again_after < question.clock.left:
                return error.again_after
            return False

        async for attempt in stamina.retry_context(
            again,
            attempts=self.policy.retries + 1,
            timeout=None,
            wait_initial=0.25,
            wait_max=2.0,
            wait_jitter=0.5,
        ):
            with attempt:
                return await self._follow(question)
        raise AssertionError("an attempt returns or raises")

    async def _follow(self, question: _Question) -> Fetched | NotModified:
        """One attempt: ask, and go where redirects lead."""
        here, moved_to, for_good = question.start, "", True
        left = question.clock.left
        for _ in range(MAX_REDIRECTS + 1):
            response, content = await self._ask(here, question)
            if not response.has_redirect_location:
                seconds = left - question.clock.left
                return replace(_outcome(question, response, content, moved_to), seconds=seconds)
            here = _target(here, response)
            for_good = for_good and response.status_code in _FOR_GOOD
            moved_to = str(here) if for_good else moved_to
        raise _problem(question, f"redirects more than {MAX_REDIRECTS} times")

    async def _ask(self, here: httpx.URL, question: _Question) -> tuple[httpx.Response, bytes]:
        """One request, when its turn has come."""
        if not self._holds(str(here)):
            reason = f"leads to {here.host}, which another part of this run asks"
            raise _AttemptError(Failed(question.url, reason, may_pass=True, elsewhere=True))
        try:
            check_url(here)
            if question.robots and (refusal := await self._robots.refusal(here)):
                raise _AttemptError(replace(refusal, url=question.url))
            async with self._turns.turn(here.netloc.decode("ascii"), question.clock):
                return await self._exchange(here, question.headers)
        except OutOfTimeError as error:
            reason = f"did not answer within {self.policy.timeout:g} s"
            raise _problem(question, reason, may_pass=True) from error
        except SilentHostError as error:
            reason = f"not asked, because {here.host} did not answer earlier in this run"
            raise _problem(question, reason, may_pass=True) from error
        except (NotAllowedError, BodyError) as error:
            raise _problem(question, str(error)) from error
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            may_pass = reasons.may_pass(error)
            failed = Failed(question.url, reasons.of_error(error), may_pass=may_pass)
            raise _AttemptError(failed, again_after=may_pass) from error

    async def _exchange(
        self, here: httpx.URL, headers: dict[str, str]
    ) -> tuple[httpx.Response, bytes]:
        # httpx logs the URLs that it asks for, so a password goes beside and not in them.
        url, login = _without_credentials(here), None
        if here.userinfo:
            login = httpx.BasicAuth(here.username, here.password)
        async with self._client.stream("GET", url, headers=headers, auth=login) as response:
            content = b""
            if response.is_success:
                content = await read_body(response, self.policy.max_bytes)
            return response, content

    async def _robots_txt(self, url: httpx.URL) -> bytes | Failed:
        answer = await self.get(str(url))
        match answer:
            case Fetched():
                return answer.content
            case Failed():
                return answer
            case NotModified():
                raise AssertionError("nothing was asked conditionally")


def _outcome(
    question: _Question, response: httpx.Response, content: bytes, moved_to: str
) -> Fetched | NotModified:
    """What the last answer of a chain of redirects means; raises ``_AttemptError``."""
    now, headers = datetime.now(UTC), response.headers
    if response.status_code == HTTPStatus.NOT_MODIFIED and question.headers:
        return NotModified(
            question.url,
            moved_to=moved_to,
            etag=headers.get("etag", question.headers.get("If-None-Match", "")),
            last_modified=headers.get(
                "last-modified", question.headers.get("If-Modified-Since", "")
            ),
            next_check=next_check(headers, now),
        )
    if response.is_success:
        return Fetched(
            question.url,
            final_url=str(response.url),
            content=content,
            content_type=headers.get("content-type", ""),
            moved_to=moved_to,
            etag=headers.get("etag", ""),
            last_modified=headers.get("last-modified", ""),
            next_check=next_check(headers, now),
        )
    later = retry_at(headers, now)
    failed = Failed(
        question.url,
        reasons.of_status(response.status_code),
        status=response.status_code,
        retry_at=later,
        may_pass=reasons.status_may_pass(response.status_code),
    )
    raise _AttemptError(failed, _again_after(response.status_code, later - now if later else None))


def _again_after(status: int, wish: timedelta | None) -> bool | float:
    """Whether another attempt may do better, or the seconds after which the server wants it."""
    if status not in _MAY_PASS or (wish and wish > LONGEST_WAIT):
        return False
    return wish.total_seconds() if wish else True


def _problem(question: _Question, reason: str, *, may_pass: bool = False) -> _AttemptError:
    return _AttemptError(Failed(question.url, reason, may_pass=may_pass))


def _is_sendable(validator: str) -> bool:
    return bool(validator) and validator.isascii() and validator.isprintable()


def _target(here: httpx.URL, response: httpx.Response) -> httpx.URL:
    """Where a redirect leads. A URL's user name and password stay with the site they are for."""
    assert response.next_request
    there = _without_credentials(response.next_request.url)
    same_site = (here.scheme, here.netloc) == (there.scheme, there.netloc)
    return there.copy_with(userinfo=here.userinfo) if same_site else there


def _without_credentials(url: httpx.URL) -> httpx.URL:
    return url.copy_with(userinfo=b"")
