"""How long an answer took: from asking to its last byte, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from digest.ingest.fetch import Failed, Fetched, NotModified

PAUSE = 0.15


def slowly(*parts: bytes) -> Callable[[object], Iterable[bytes]]:
    """A route that pauses before each part."""

    def route(_: object) -> Iterable[bytes]:
        for part in parts:
            time.sleep(PAUSE)
            yield part

    return route


def test_an_answer_took_until_its_last_byte(site, fetch):
    whole = site.response(200, b"<rss/>")
    site.routes["/"] = slowly(whole[:-3], whole[-3:])
    began = time.monotonic()
    answer = fetch(site.url())
    assert isinstance(answer, Fetched)
    assert 2 * PAUSE <= answer.seconds <= time.monotonic() - began


def test_an_answer_that_nothing_has_changed_took_its_time_too(site, fetch):
    site.routes["/"] = slowly(site.response(304))
    answer = fetch(site.url(), {"etag": '"1"'})
    assert isinstance(answer, NotModified)
    assert answer.seconds >= PAUSE


def test_redirects_are_a_part_of_the_way(site, fetch):
    site.routes["/"] = slowly(site.response(302, location="/there"))
    site.routes["/there"] = slowly(site.response(200, b"x"))
    assert fetch(site.url()).seconds >= 2 * PAUSE


def test_an_attempt_that_failed_before_does_not_count(site, fetch):
    def route(_: object) -> Iterable[bytes]:
        if len(site.requests) == 1:
            time.sleep(1)
            yield site.response(503)
        yield site.response(200, b"x")

    site.routes["/"] = route
    answer = fetch(site.url(), retries=1)
    assert len(site.requests) == 2
    assert 0 < answer.seconds < 0.9


def test_waiting_for_a_turn_at_a_busy_host_does_not_count(site, fetch_all):
    site.routes |= {f"/?{n}": slowly(site.response(200, b"x")) for n in range(6)}
    began = time.monotonic()
    answers = fetch_all([site.url(f"/?{n}") for n in range(6)], per_host=1)
    assert time.monotonic() - began >= 6 * PAUSE
    assert not [answer for answer in answers if isinstance(answer, Failed)]
    assert all(PAUSE <= answer.seconds < 3 * PAUSE for answer in answers)
