"""All checks together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from digest import settings, subscriptions
from digest.model import DigestError
from digest.operate.doctor.clock import tell_time
from digest.operate.doctor.data import check_outputs, check_store
from digest.operate.doctor.finding import Finding
from digest.operate.doctor.network import check_feeds, check_mail
from digest.operate.doctor.server import check_server
from digest.operate.doctor.writing import check_encoder, check_writers
from digest.settings import Settings
from digest.stages.order import Order, plan

Check = Callable[[], Iterable[Finding]]


def examine(project: Path, offline: bool = False) -> Iterator[Finding]:
    """What every check found, in an order that does not change.

    Args:
        project: The project's folder.
        offline: Asks no feed.
    """
    try:
        loaded = settings.load()
    except DigestError as wrong:
        yield Finding("settings", "failed", str(wrong), "then ask again: the rest depends on them")
        return
    checks: list[tuple[str, Check]] = [
        ("settings", partial(check_settings, loaded)),
        ("store", partial(check_store, loaded)),
        ("outputs", partial(check_outputs, loaded)),
        ("model", check_encoder),
        ("model", partial(check_writers, loaded)),
        ("mail", partial(check_mail, loaded)),
        ("clock", partial(check_time, loaded)),
        ("Prefect", partial(check_server, loaded, project)),
    ]
    if not offline:
        checks.append(("network", partial(check_feeds, loaded)))
    # Most of them wait for somebody's answer.
    with ThreadPoolExecutor(len(checks)) as side_by_side:
        for findings in side_by_side.map(_found_by, checks):
            yield from findings


def check_settings(loaded: Settings) -> Iterator[Finding]:
    """The editions and the subscriptions; raises ``UsageError`` where an edition cannot be made."""
    feeds = subscriptions.read(loaded.feeds)
    now = datetime.now(UTC)
    for name in loaded.editions:
        planned = plan(loaded, feeds, Order(name), now)
        next_time = f"{planned.next_cutoff.astimezone(ZoneInfo(planned.timezone)):%Y-%m-%d %H:%M}"
        found = f"{name} has {len(planned.feeds)} feeds and is next due at {next_time}"
        yield Finding("settings", "ok", found)


def check_time(loaded: Settings) -> Iterator[Finding]:
    """This machine's clock and its time zones."""
    timezones = {edition.timezone for edition in loaded.editions.values()}
    yield tell_time(datetime.now(UTC), timezones)


def _found_by(named: tuple[str, Check]) -> list[Finding]:
    """What a check found before it failed, if it does."""
    name, check = named
    findings: list[Finding] = []
    try:
        findings.extend(check())
    except (DigestError, OSError, httpx.HTTPError) as problem:
        findings.append(Finding(name, "failed", str(problem)))
    return findings
