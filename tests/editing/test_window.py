"""Times are written as local wall clock where the scenario is about clocks, else in UTC."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.editing.window import cutoff_of, latest_cutoff, next_cutoff, slot_of, window
from digest.model import UsageError

BERLIN, NEW_YORK, SEOUL = "Europe/Berlin", "America/New_York", "Asia/Seoul"
DAILY = "0 7 * * *"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(text: str, timezone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def over(slot: str, schedule: str, timezone: str) -> datetime:
    """The cut-off of a slot, for somebody who asks long after."""
    return cutoff_of(slot, schedule, timezone, utc("2030-01-01"))


def cutoffs(schedule: str, timezone: str, first: datetime, last: datetime) -> list[datetime]:
    """The cut-offs that somebody gets who looks every ten minutes."""
    looks = ((last - first) // timedelta(minutes=10)) + 1
    found = (
        latest_cutoff(schedule, timezone, first + look * timedelta(minutes=10))
        for look in range(looks)
    )
    return list(dict.fromkeys(found))


def test_a_late_run_makes_the_edition_that_was_due():
    due = utc("2026-11-23T07:00")
    for late in (timedelta(0), timedelta(microseconds=1), 9 * HOUR, DAY - timedelta(seconds=1)):
        assert latest_cutoff(DAILY, "UTC", due + late) == due
    assert latest_cutoff(DAILY, "UTC", due - timedelta(microseconds=1)) == due - DAY


def test_the_slot_is_the_local_date_of_the_cutoff():
    cutoff = utc("2026-11-22T22:00")
    assert latest_cutoff(DAILY, SEOUL, utc("2026-11-23T03:00")) == cutoff
    assert slot_of(cutoff, DAILY, SEOUL) == "2026-11-23"
    assert over("2026-11-23", DAILY, SEOUL) == cutoff


@pytest.mark.parametrize(
    ("timezone", "spring", "autumn"),
    [(BERLIN, "2026-03-29", "2026-10-25"), (NEW_YORK, "2026-03-08", "2026-11-01")],
)
def test_a_morning_edition_covers_23_and_25_hours_when_the_clocks_change(
    timezone: str, spring: str, autumn: str
):
    for day, hours in ((spring, 23), (autumn, 25)):
        cutoff = over(day, DAILY, timezone)
        assert cutoff == wall(f"{day}T07:00", timezone)
        previous = latest_cutoff(DAILY, timezone, cutoff - timedelta(seconds=1))
        assert cutoff - previous == hours * HOUR
        assert previous == wall(f"{previous.date()}T07:00", timezone)


@pytest.mark.parametrize(
    ("timezone", "day", "after"),
    [
        (BERLIN, "2026-03-29", "2026-03-29T01:00"),
        (NEW_YORK, "2026-03-08", "2026-03-08T07:00"),
    ],
)
def test_a_cutoff_inside_the_skipped_hour_comes_right_after_it(timezone: str, day: str, after: str):
    schedule = "30 2 * * *"
    cutoff = over(day, schedule, timezone)
    assert cutoff == utc(after)
    assert slot_of(cutoff, schedule, timezone) == day
    found = cutoffs(schedule, timezone, cutoff - DAY, cutoff + DAY)
    assert [slot_of(each, schedule, timezone)[-2:] for each in found] == [
        f"{int(day[-2:]) + n:02}" for n in (-2, -1, 0, 1)
    ]


@pytest.mark.parametrize(
    ("timezone", "schedule", "day", "first"),
    [
        (BERLIN, "30 2 * * *", "2026-10-25", "2026-10-25T00:30"),
        (NEW_YORK, "30 1 * * *", "2026-11-01", "2026-11-01T05:30"),
    ],
)
def test_a_cutoff_inside_the_doubled_hour_comes_once(
    timezone: str, schedule: str, day: str, first: str
):
    cutoff = utc(first)
    assert over(day, schedule, timezone) == cutoff
    found = cutoffs(schedule, timezone, cutoff - HOUR, cutoff + DAY + 2 * HOUR)
    assert [each - cutoff for each in found] == [-DAY, timedelta(0), DAY + HOUR]


def test_an_hourly_edition_misses_none_of_25_hours():
    first, last = wall("2026-10-25T00:00", BERLIN), wall("2026-10-26T00:00", BERLIN)
    found = cutoffs("0 * * * *", BERLIN, first, last)
    assert found == [first + n * HOUR for n in range(26)]
    slots = [slot_of(each, "0 * * * *", BERLIN) for each in found]
    assert slots[2:4] == ["2026-10-25T0200"] * 2, "the hour that comes twice is one slot"
    assert over("2026-10-25T0200", "0 * * * *", BERLIN) == found[3]


def test_several_editions_a_day_bear_the_time_in_their_names():
    schedule = "0 7,19 * * *"
    morning, evening = wall("2026-11-23T07:00", BERLIN), wall("2026-11-23T19:00", BERLIN)
    assert slot_of(morning, schedule, BERLIN) == "2026-11-23T0700"
    assert slot_of(evening, schedule, BERLIN) == "2026-11-23T1900"
    for slot in ("2026-11-23T0700", "2026-11-23T07:00"):
        assert over(slot, schedule, BERLIN) == morning
    assert latest_cutoff(schedule, BERLIN, evening - HOUR) == morning
    assert slot_of(evening, "0,30 19 * * *", BERLIN) == "2026-11-23T1900"


def test_a_date_alone_is_its_last_edition_that_is_over():
    schedule = "0 7,19 * * *"
    morning, evening = wall("2026-11-23T07:00", BERLIN), wall("2026-11-23T19:00", BERLIN)
    for now, cutoff in (
        (morning - HOUR, morning),
        (morning, morning),
        (evening - HOUR, morning),
        (evening, evening),
    ):
        assert cutoff_of("2026-11-23", schedule, BERLIN, now) == cutoff


def test_a_weekly_edition_comes_on_its_day():
    schedule = "0 9 * * MON"
    monday = wall("2026-11-23T09:00", NEW_YORK)
    assert latest_cutoff(schedule, NEW_YORK, monday + 6 * DAY) == monday
    assert latest_cutoff(schedule, NEW_YORK, monday - HOUR) == monday - 7 * DAY
    assert over("2026-11-23", schedule, NEW_YORK) == monday
    assert slot_of(monday, schedule, NEW_YORK) == "2026-11-23"
    with pytest.raises(UsageError, match=r"'0 9 \* \* MON' \(America/New_York\) has no edition on"):
        over("2026-11-24", schedule, NEW_YORK)


def test_a_monthly_edition_comes_in_the_months_that_have_its_day():
    schedule = "0 6 31 * *"
    assert latest_cutoff(schedule, "UTC", utc("2026-11-23T00:00")) == utc("2026-10-31T06:00")
    assert latest_cutoff(schedule, "UTC", utc("2026-10-31T05:59")) == utc("2026-08-31T06:00")
    assert latest_cutoff("0 6 29 2 *", "UTC", utc("2026-11-23T00:00")) == utc("2024-02-29T06:00")


@pytest.mark.parametrize(
    "slot",
    ["2026-02-30", "2026-13-01", "tomorrow", "23.11.2026", "2026-11-23T7", "9999-12-31", ""],
)
def test_what_is_no_date_is_refused_with_how_to_write_one(slot: str):
    with pytest.raises(UsageError, match="is no date: write it as 2026-11-23 or 2026-11-23T0700"):
        over(slot, DAILY, "UTC")


@pytest.mark.parametrize("slot", ["2026-11-23T0800", "2026-11-23T2500", "2026-03-29T0230"])
def test_a_time_at_which_no_edition_is_cut_off_is_refused(slot: str):
    with pytest.raises(UsageError, match=f"has no edition on {slot}"):
        over(slot, "30 2,7 * * *", BERLIN)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 23), ("2026-10-24", 25), ("2026-11-23", 24)]
)
def test_the_next_cutoff_is_at_the_same_hour_of_the_next_day(day: str, hours: int):
    cutoff = wall(f"{day}T07:00", BERLIN)
    assert next_cutoff(DAILY, BERLIN, cutoff) == cutoff + hours * HOUR


def test_the_next_cutoff_of_a_weekly_edition_is_a_week_later():
    monday = utc("2026-11-23T09:00")
    assert next_cutoff("0 9 * * MON", "UTC", monday) == monday + 7 * DAY


def test_the_first_edition_looks_back_as_far_as_it_may():
    cutoff = utc("2026-11-23T07:00")
    span = window(cutoff, cutoff + DAY, 36 * HOUR, None)
    assert (span.start, span.floor) == (cutoff - 36 * HOUR, cutoff - 36 * HOUR)
    assert (span.cutoff, span.next_cutoff) == (cutoff, cutoff + DAY)


def test_a_later_edition_begins_where_the_last_one_ended():
    cutoff = utc("2026-11-23T07:00")
    span = window(cutoff, cutoff + DAY, 36 * HOUR, cutoff - DAY)
    assert span.start == cutoff - DAY
    assert span.floor == cutoff - 36 * HOUR, "news that came late is still looked for"


def test_an_edition_after_a_long_pause_reaches_back_to_the_last_one():
    cutoff = utc("2026-11-23T07:00")
    span = window(cutoff, cutoff + DAY, 36 * HOUR, cutoff - 9 * DAY)
    assert (span.start, span.floor) == (cutoff - 9 * DAY, cutoff - 9 * DAY)
