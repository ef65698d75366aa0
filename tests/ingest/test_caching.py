"""When to ask again, from headers alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.ingest.caching import next_check, retry_at

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({}, None),
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": 'private, MAX-AGE="600"'}, 600),
        ({"cache-control": "max-age=600", "age": "500"}, 100),
        ({"cache-control": "max-age=600", "age": "700"}, None),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "max-age=soon"}, None),
        ({"cache-control": "max-age=0", "expires": "Mon, 23 Nov 2026 08:00:00 GMT"}, None),
        ({"cache-control": "no-cache, max-age=600"}, None),
        ({"cache-control": "no-store"}, None),
        ({"cache-control": "max-age=99999999999999999999"}, 43200),
        ({"expires": "Mon, 23 Nov 2026 07:30:00 GMT"}, 1800),
        (
            {
                "expires": "Sun, 22 Nov 2026 07:30:00 GMT",
                "date": "Sun, 22 Nov 2026 07:00:00 GMT",  # a clock that is a day slow
            },
            1800,
        ),
        ({"expires": "0"}, None),
        ({"expires": "Mon, 23 Nov 2015 07:30:00 GMT"}, None),
    ],
)
def test_an_answer_stays_fresh_as_long_as_it_says_and_half_a_day_at_most(headers, after):
    assert next_check(headers, NOW) == (after and NOW + timedelta(seconds=after))


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("", None),
        ("120", 120),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("Mon, 23 Nov 2026 07:02:00 GMT", 120),
        ("Mon, 23 Nov 2026 06:00:00 GMT", None),
        ("9999999999", 43200),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date_and_is_half_a_day_at_most(value, after):
    assert retry_at({"retry-after": value}, NOW) == (after and NOW + timedelta(seconds=after))


def test_a_feed_fresh_for_a_day_is_due_again_at_the_next_daily_run():
    fresh_until = next_check({"cache-control": "max-age=86400"}, NOW)
    assert fresh_until < NOW + timedelta(hours=23)
