"""What lies outside: the feeds' sites and the mail server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from digest import subscriptions
from digest.addresses import without_credentials
from digest.ingest.fetch import Failed, Fetched, Fetcher, FetchPolicy, NotModified
from digest.model import Feed
from digest.operate.doctor.clock import compare
from digest.operate.doctor.finding import Finding
from digest.publish.smtp import try_login
from digest.settings import Settings
from digest.stages.carry import mail_server

PATIENCE = 5.0
"""Seconds that a site or the mail server gets."""
ASKED = 3
"""Feeds that are asked: one of them may just be down."""


def check_feeds(settings: Settings) -> Iterator[Finding]:
    """A feed or two; whoever answers also tells the time."""
    feeds = subscriptions.read(settings.feeds)[:ASKED]
    if not feeds:
        return
    policy = FetchPolicy(**settings.fetch.model_dump())
    policy = replace(policy, timeout=min(PATIENCE, policy.timeout), retries=0)
    answers = asyncio.run(_ask(feeds, policy))
    yield judge_answers(answers)
    for answer in answers:
        if isinstance(answer, Fetched) and (theirs := _date(answer.final_url)):
            yield compare(httpx.URL(answer.final_url).host, theirs, datetime.now(UTC))
            return


def judge_answers(answers: Sequence[Fetched | NotModified | Failed]) -> Finding:
    """Whether the network is there."""
    good = [answer for answer in answers if not isinstance(answer, Failed)]
    if good:
        return Finding("network", "ok", f"{without_credentials(good[0].url)} answers")
    reasons = (
        f"{without_credentials(answer.url)} {answer.reason}"
        for answer in answers
        if isinstance(answer, Failed)
    )
    return Finding(
        "network",
        "failed",
        f"no feed of the first {len(answers)} can be read: {'; '.join(reasons)}",
        "see that this machine is online, then: digest feeds check",
    )


def check_mail(settings: Settings) -> Iterator[Finding]:
    """The mail server, if there is anybody to write to; no mail is sent.

    Raises ``UsageError`` where the settings name no server.
    """
    readers = {name for edition in settings.editions.values() for name in edition.recipients}
    if not readers:
        yield Finding("mail", "ok", "no edition has recipients, so none is mailed")
        return
    server = mail_server(settings.mail)
    problem = try_login(server, PATIENCE)
    if problem:
        yield Finding("mail", "failed", problem, "correct the settings below mail")
    else:
        how = f"as {server.username}" if server.username else "without a login"
        yield Finding("mail", "ok", f"{server.host}:{server.port} lets us in {how}")


async def _ask(feeds: Sequence[Feed], policy: FetchPolicy) -> list[Fetched | NotModified | Failed]:
    async with Fetcher(policy) as fetcher:
        return await asyncio.gather(*(fetcher.get(feed.url) for feed in feeds))


def _date(url: str) -> datetime | None:
    """The time that the site of a URL says it is."""
    try:
        answer = httpx.head(url, timeout=PATIENCE, trust_env=False)
    except httpx.HTTPError:
        return None
    return date_of(answer)


def date_of(answer: httpx.Response) -> datetime | None:
    """When an answer was made; one from a cache bears the date of then, and how old it is."""
    try:
        made = parsedate_to_datetime(answer.headers["date"])
        return made.astimezone(UTC) + timedelta(seconds=int(answer.headers.get("age", 0)))
    except (KeyError, ValueError, OverflowError):
        return None
