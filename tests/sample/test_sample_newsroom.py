"""What the newsroom promises: so many outlets, events and articles, all of the day before."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sentencex import segment

from digest.model import UsageError
from digest.sample import words
from digest.sample.newsroom import Newsroom, Piece, load


def telling(newsroom: Newsroom, event: str) -> list[Piece]:
    return [piece for piece in newsroom.pieces if piece.event == event]


def test_there_are_enough_outlets_articles_and_events(newsroom: Newsroom):
    outlets_by_event = defaultdict(set)
    for piece in newsroom.pieces:
        outlets_by_event[piece.event].add(piece.outlet.slug)

    pages = [p for p in newsroom.pieces if p.page == "article" and p.outlet.layout != "script"]
    assert len(pages) >= 40
    assert len(outlets_by_event) == 12
    assert sum(len(outlets) >= 3 for outlets in outlets_by_event.values()) >= 4
    assert sum(len(outlets) <= 2 for outlets in outlets_by_event.values()) >= 2
    assert len({piece.outlet.slug for piece in newsroom.pieces}) >= 8


def test_all_four_feed_formats_are_in_use(newsroom: Newsroom):
    formats = Counter(
        channel.format
        for outlet in newsroom.outlets
        for channel in outlet.channels
        if not channel.broken
    )
    assert set(formats) == {"rss2", "rss1", "atom", "json"}
    assert min(formats.values()) >= 2


def test_one_event_is_told_in_korean_and_one_in_german(newsroom: Newsroom):
    by_language = defaultdict(set)
    for piece in newsroom.pieces:
        by_language[piece.outlet.language[:2]].add(piece.event)
    assert by_language["ko"] == {"goryeo-shipwreck"}
    assert by_language["de"] == {"lindhafen-waermepumpe"}


def test_the_seoul_meeting_is_told_by_four_outlets(newsroom: Newsroom):
    assert len({piece.outlet.slug for piece in telling(newsroom, "seoul-meeting")}) == 4


@pytest.mark.parametrize(
    "fact",
    [
        "Security Consultative Meeting in Seoul",
        "Defense Secretary Pete Hegseth",
        "Defense Minister Ahn Gyu-back",
        "flexibility for regional contingencies",
        "3.5% of GDP",
        "2.3%",
        "nuclear-powered submarine",
        "US shipyard",
        "since 2017",
    ],
)
def test_the_first_sentences_on_seoul_hold_every_fact_in_110_words(newsroom: Newsroom, fact: str):
    first = " ".join(piece.paragraphs[0] for piece in telling(newsroom, "seoul-meeting"))
    assert fact in first
    assert len(first.split()) <= 110


def test_every_article_has_the_length_of_a_news_article(newsroom: Newsroom):
    for piece in newsroom.pieces:
        length = len(" ".join(piece.paragraphs).split())
        sentences = [
            sentence
            for paragraph in piece.paragraphs
            for sentence in segment(piece.outlet.language[:2], paragraph)
        ]
        assert 150 <= length <= 350, piece.path
        assert 6 <= len(sentences) <= 14, piece.path


def test_everything_is_published_in_the_day_before_the_anchor(newsroom: Newsroom):
    for piece in newsroom.pieces:
        age = newsroom.anchor - piece.published
        assert timedelta(hours=1) <= age <= timedelta(hours=22), piece.path


def test_nothing_is_published_before_it_has_happened():
    for event, told in words.events():
        for piece in told["pieces"]:
            assert piece["hours_before"] < told["happened"], (event, piece["slug"])


def test_every_article_of_the_next_day_reads_differently(newsroom: Newsroom):
    next_day = {piece.slug: piece for piece in load(newsroom.anchor + timedelta(days=1)).pieces}
    for piece in newsroom.pieces:
        assert piece.paragraphs != next_day[piece.slug].paragraphs, piece.path
        assert piece.path != next_day[piece.slug].path


@pytest.mark.parametrize(
    ("event", "outlet", "weekday", "date"),
    [
        ("union-cup-final", "harbour-herald", "Monday", "16 November"),
        ("storm-marit", "meridian-wire", "Monday", "Nov. 16"),
        ("lindhafen-waermepumpe", "elbufer-zeitung", "Montag", "16. November"),
        ("goryeo-shipwreck", "hanbit-ilbo", "월요일", "11월 16일"),
    ],
)
def test_dates_are_written_in_the_way_of_the_outlet(
    newsroom: Newsroom, event: str, outlet: str, weekday: str, date: str
):
    (piece,) = [piece for piece in telling(newsroom, event) if piece.outlet.slug == outlet]
    text = " ".join(piece.paragraphs)
    assert weekday in text
    assert date in text


def test_no_placeholder_is_left(newsroom: Newsroom):
    for piece in newsroom.pieces:
        assert "{" not in piece.title + piece.summary + " ".join(piece.paragraphs), piece.path


def test_outlets_agree_on_the_day_of_an_event_even_past_midnight(newsroom: Newsroom):
    cup = telling(newsroom, "union-cup-final")
    assert len({piece.published.date() for piece in cup}) == 2
    assert all("Monday" in " ".join(piece.paragraphs) for piece in cup)


def test_a_day_of_25_hours_keeps_the_ages():
    london = ZoneInfo("Europe/London")
    anchor = datetime(2026, 10, 25, 12, tzinfo=london)  # The clocks went back at two.
    ages = {
        piece.slug: (anchor.astimezone(UTC) - piece.published.astimezone(UTC))
        for piece in load(anchor).pieces
    }
    assert ages["lantern-reef-coral-recovery-survey"] == timedelta(hours=20.6)


def test_an_anchor_without_time_zone_is_refused():
    with pytest.raises(UsageError, match="no time zone"):
        load(datetime(2026, 11, 17, 6))  # noqa: DTZ001 that is what is tested


def test_pieces_point_only_to_pieces_of_their_own_outlet(newsroom: Newsroom):
    pointing = [piece for piece in newsroom.pieces if piece.read_more]
    assert pointing
    for piece in pointing:
        assert piece.read_more in {other.slug for other in newsroom.by(piece.outlet)}


def test_unfolding_the_events_happen_one_after_another_and_all_outlets_tell_them_at_once():
    start = datetime(2026, 11, 23, 7, tzinfo=UTC)
    newsroom = load(start).unfolding(timedelta(minutes=1))
    told = [
        {piece.event for piece in newsroom.until(start + timedelta(minutes=minutes)).pieces}
        for minutes in range(-1, 13)
    ]
    assert [len(events) for events in told] == [*range(13), 12]
    assert told[1] == {"seoul-meeting"}
    assert all(earlier <= later for earlier, later in pairwise(told))
    paths = {(piece.event, piece.outlet.slug, piece.slug) for piece in newsroom.pieces}
    assert paths == {(p.event, p.outlet.slug, p.slug) for p in load(start).pieces}
    published = [piece.published for piece in newsroom.pieces]
    assert published == sorted(published, reverse=True)
