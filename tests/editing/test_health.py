from datetime import UTC, datetime, timedelta

from digest.editing.health import feed_health, worst_first
from digest.model import Article, Feed, FeedHealth, FeedState

NOW = datetime(2026, 11, 17, 7, tzinfo=UTC)
DAY = timedelta(days=1)
URL = "https://a.example/feed"


def health(state: FeedState | None, *articles: Article, title: str = "A") -> FeedHealth:
    states = {URL: state} if state else {}
    (found,) = feed_health([Feed(URL, title)], states, articles, NOW, 14 * DAY)
    return found


def state(**more) -> FeedState:
    return FeedState(URL, **{"checked_at": NOW, "changed_at": NOW - DAY, **more})


def test_a_feed_that_does_well_has_nothing_to_say():
    mine = Article("https://a.example/1", "One", (), feeds=(URL, "https://b.example/feed"))
    others = Article("https://b.example/1", "Two", (), feeds=("https://b.example/feed",))
    assert health(state(), mine, others) == FeedHealth(URL, "A", "ok", "", 1)


def test_a_feed_that_fails_says_why():
    found = health(state(problem="answers 404 Not Found", failing_since=NOW - timedelta(hours=5)))
    assert (found.status, found.reason) == ("failing", "answers 404 Not Found")


def test_a_feed_that_has_failed_for_days_says_for_how_many():
    found = health(state(problem="did not answer within 20 s", failing_since=NOW - 3 * DAY))
    assert found.reason == "did not answer within 20 s, for 3 days"


def test_a_failing_feed_still_counts_the_articles_it_brought_before():
    article = Article("https://a.example/1", "One", (), feeds=(URL,))
    assert health(state(problem="answers 500"), article).articles == 1


def test_a_feed_whose_newest_entry_is_old_is_silent():
    assert health(state(changed_at=NOW - 14 * DAY)).status == "ok"
    found = health(state(changed_at=NOW - 15 * DAY))
    assert (found.status, found.reason) == ("silent", "its newest entry is 15 days old")


def test_a_feed_that_was_never_asked_or_is_empty_is_silent_and_says_so():
    assert health(None) == FeedHealth(URL, "A", "silent", "has not been asked yet")
    assert health(state(changed_at=None)).reason == "has no entries"


def test_a_feed_that_moved_for_good_says_where_to():
    found = health(state(moved_to="https://new.example/feed"))
    assert (found.status, found.reason) == (
        "moved",
        "has moved for good to https://new.example/feed: subscribe to it there",
    )
    assert health(state(moved_to=URL)).status == "ok"


def test_a_feed_is_called_as_the_reader_calls_it_else_as_it_calls_itself():
    own = state(title="Its own name")
    assert health(own).title == "A"
    assert health(own, title="").title == "Its own name"
    assert health(None, title="").title == URL


def test_feeds_come_in_the_order_of_the_subscriptions():
    feeds = [Feed(f"https://{name}.example/") for name in "cab"]
    found = feed_health(feeds, {}, (), NOW, DAY)
    assert [each.url for each in found] == [feed.url for feed in feeds]


def test_a_table_of_feeds_can_begin_with_those_that_need_care():
    made = [
        FeedHealth(f"https://{number}.example/", "", status)
        for number, status in enumerate(("ok", "moved", "failing", "silent", "failing"))
    ]
    assert [feed.status for feed in worst_first(made)] == [
        "failing",
        "failing",
        "silent",
        "moved",
        "ok",
    ]
    assert [feed.url[8] for feed in worst_first(made)] == ["2", "4", "3", "1", "0"]
