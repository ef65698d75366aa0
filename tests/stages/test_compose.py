"""What a reader gets over several days from one store: nothing twice, and nothing lost.

Ten unlike events of the sample newsroom stand for the news, each told by one article.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.model import Article, Edition, Entry, Feed, FeedState, Sentence, Summary
from digest.settings import Settings
from digest.stages.compose import assemble, choose_stories, edition_window, write_paragraphs
from digest.stages.order import Order, Plan, plan
from digest.store.store import Store
from digest.summarize.base import Brief
from digest.summarize.choosing.extractive import ExtractiveSummarizer
from digest.summarize.models import Encoder

FEED = Feed("https://wire.example/feed", "Wire")
MONDAY, TUESDAY, WEDNESDAY = (datetime(2026, 11, day, 7, tzinfo=UTC) for day in (16, 17, 18))
HOUR = timedelta(hours=1)

Publish = Callable[..., Edition]
Arrive = Callable[..., Article]


@pytest.fixture(scope="module")
def texts(news: dict[str, list[Article]]) -> list[Article]:
    return [event[0] for event in news.values() if event[0].language.startswith("en")]


@pytest.fixture
def arrive(store: Store, texts: list[Article]) -> Arrive:
    """Puts the next event into the store: published at a time (or never), seen at another."""
    waiting = iter(texts)

    def put(published: datetime | None, seen: datetime | None = None, feed: Feed = FEED) -> Article:
        article = replace(
            next(waiting),
            published=published,
            first_seen=seen or published,
            source="Wire",
            feeds=(feed.url,),
        )
        store.save_article(article, [])
        return article

    return put


def planned(day: datetime, feeds: tuple[Feed, ...] = (FEED,), topic: str = "", **edition) -> Plan:
    settings = Settings(editions={"daily": {"look_back_hours": 36, **edition}})
    return plan(settings, feeds, Order(date=f"{day:%Y-%m-%d}", topic=topic), day + 2 * HOUR)


@pytest.fixture
def make(store: Store, encoder: Encoder) -> Publish:
    """Makes the edition of a day, and publishes it unless told otherwise."""
    extractive = ExtractiveSummarizer(encoder)

    def made(day: datetime, publish: bool = True, **more) -> Edition:
        this = planned(day, **more)
        choice = choose_stories(store, this, encoder.encode)
        chosen = choice.stories[: this.max_stories]
        summaries = write_paragraphs(store, this, chosen, extractive, extractive, "enforce")
        edition = assemble(store, this, choice, summaries, timedelta(days=14))
        if publish:
            store.publish_edition(edition.name, edition.slot, day + HOUR)
        return edition

    return made


def told(edition: Edition) -> list[str]:
    return sorted(article.title for each in edition.stories for article in each.story.articles)


def titles(*articles: Article) -> list[str]:
    return sorted(article.title for article in articles)


def test_the_first_edition_looks_back_no_further_than_it_may(make: Publish, arrive: Arrive):
    arrive(TUESDAY - 37 * HOUR)
    recent = arrive(TUESDAY - 35 * HOUR)
    edition = make(TUESDAY)
    assert told(edition) == titles(recent)
    assert (edition.start, edition.cutoff) == (TUESDAY - 36 * HOUR, TUESDAY)


def test_every_article_is_told_once_by_the_edition_in_whose_window_it_was_published(
    make: Publish, arrive: Arrive
):
    first = [arrive(MONDAY - 20 * HOUR), arrive(MONDAY)]
    second = [arrive(MONDAY + timedelta(seconds=1)), arrive(TUESDAY - HOUR)]
    third = [arrive(TUESDAY + HOUR)]
    assert [told(make(day)) for day in (MONDAY, TUESDAY, WEDNESDAY)] == [
        titles(*first),
        titles(*second),
        titles(*third),
    ]


def test_an_article_that_arrives_late_is_told_by_the_next_edition_and_only_there(
    make: Publish, arrive: Arrive
):
    make(MONDAY)
    late = arrive(MONDAY - 3 * HOUR, seen=MONDAY + 2 * HOUR)
    too_late = arrive(MONDAY - 20 * HOUR, seen=MONDAY + 2 * HOUR)
    assert told(make(TUESDAY)) == titles(late), f"{too_late.title} is no news any more"
    assert told(make(WEDNESDAY)) == []


def test_an_undated_article_is_told_once_by_the_first_edition_after_it_came(
    make: Publish, arrive: Arrive
):
    undated = arrive(None, seen=MONDAY - HOUR)
    assert told(make(MONDAY)) == titles(undated)
    after = arrive(None, seen=MONDAY + HOUR)
    assert told(make(TUESDAY)) == titles(after)
    assert told(make(WEDNESDAY)) == []


def test_an_undated_article_does_not_turn_up_in_an_edition_made_anew_long_before_it_came(
    make: Publish, arrive: Arrive
):
    make(MONDAY)
    undated = arrive(None, seen=TUESDAY + HOUR)
    assert told(make(MONDAY)) == []
    assert told(make(WEDNESDAY)) == titles(undated)


def test_what_was_below_the_limit_does_not_come_back_the_next_day(make: Publish, arrive: Arrive):
    articles = [arrive(MONDAY - n * HOUR) for n in range(1, 4)]
    edition = make(MONDAY, max_stories=2)
    assert told(edition) == titles(*articles[:2])
    (left_out,) = edition.left_out
    assert (left_out.kind, left_out.title) == ("story", articles[2].title)
    assert left_out.reason == "below the 2 stories that this edition has room for"
    assert told(make(TUESDAY)) == []


def test_an_older_edition_made_anew_keeps_its_own_and_takes_nothing_from_later_ones(
    make: Publish, arrive: Arrive
):
    first = arrive(MONDAY - HOUR)
    make(MONDAY)
    late = arrive(MONDAY - 2 * HOUR, seen=MONDAY + HOUR)
    second = arrive(MONDAY + HOUR)
    assert told(make(TUESDAY)) == titles(late, second)
    found_now = arrive(MONDAY - 3 * HOUR, seen=TUESDAY + HOUR)
    assert told(make(MONDAY)) == titles(first, found_now)


def test_an_edition_made_anew_is_the_same_where_nothing_came(make: Publish, arrive: Arrive):
    arrive(MONDAY - HOUR)
    arrive(None, seen=MONDAY - HOUR)
    assert make(MONDAY) == make(MONDAY)


def test_an_edition_that_was_never_published_hides_nothing_from_the_next(
    make: Publish, arrive: Arrive
):
    article = arrive(MONDAY - HOUR)
    make(MONDAY, publish=False)
    edition = make(TUESDAY)
    assert told(edition) == titles(article)
    assert edition.start == TUESDAY - 36 * HOUR


def test_after_a_pause_all_that_happened_since_the_last_edition_is_told(
    make: Publish, arrive: Arrive
):
    make(MONDAY - timedelta(days=9))
    articles = [arrive(MONDAY - timedelta(days=days)) for days in (1, 4, 8)]
    edition = make(MONDAY)
    assert told(edition) == titles(*articles)
    assert edition.start == MONDAY - timedelta(days=9)


def test_an_edition_about_a_topic_takes_nothing_away_from_the_others(make: Publish, arrive: Arrive):
    articles = [arrive(MONDAY - n * HOUR) for n in range(1, 5)]
    topical = make(MONDAY, topic=articles[1].title)
    assert articles[1].title in told(topical)
    assert len(topical.stories) < 4
    assert topical.topic == articles[1].title
    assert told(make(MONDAY)) == titles(*articles)


def test_an_edition_tells_only_what_its_feeds_carried(make: Publish, arrive: Arrive):
    other = Feed("https://town.example/feed", "Town")
    mine = arrive(MONDAY - HOUR)
    arrive(MONDAY - HOUR, feed=other)
    assert told(make(MONDAY)) == titles(mine)


def test_the_edition_counts_what_it_considered(make: Publish, arrive: Arrive):
    for n in range(3):
        arrive(MONDAY - n * HOUR)
    edition = make(MONDAY, max_stories=1)
    counts = edition.counts
    assert (counts.feeds, counts.articles, counts.stories) == (1, 3, 3)
    (health,) = edition.health
    assert (health.title, health.articles) == ("Wire", 3)


def test_an_entry_without_an_article_is_named_with_its_reason(
    make: Publish, store: Store, arrive: Arrive
):
    arrive(MONDAY - HOUR)
    entries = [
        Entry(FEED.url, "1", "https://wire.example/1", "Behind a wall", MONDAY - 2 * HOUR),
        Entry(FEED.url, "2", "https://wire.example/2", "Of tomorrow", MONDAY + HOUR),
        Entry(FEED.url, "3", "https://wire.example/3", "A riddle", None),
    ]
    store.save_check(FeedState(FEED.url), entries, MONDAY - HOUR)
    for pending in store.pending_entries([FEED.url], MONDAY - 36 * HOUR):
        store.fail_entry(pending.id, "its page answers 410 Gone", final=True)
    left_out = make(MONDAY).left_out
    assert [(each.kind, each.title, each.reason) for each in left_out] == [
        ("article", "A riddle", "its page answers 410 Gone"),
        ("article", "Behind a wall", "its page answers 410 Gone"),
    ]


def test_a_story_without_a_sentence_to_quote_is_named_with_its_reason(make: Publish, store: Store):
    picture = Article(
        "https://wire.example/picture",
        "A picture",
        ("Photo: The harbour.",),
        published=MONDAY - HOUR,
        language="en",
        feeds=(FEED.url,),
    )
    store.save_article(picture, [])
    edition = make(MONDAY)
    assert edition.stories == ()
    (left_out,) = edition.left_out
    assert (left_out.kind, left_out.title, left_out.url) == ("story", "A picture", picture.url)
    assert left_out.reason == "its articles have no sentence that could be quoted"


class Refusing:
    """A summarizer that must not be asked."""

    name = "refusing"

    def summarize(self, stories: object, brief: Brief) -> list[Summary]:
        pytest.fail("the paragraph is known already")


class Writing(Refusing):
    """One of the same name that writes the article's first paragraph."""

    def summarize(self, stories, brief: Brief) -> list[Summary]:
        return [
            Summary((Sentence(story.lead.paragraphs[0], ()),), "generative", "m")
            for story in stories
        ]


def test_a_paragraph_is_written_once_for_the_same_content_brief_and_mode(
    store: Store, arrive: Arrive, encoder: Encoder
):
    arrive(MONDAY - HOUR)
    this = planned(MONDAY)
    stories = choose_stories(store, this, encoder.encode).stories
    written = write_paragraphs(store, this, stories, Writing(), Writing(), "off")
    assert write_paragraphs(store, this, stories, Refusing(), Refusing(), "off") == written
    for other, mode in [(planned(MONDAY, words=60), "off"), (this, "shadow")]:
        with pytest.raises(pytest.fail.Exception):
            write_paragraphs(store, other, stories, Refusing(), Refusing(), mode)


def test_only_new_stories_are_written(store: Store, arrive: Arrive, encoder: Encoder):
    arrive(MONDAY - HOUR)
    this = planned(MONDAY)
    (known,) = choose_stories(store, this, encoder.encode).stories
    write_paragraphs(store, this, [known], Writing(), Writing(), "off")
    arrive(MONDAY - 2 * HOUR)
    both = choose_stories(store, this, encoder.encode).stories
    asked: list[int] = []

    class Counting(Writing):
        def summarize(self, stories, brief: Brief) -> list[Summary]:
            asked.append(len(stories))
            return super().summarize(stories, brief)

    counting = Counting()
    summaries = write_paragraphs(store, this, both, counting, counting, "off")
    assert asked == [1]
    assert [summary.text for summary in summaries] == [s.lead.paragraphs[0] for s in both]


def test_an_empty_store_has_a_window_and_makes_an_empty_edition(make: Publish, store: Store):
    assert edition_window(store, planned(MONDAY)).start == MONDAY - 36 * HOUR
    edition = make(MONDAY)
    assert (edition.stories, edition.counts.articles) == ((), 0)
    assert edition.health[0].reason == "has not been asked yet"


def test_a_story_that_gains_an_article_when_its_page_is_made_anew_is_found_under_its_old_key(
    store: Store, make: Publish, arrive: Arrive
):
    article = arrive(MONDAY - 2 * HOUR)
    (first,) = make(MONDAY).stories
    assert first.formerly == ()
    update = {"url": f"{article.url}/update", "title": f"{article.title} (update)"}
    store.save_article(replace(article, **update), [])
    (second,) = make(MONDAY).stories
    assert len(second.story.articles) == 2
    assert second.formerly == (first.story.key,)
    (third,) = make(MONDAY).stories
    assert third.formerly == (first.story.key,)
