from datetime import UTC, datetime, timedelta

import pytest

from digest.ingest.fetch import Failed, Fetched, NotModified
from digest.ingest.parsed import ParsedFeed
from digest.ingest.remember import after_failure, after_no_change, after_reading, is_due
from digest.model import Entry, FeedState

URL = "https://a.example/feed"
NEW_URL = "https://new.example/feed"
NOW = datetime(2026, 11, 17, 7, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def entry(published: datetime | None) -> Entry:
    return Entry(URL, str(published), "", "Title", published)


def read(state: FeedState, *dates: datetime | None, title: str = "A", **answer) -> FeedState:
    parsed = ParsedFeed(title, "en", "", tuple(map(entry, dates)))
    return after_reading(state, Fetched(URL, URL, b"", **answer), parsed, NOW)


def failing(times: int, **failed) -> FeedState:
    """The state after so many failed checks, an hour between two, the last of them now."""
    state = FeedState(URL)
    for ago in reversed(range(times)):
        state = after_failure(state, Failed(URL, "answers 500", **failed), NOW - ago * HOUR)
    return state


def test_a_feed_is_due_unless_it_asked_for_time():
    assert is_due(FeedState(URL), NOW)
    assert is_due(FeedState(URL, next_check=NOW), NOW)
    assert not is_due(FeedState(URL, next_check=NOW + HOUR), NOW)


def test_what_a_feed_sent_along_is_remembered_for_the_next_question():
    state = read(FeedState(URL), NOW - HOUR, etag='"1"', last_modified="Mon", next_check=NOW + HOUR)
    assert (state.etag, state.last_modified, state.title) == ('"1"', "Mon", "A")
    assert (state.checked_at, state.next_check) == (NOW, NOW + HOUR)


def test_validators_that_a_feed_no_longer_sends_are_forgotten():
    state = read(FeedState(URL, etag='"1"', last_modified="Mon"), NOW)
    assert (state.etag, state.last_modified) == ("", "")


def test_a_feed_that_no_longer_says_its_name_keeps_it():
    assert read(FeedState(URL, title="A"), title="").title == "A"


def test_a_feed_last_changed_when_its_newest_entry_was_published():
    assert read(FeedState(URL), NOW - 3 * DAY, NOW - DAY, NOW - 2 * DAY).changed_at == NOW - DAY
    assert read(FeedState(URL), NOW - DAY, None).changed_at == NOW, "an undated one is new now"


def test_an_entry_of_the_future_does_not_make_a_feed_fresh_for_years():
    assert read(FeedState(URL), NOW + 900 * DAY).changed_at == NOW


def test_a_feed_without_entries_changed_when_it_last_had_some():
    assert read(FeedState(URL)).changed_at is None
    assert read(FeedState(URL, changed_at=NOW - DAY)).changed_at == NOW - DAY


def test_where_nothing_changed_all_is_kept():
    before = FeedState(
        URL, title="A", etag='"1"', last_modified="Mon", moved_to=NEW_URL, changed_at=NOW - DAY
    )
    state = after_no_change(before, NotModified(NEW_URL), NOW)
    assert (state.title, state.etag, state.last_modified) == ("A", '"1"', "Mon")
    assert (state.moved_to, state.changed_at) == (NEW_URL, NOW - DAY)
    assert state.checked_at == NOW


def test_new_validators_of_an_unchanged_feed_replace_the_old():
    state = after_no_change(FeedState(URL, etag='"1"'), NotModified(URL, etag='"2"'), NOW)
    assert state.etag == '"2"'


def test_where_a_feed_has_moved_is_remembered():
    moved = read(FeedState(URL), NOW, moved_to=NEW_URL)
    assert moved.moved_to == NEW_URL
    assert read(moved, NOW).moved_to == NEW_URL, "asked there it does not move again"


def test_a_failure_keeps_all_that_is_known_and_says_why():
    before = read(FeedState(URL), NOW - DAY, etag='"1"')
    state = after_failure(before, Failed(URL, "answers 500"), NOW + HOUR)
    assert (state.problem, state.failures, state.failing_since) == ("answers 500", 1, NOW + HOUR)
    assert (state.etag, state.changed_at) == (before.etag, before.changed_at)
    assert state.checked_at == NOW + HOUR


def test_a_feed_fails_since_the_first_of_its_failures():
    state = failing(3)
    assert (state.failures, state.failing_since) == (3, NOW - 2 * HOUR)


def test_a_feed_that_is_well_again_has_a_clean_record():
    well = (
        read(failing(5), NOW),
        after_no_change(failing(5), NotModified(URL), NOW),
    )
    for state in well:
        assert (state.problem, state.failures, state.failing_since) == ("", 0, None)
        assert is_due(state, NOW)


@pytest.mark.parametrize(
    ("failures", "hours"), [(1, 0), (2, 0), (3, 1), (4, 2), (5, 4), (7, 12), (1_000, 12)]
)
def test_a_feed_that_keeps_failing_is_asked_less_and_less_but_twice_a_day(
    failures: int, hours: int
):
    state = failing(failures)
    assert is_due(state, NOW + hours * HOUR)
    assert not hours or not is_due(state, NOW + hours * HOUR - timedelta(seconds=1))


def test_a_feed_that_asks_for_time_after_a_failure_gets_it():
    assert failing(1, retry_at=NOW + 2 * HOUR).next_check == NOW + 2 * HOUR
    assert failing(3, retry_at=NOW + 2 * HOUR).next_check == NOW + 2 * HOUR
    assert failing(5, retry_at=NOW + 2 * HOUR).next_check == NOW + 4 * HOUR


def test_a_feed_that_is_gone_for_good_is_left_alone_for_a_month():
    state = failing(1, status=410)
    assert not is_due(state, NOW + 29 * DAY)
    assert is_due(state, NOW + 30 * DAY)
