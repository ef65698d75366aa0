from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.model import Feed, UsageError
from digest.settings import Settings
from digest.stages.order import Order, plan
from digest.summarize.base import Brief

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FEEDS = (
    Feed("https://wire.example/", topics=("world", "tech")),
    Feed("https://town.example/", topics=("local",)),
)


def settings(**editions: dict[str, Any]) -> Settings:
    return Settings(feeds=Path("mine.opml"), editions=editions or {"daily": {}})


def test_an_empty_order_is_the_first_edition_that_was_due_last():
    made = plan(settings(morning={"title": "Good morning"}, evening={}), FEEDS, Order(), NOW)
    assert (made.name, made.slot, made.title) == ("morning", "2026-11-23", "Good morning")
    assert made.cutoff == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert made.feeds == FEEDS


def test_what_the_edition_says_is_what_is_planned():
    edition = {
        "timezone": "Asia/Seoul",
        "language": "ko",
        "max_stories": 4,
        "words": 80,
        "sentences": 3,
        "look_back_hours": 12,
        "recipients": ["ada@home.example"],
        "summarizer": "chat:smollm2",
    }
    made = plan(settings(daily=edition), FEEDS, Order(), NOW)
    assert made.cutoff == datetime(2026, 11, 22, 22, tzinfo=UTC)
    assert (made.slot, made.timezone, made.language) == ("2026-11-23", "Asia/Seoul", "ko")
    assert (made.max_stories, made.brief) == (4, Brief(80, 3))
    assert made.look_back == timedelta(hours=12)
    assert made.recipients == ("ada@home.example",)
    assert made.summarizer == "chat:smollm2"


def test_an_edition_without_a_summarizer_or_title_takes_the_common_one_and_its_name():
    common = Settings(summarizer="seq2seq:some/bart", editions={"daily": {}})
    made = plan(common, FEEDS, Order(), NOW)
    assert (made.summarizer, made.title) == ("seq2seq:some/bart", "daily")


def test_an_edition_of_the_past_can_be_asked_for_by_its_date():
    made = plan(settings(), FEEDS, Order(date="2026-11-20"), NOW)
    assert (made.slot, made.cutoff) == ("2026-11-20", datetime(2026, 11, 20, 7, tzinfo=UTC))


@pytest.mark.parametrize("date", ["2026-11-24", "2031-01-01"])
def test_an_edition_of_the_future_is_refused_with_when_it_is_cut_off(date: str):
    with pytest.raises(UsageError) as caught:
        plan(settings(daily={"timezone": "Europe/Berlin"}), FEEDS, Order(date=date), NOW)
    assert str(caught.value) == (
        f"the edition daily of {date} is cut off at {date} 07:00 (Europe/Berlin), "
        "which is still to come"
    )


def test_todays_edition_is_still_to_come_before_its_hour():
    with pytest.raises(UsageError, match="cut off at 2026-11-23 19:00"):
        plan(settings(daily={"schedule": "0 19 * * *"}), FEEDS, Order(date="2026-11-23"), NOW)


def test_a_topic_makes_an_edition_of_its_own_that_is_named_after_it():
    made = plan(settings(), FEEDS, Order(topic="  Seoul  Meeting "), NOW)
    assert made.name == "daily.seoul-meeting"
    assert made.topic == made.brief.topic == "Seoul Meeting"
    assert plan(settings(), FEEDS, Order(topic="고려 난파선"), NOW).name == "daily.고려-난파선"


def test_unlike_topics_have_unlike_names_and_like_ones_the_same():
    topics = ("C", "C++", "C#", "c", "c  ")
    names = [plan(settings(), FEEDS, Order(topic=topic), NOW).name for topic in topics]
    assert len(set(names[:3])) == 3
    assert len({names[0], *names[3:]}) == 1


def test_an_edition_can_be_cut_off_now_between_the_scheduled_ones():
    made = plan(settings(daily={"timezone": "Asia/Seoul"}), FEEDS, Order(now=True), NOW)
    assert (made.name, made.slot, made.cutoff) == ("daily", "2026-11-23T1830", NOW)
    assert made.next_cutoff == datetime(2026, 11, 23, 22, tzinfo=UTC)


def test_an_edition_is_cut_off_now_or_on_a_date():
    with pytest.raises(UsageError, match="now or on a date, not both"):
        plan(settings(), FEEDS, Order(now=True, date="2026-11-23"), NOW)


def test_a_topic_is_asked_about_as_of_now_or_as_of_a_date():
    asked = plan(settings(), FEEDS, Order(topic="Seoul"), NOW)
    assert (asked.slot, asked.cutoff) == ("2026-11-23", NOW)
    dated = plan(settings(), FEEDS, Order(topic="Seoul", date="2026-11-23"), NOW)
    assert dated.cutoff == datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_a_topic_is_mailed_to_nobody():
    edition = {"recipients": ["ada@home.example"]}
    assert plan(settings(daily=edition), FEEDS, Order(topic="Seoul"), NOW).recipients == ()


@pytest.mark.parametrize("topic", ["…", "../..", "//"])
def test_a_topic_without_letters_is_refused(topic: str):
    with pytest.raises(UsageError, match="has no letters"):
        plan(settings(), FEEDS, Order(topic=topic), NOW)


def test_a_topic_of_a_whole_text_gives_a_name_that_a_folder_can_bear():
    made = plan(settings(), FEEDS, Order(topic="/etc/passwd " * 100), NOW)
    assert len(made.name) <= 80
    assert "/" not in made.name
    assert not made.name.endswith("-")


def test_fewer_stories_can_be_asked_for_within_reason():
    assert plan(settings(), FEEDS, Order(max_stories=3), NOW).max_stories == 3
    for number in (0, -1, 101):
        with pytest.raises(UsageError, match=f"from 1 to 100, not {number}"):
            plan(settings(), FEEDS, Order(max_stories=number), NOW)


def test_an_edition_of_some_topics_takes_the_feeds_that_have_one_of_them():
    made = plan(settings(tech={"topics": ["tech", "science"]}), FEEDS, Order(), NOW)
    assert made.feeds == FEEDS[:1]


def test_topics_that_no_feed_has_are_refused():
    with pytest.raises(UsageError, match=r"no feed has one of the topics .* sport \(golf, polo\)"):
        plan(settings(sport={"topics": ["golf", "polo"]}), FEEDS, Order(), NOW)


def test_an_empty_list_of_feeds_is_told_with_what_to_do():
    with pytest.raises(UsageError, match=r"mine.opml holds no feed: add one with `digest feeds ad"):
        plan(settings(), (), Order(), NOW)


def test_an_unknown_edition_is_refused():
    with pytest.raises(UsageError, match="there is no edition 'weekly' in the settings: daily"):
        plan(settings(), FEEDS, Order(edition="weekly"), NOW)
