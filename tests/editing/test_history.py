from dataclasses import replace
from datetime import UTC, datetime, timedelta

from digest.editing.history import history, issue, record
from digest.model import (
    Article,
    Counts,
    Delivery,
    Edition,
    FeedHealth,
    Issue,
    Story,
    Summary,
    Told,
)

DAILY, HOURLY = "0 7 * * *", "0 * * * *"
CUTOFF = datetime(2026, 11, 23, 7, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def came(*days_ago: int, at: datetime = CUTOFF) -> list[Issue]:
    cutoffs = (at - days * DAY for days in days_ago)
    return [Issue(f"{cutoff:%Y-%m-%d}", cutoff, "published", cutoff) for cutoff in cutoffs]


def told(issues: list[Issue]) -> list[tuple[str, str]]:
    return [(each.slot, each.status) for each in issues]


def test_an_edition_in_figures():
    health = [
        FeedHealth("https://a.example/", "A", status) for status in ("ok", "failing", "silent")
    ]
    stories = [
        Told(
            Story((Article(f"https://a.example/{n}", "T", ()),), "T"),
            Summary((), "generative", "m", fallback),
        )
        for n, fallback in enumerate(("", "it said “14 ovens”", ""))
    ]
    edition = Edition(
        "daily",
        "2026-11-23",
        "Daily",
        "UTC",
        CUTOFF - DAY,
        CUTOFF,
        tuple(stories),
        tuple(health),
        counts=Counts(3, 40, 9),
        late_minutes=12,
    )
    mails = [
        Delivery("daily", "2026-11-23", name, status, CUTOFF)
        for name, status in (("ada", "sent"), ("bo", "refused"), ("cy", "sent"))
    ]
    assert issue(edition, CUTOFF + HOUR, mails) == Issue(
        "2026-11-23",
        CUTOFF,
        "published",
        CUTOFF + HOUR,
        late_minutes=12,
        stories=3,
        articles=40,
        fallbacks=1,
        failing=1,
        sent=2,
        refused=1,
    )


def test_editions_without_a_gap_are_the_whole_history():
    assert history(came(0, 1, 2), DAILY, "UTC", CUTOFF) == came(0, 1, 2)


def test_a_slot_between_two_editions_was_missed():
    found = history(came(0, 3), DAILY, "UTC", CUTOFF)
    assert told(found) == [
        ("2026-11-23", "published"),
        ("2026-11-22", "missed"),
        ("2026-11-21", "missed"),
        ("2026-11-20", "published"),
    ]


def test_a_slot_after_the_last_edition_is_due_and_says_for_how_long():
    found = history(came(1), DAILY, "UTC", CUTOFF + timedelta(minutes=95, seconds=59))
    assert told(found) == [("2026-11-23", "due"), ("2026-11-22", "published")]
    assert found[0].late_minutes == 95


def test_before_the_first_edition_nothing_was_missed():
    assert told(history(came(0), DAILY, "UTC", CUTOFF)) == [("2026-11-23", "published")]
    assert history([], DAILY, "UTC", CUTOFF) == []


def test_an_edition_in_between_is_no_slot_of_the_schedule():
    noon = CUTOFF + 5 * HOUR
    extra = Issue("2026-11-23T1200", noon, "published", noon)
    found = history([extra, *came(0, 2)], DAILY, "UTC", noon + HOUR)
    assert told(found) == [
        ("2026-11-23T1200", "published"),
        ("2026-11-23", "published"),
        ("2026-11-22", "missed"),
        ("2026-11-21", "published"),
    ]
    assert told(history([extra], DAILY, "UTC", noon + DAY)) == [("2026-11-23T1200", "published")]


def test_another_time_of_day_makes_no_edition_of_the_past_a_missed_one():
    new = came(0, 1, at=CUTOFF + HOUR)
    found = history([*new, *came(2, 3)], "0 8 * * *", "UTC", CUTOFF + HOUR)
    assert [each.status for each in found] == ["published"] * 4


def test_a_schedule_with_more_slots_is_held_against_no_edition_before_it():
    now = CUTOFF + 3 * HOUR
    hours = [CUTOFF + hours * HOUR for hours in (3, 1)]
    hourly = [Issue(f"{at:%Y-%m-%dT%H%M}", at, "published", at) for at in hours]
    found = history([*hourly, *came(1, 2)], HOURLY, "UTC", now)
    assert told(found) == [
        ("2026-11-23T1000", "published"),
        ("2026-11-23T0900", "missed"),
        ("2026-11-23T0800", "published"),
        ("2026-11-22", "published"),
        ("2026-11-21", "published"),
    ]


def test_slots_are_those_of_the_edition_s_time_zone_across_the_end_of_summer_time():
    # Seven in London is six in UTC until the 25th of October 2026.
    summer = datetime(2026, 10, 24, 6, tzinfo=UTC)
    winter = datetime(2026, 10, 26, 7, tzinfo=UTC)
    published = [
        Issue("2026-10-26", winter, "published", winter),
        Issue("2026-10-24", summer, "published", summer),
    ]
    found = history(published, DAILY, "Europe/London", winter)
    assert told(found)[1] == ("2026-10-25", "missed")
    assert found[1].cutoff == datetime(2026, 10, 25, 7, tzinfo=UTC)
    assert len(found) == 3


def test_a_long_pause_fills_the_history_and_no_more():
    minutely = Issue("2026-11-23T0700", CUTOFF, "published", CUTOFF)
    found = history([minutely], "* * * * *", "UTC", CUTOFF + 30 * DAY, limit=5)
    assert [each.status for each in found] == ["due"] * 5
    assert found[0].cutoff == CUTOFF + 30 * DAY
    assert len(history(came(*range(40)), DAILY, "UTC", CUTOFF)) == 30


def test_a_history_in_figures():
    [first, second] = came(0, 1)
    late = replace(first, late_minutes=12, fallbacks=2, sent=3, refused=1)
    gaps = [
        Issue("2026-11-20", CUTOFF - 3 * DAY, "missed"),
        Issue("2026-11-24", CUTOFF + DAY, "due", late_minutes=90),
    ]
    counted = record([*gaps, late, second])
    assert (counted.published, counted.late, counted.missed, counted.due) == (2, 1, 1, 1)
    assert (counted.fallbacks, counted.sent, counted.refused) == (2, 3, 1)
