"""Prefect and we count a schedule's times alike, also on the days on which clocks change."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from prefect.server.schemas.schedules import CronSchedule

from digest.editing.window import latest_cutoff, meant

ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Sydney",
)


def due(cron: str, timezone: str) -> list[datetime]:
    """The times at which Prefect starts a run in a year."""
    start = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo(timezone))
    end = start + timedelta(days=365)
    found = CronSchedule(cron=cron, timezone=timezone).get_dates(n=1000, start=start, end=end)
    return [datetime.fromtimestamp(at.timestamp(), UTC) for at in asyncio.run(found)]


@pytest.mark.parametrize("timezone", ZONES)
@pytest.mark.parametrize(
    "cron", ["0 0 * * *", "30 1 * * *", "0 2 * * *", "30 2 * * *", "0 7 * * *"]
)
def test_every_scheduled_run_of_a_year_makes_an_edition_of_its_own(cron: str, timezone: str):
    runs = due(cron, timezone)
    assert len(runs) >= 364
    cutoffs = [meant(cron, timezone, at) for at in runs]
    assert [latest_cutoff(cron, timezone, at) for at in cutoffs] == cutoffs
    assert len(set(cutoffs)) == len(cutoffs)


def test_a_run_of_the_hour_that_clocks_skip_is_started_early_and_makes_that_days_edition():
    [early] = [at for at in due("30 2 * * *", "Europe/Berlin") if f"{at:%m-%d}" == "03-29"]
    cutoff = meant("30 2 * * *", "Europe/Berlin", early)
    assert cutoff != early
    assert f"{cutoff.astimezone(ZoneInfo('Europe/Berlin')):%m-%d}" == "03-29"
