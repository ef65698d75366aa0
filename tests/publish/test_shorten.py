"""What a mail leaves out where an edition would be too large for it."""

from dataclasses import replace

import pytest

from digest.model import FeedHealth, Undelivered
from digest.publish.shorten import NAMED, fitting, for_mail, shortage
from digest.publish.view import view


@pytest.fixture
def whole(edition):
    """Stories of 4, 2, 2, 2, 2 and 0 sentences; of 4, 2, 1, 2, 3 and 1 outlets."""
    return for_mail(view(edition))


def sentences(view):
    return [len(story.lines) for story in view.stories]


def outlets(view):
    return [len(story.sources) for story in view.stories]


def weight(view):
    """A size that any cut makes smaller."""
    return sum(sentences(view)) + sum(outlets(view)) + len(view.stories) + 10 * bool(view.feeds)


def test_a_mail_leaves_what_is_missing_to_the_page(edition, whole):
    assert view(edition).omissions
    assert whole == replace(view(edition), omissions=())


def test_many_feeds_in_bad_health_are_counted_after_the_first(edition):
    def health(number):
        failing = (
            FeedHealth(f"https://n{i}.example", f"Feed {i}", "failing") for i in range(number)
        )
        fine = (FeedHealth(f"https://f{i}.example", f"Feed {i}", "ok") for i in range(50))
        return dict(for_mail(view(replace(edition, health=(*failing, *fine)))).feeds)

    few, many = health(NAMED + 1), health(40)
    assert [feed.title for feed in few["failing"]] == [f"Feed {i}" for i in range(NAMED + 1)]
    assert [feed.title for feed in many["failing"][:-1]] == [f"Feed {i}" for i in range(NAMED)]
    assert many["failing"][-1].title == "28 more feeds"
    assert len(many["ok"]) == 50


def test_many_readers_who_were_not_reached_are_counted_after_the_first(edition):
    def told(number):
        missed = (Undelivered(f"r{i}…@home.example", "2026-11-22", "550") for i in range(number))
        return for_mail(view(replace(edition, undelivered=tuple(missed)))).undelivered

    assert len(told(NAMED + 1)) == NAMED + 1
    assert told(40)[NAMED:] == ("28 more readers could not be reached.",)
    assert told(40)[:NAMED] == told(NAMED)


def test_what_fits_stays_as_it_is(whole):
    assert fitting(whole, weight, weight(whole)) is whole
    assert shortage(whole, whole) == ""


@pytest.mark.parametrize(
    ("less", "left", "told"),
    [
        (1, [3, 2, 2, 2, 2, 0], "by 1 sentence"),
        (2, [2, 2, 2, 2, 2, 0], "by 2 sentences"),
        (3, [2, 2, 2, 2, 1, 0], "by 3 sentences"),
        (6, [2, 1, 1, 1, 1, 0], "by 6 sentences"),
        (7, [1, 1, 1, 1, 1, 0], "by 7 sentences"),
    ],
)
def test_the_longest_paragraphs_lose_their_last_sentences_from_the_lowest_story_on(
    whole, less, left, told
):
    shown = fitting(whole, weight, weight(whole) - less)
    assert sentences(shown) == left
    assert outlets(shown) == outlets(whole)
    assert shortage(whole, shown) == f"Shortened to fit into a mail, {told}."
    for before, after in zip(whole.stories, shown.stories, strict=True):
        assert before.lines[: len(after.lines)] == after.lines


def test_then_go_the_outlets_that_no_sentence_cites_but_never_all(whole):
    shown = fitting(whole, weight, weight(whole) - 7 - 5)
    assert sentences(shown) == [1, 1, 1, 1, 1, 0]
    assert outlets(shown) == [2, 1, 1, 2, 1, 1]
    assert [source.number for source in shown.stories[0].sources] == [1, 3]
    assert shortage(whole, shown).endswith("by 7 sentences, 5 outlets.")


def test_then_go_whole_stories_from_the_bottom(whole):
    shown = fitting(whole, weight, 4 + 10 + 4 - 1)
    assert [story.headline for story in shown.stories] == [
        story.headline for story in whole.stories[: len(shown.stories)]
    ]
    assert len(shown.stories) < len(whole.stories)
    assert shortage(whole, shown).endswith(f", {len(whole.stories) - len(shown.stories)} stories.")


def test_where_nothing_fits_the_least_is_shown(whole):
    shown = fitting(whole, weight, -1)
    assert (shown.stories, shown.feeds) == ((), ())
    assert shortage(whole, shown) == "Shortened to fit into a mail, by 6 stories."


def test_no_more_is_cut_than_needed(whole):
    limits = range(weight(whole) + 1)
    shown = [weight(fitting(whole, weight, limit)) for limit in limits]
    assert shown == [max(each for each in shown if each <= limit) for limit in limits]
