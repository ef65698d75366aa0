from datetime import UTC, datetime

import pytest

from digest.editing.rank import rank
from digest.editing.topic import about
from digest.model import Article, Story
from digest.summarize.models import Encoder


@pytest.fixture(scope="module")
def stories(news: dict[str, list[Article]]) -> list[Story]:
    return rank(list(news.values()), {}, datetime(2026, 11, 17, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    ("topic", "event"),
    [
        ("Seoul Security Consultative Meeting", "seoul-meeting"),
        ("interest rates", "velmark-rate-cut"),
        ("football", "union-cup-final"),
        ("string quartet", "weissmann-quartet"),
        ("Fernwärme", "lindhafen-waermepumpe"),
        ("고려", "goryeo-shipwreck"),
        ("DMZ", "seoul-meeting"),
    ],
)
def test_a_topic_finds_its_story_first(
    topic: str, event: str, stories: list[Story], news: dict[str, list[Article]], encoder: Encoder
):
    found = about(stories, topic, encoder.encode)
    assert set(found[0].articles) == set(news[event])
    assert len(found) <= 3


def test_the_relevance_is_the_first_of_the_reasons_and_part_of_the_score(
    stories: list[Story], encoder: Encoder
):
    (found,) = about(stories, "Seoul Security Consultative Meeting", encoder.encode)
    (before,) = [story for story in stories if story.key == found.key]
    assert found.reasons[0].why == "about “Seoul Security Consultative Meeting”"
    assert found.reasons[1:] == before.reasons
    assert found.score == pytest.approx(before.score + found.reasons[0].points)


def test_a_topic_of_which_nobody_writes_finds_nothing(stories: list[Story], encoder: Encoder):
    assert about(stories, "cheese rolling championship", encoder.encode) == []


def test_a_short_name_is_not_taken_for_the_word_it_is_spelt_like(encoder: Encoder):
    def story(text: str) -> Story:
        return Story((Article(f"https://a.example/{len(text)}", "Rain", (text,)),), "Rain")

    pronoun = story("The old baker of Lowmere said bread keeps us all together.")
    country = story("Farmers in the US wait for rain.")
    assert [found.lead for found in about([pronoun, country], "US", encoder.encode)] == [
        country.lead
    ]


def test_without_stories_there_is_nothing_to_compare():
    assert about([], "anything", lambda texts: pytest.fail("nothing is to be compared")) == []
