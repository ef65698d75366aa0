from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine, text

from digest.model import (
    Article,
    Citation,
    Counts,
    Edition,
    FeedHealth,
    LeftOut,
    Reason,
    Sentence,
    Story,
    Summary,
    Told,
    Undelivered,
)
from digest.store.store import Store, StoredEdition

CUTOFF = datetime(2026, 11, 23, 6, tzinfo=UTC)
NOW = CUTOFF + timedelta(minutes=5, microseconds=7)
DAY = timedelta(days=1)


def summary(text: str = "장관들이 만났다.", **changes: object) -> Summary:
    made = Summary(
        (Sentence(text, (Citation("https://a.example/1", 3, "They met – in Seoul."),)),),
        "extractive",
        "all-MiniLM-L6-v2@53aa5117",
        notes=("Outlets differ: 15 dead (A), 12 dead (B).",),
    )
    return replace(made, **changes)


def edition(days: int = 0, name: str = "morning", **changes: object) -> Edition:
    """The edition of 23 November, or of some days later or earlier, with every member filled."""
    cutoff = CUTOFF + days * DAY
    article = Article(
        "https://a.example/1",
        'A "title" \\ with\ttricks 🗞️',
        ("One.", "", "Two\n\nlines."),
        source="A",
        author="B",
        published=datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=UTC),
        first_seen=cutoff,
        language="ko",
        origin="summary",
        feeds=("https://a.example/feed", "https://b.example/feed"),
    )
    undated = replace(article, url="https://b.example/2", published=None)
    story = Story(
        (article, undated), "Headline", 0.1 + 0.2, (Reason("outlets", 1e-17, "told by 2"),)
    )
    made = Edition(
        name,
        f"{cutoff:%Y-%m-%d}",
        "Morning",
        "Asia/Seoul",
        cutoff - DAY,
        cutoff,
        (Told(story, summary()),),
        (FeedHealth("https://a.example/feed", "A", "failing", "answered 503", 2),),
        (LeftOut("article", "Title", "https://a.example/3", "paywall"),),
        Counts(2, 3, 1),
        "Seoul",
        "ko",
        90,
        (Undelivered("m…@away.example", "2026-11-22", "550 No such person"),),
    )
    return replace(made, **changes)


def save(store: Store, made: Edition, *considered: str, published: bool = False) -> None:
    store.save_edition(made, considered, NOW)
    if published:
        store.publish_edition(made.name, made.slot, NOW)


def test_an_edition_comes_back_exactly_as_it_was(store: Store):
    made = edition()
    defaults = (field.default for field in fields(Edition))
    assert not any(
        getattr(made, f.name) == d for f, d in zip(fields(Edition), defaults, strict=True)
    )
    save(store, made)
    stored = store.edition("morning", "2026-11-23")
    assert stored == StoredEdition(made, NOW, None)
    assert repr(stored.edition.stories[0].story.score) == "0.30000000000000004"
    assert stored.edition.cutoff.utcoffset() == timedelta(0)


def test_an_edition_without_stories_comes_back(store: Store):
    empty = edition(stories=(), health=(), left_out=(), counts=Counts())
    save(store, empty)
    assert store.edition("morning", "2026-11-23").edition == empty


def test_an_edition_that_was_never_made_is_none(store: Store):
    assert store.edition("morning", "2026-11-23") is None
    assert store.last_published("morning", CUTOFF) is None
    assert store.editions() == []


def test_an_edition_is_published_once_and_keeps_that_time(store: Store):
    save(store, edition())
    store.publish_edition("morning", "2026-11-23", NOW)
    store.publish_edition("morning", "2026-11-23", NOW + DAY)
    assert store.edition("morning", "2026-11-23").published_at == NOW


def test_a_rebuild_that_is_not_published_yet_leaves_what_was_told_told(store: Store):
    save(store, edition(), "https://a.example/considered", published=True)
    again = edition(title="Again", stories=())
    store.save_edition(again, ["https://a.example/other"], NOW + DAY)
    [kept] = store.editions()
    assert (kept.edition, kept.made_at) == (again, NOW + DAY)
    assert kept.published_at is not None
    assert store.told("morning", CONSIDERED) == {"https://a.example/other"}


def test_the_last_published_edition_is_the_newest_of_its_name_before_the_cutoff(store: Store):
    save(store, edition(-3), published=True)
    save(store, edition(-2), published=True)
    save(store, edition(-1))
    save(store, edition(-1, name="evening"), published=True)
    save(store, edition(), published=True)
    assert store.last_published("morning", CUTOFF).edition == edition(-2)
    assert store.last_published("morning", CUTOFF + DAY).edition == edition()


def test_editions_come_with_the_newest_cutoff_first(store: Store):
    for days in (-1, 1, 0):
        save(store, edition(days))
    assert [each.edition for each in store.editions()] == [edition(1), edition(0), edition(-1)]
    assert [each.edition for each in store.editions(limit=1)] == [edition(1)]
    assert store.counts().editions == 3


CONSIDERED = [
    f"https://a.example/{name}"
    for name in ("old", "new", "unpublished", "evening", "same slot", "considered", "other")
]


def test_told_are_the_articles_of_the_other_published_editions_of_that_name(store: Store):
    save(store, edition(-3), "https://a.example/old", published=True)
    save(store, edition(-2, stories=()), "https://a.example/new", published=True)
    save(store, edition(-1), "https://a.example/unpublished")
    save(store, edition(-1, name="evening"), "https://a.example/evening", published=True)
    save(store, edition(), "https://a.example/same slot", published=True)
    told = {"https://a.example/1", "https://b.example/2"} | set(CONSIDERED[:2])
    asked = {*CONSIDERED, *told, "https://a.example/never"}
    assert store.told("morning", asked, but="2026-11-23") == told
    assert store.told("morning", CONSIDERED[1:], but="2026-11-23") == {CONSIDERED[1]}


def test_an_edition_kept_before_its_nouns_gained_members_still_reads(store: Store, url: str):
    save(store, edition())
    kept = json.dumps(
        {
            "name": "morning",
            "slot": "2026-11-23",
            "title": "Morning",
            "timezone": "UTC",
            "start": "2026-11-22T06:00:00Z",
            "cutoff": "2026-11-23T06:00:00Z",
            "stories": [],
            "forgotten member": 1,
        }
    )
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE editions SET edition = :kept"), {"kept": kept})
    engine.dispose()
    assert store.edition("morning", "2026-11-23").edition == Edition(
        "morning", "2026-11-23", "Morning", "UTC", CUTOFF - DAY, CUTOFF, ()
    )


def test_a_summary_is_found_under_its_story_and_its_summarizer(store: Store):
    fallback = summary("Sentence.", method="generative", fallback="number not in source")
    kept = {("story 1", "extractive 60w"): summary(), ("story 1", "bart 60w"): fallback}
    store.save_summaries(kept, NOW)
    assert store.summaries([*kept, ("story 2", "bart 60w"), ("story 1", "bart 90w")]) == kept
    assert store.summaries([("story 1", "bart 60w")]) == {("story 1", "bart 60w"): fallback}
    assert store.summaries([]) == {}


def test_a_summary_written_again_replaces_the_first(store: Store):
    for words in ("First.", "Second."):
        store.save_summaries({("story", "name"): summary(words)}, NOW)
    assert store.summaries([("story", "name")])["story", "name"].text == "Second."
    store.save_summaries({}, NOW)


def test_of_the_published_editions_of_a_name_the_newest_are_found(store: Store):
    for days in (-2, -1, 0, 1):
        store.save_edition(edition(days), [], NOW)
    store.save_edition(edition(0, "evening"), [], NOW)
    assert store.published("morning", 5) == []
    for days in (1, -1, 0):
        store.publish_edition("morning", edition(days).slot, NOW + days * DAY)
    store.publish_edition("evening", edition(0, "evening").slot, NOW)
    newest = store.published("morning", 2)
    assert newest == [StoredEdition(edition(days), NOW, NOW + days * DAY) for days in (1, 0)]
    assert len(store.published("morning", 5)) == 3


def test_the_newest_published_edition_of_a_day_is_found_by_its_slot(store: Store):
    for slot in ("2026-11-23T0700", "2026-11-23T1900", "2026-11-24T0700"):
        at = CUTOFF + timedelta(hours=int(slot[11:13]) - 6 + 24 * (slot[9] == "4"))
        save(store, edition(slot=slot, cutoff=at), published=slot[9] == "3")
    found = [
        [each.edition.slot for each in store.published("morning", 1, day)]
        for day in ("2026-11-23", "2026-11-23T0700", "2026-11-24", "2026_11", "")
    ]
    assert found == [["2026-11-23T1900"], ["2026-11-23T0700"], [], [], ["2026-11-23T1900"]]


def test_an_edition_whose_slot_is_the_day_comes_before_those_made_between(store: Store):
    for slot, hours in (("2026-11-23", 0), ("2026-11-23T1512", 8), ("2026-11-29", 24 * 6)):
        save(store, edition(slot=slot, cutoff=CUTOFF + timedelta(hours=hours)), published=True)
    found = [
        [each.edition.slot for each in store.published("morning", 2, day)]
        for day in ("2026-11-23", "2026-11-23T1512", "2026-11-2", "2026-11")
    ]
    assert found == [["2026-11-23", "2026-11-23T1512"], ["2026-11-23T1512"], [], []]


def test_published_editions_are_found_from_one_day_to_another(store: Store):
    for days in range(-3, 1):
        save(store, edition(days), published=True)
    save(store, edition(slot="2026-11-23T1512", cutoff=CUTOFF + DAY / 3), published=True)
    save(store, edition(1))
    save(store, edition(name="evening"), published=True)

    def slots(first: str, last: str) -> list[str]:
        found = store.published_within("morning", first, last)
        return [each.edition.slot.removeprefix("2026-11-") for each in found]

    assert slots("", "") == ["23T1512", "23", "22", "21", "20"]
    assert slots("2026-11-22", "") == ["23T1512", "23", "22"]
    assert slots("", "2026-11-21") == ["21", "20"]
    assert slots("2026-11-23", "2026-11-23") == ["23T1512", "23"]
    assert slots("2026-11-23T1512", "2026-11-23T1512") == ["23T1512"]
    assert slots("2026-11-24", "2026-11-24") == []
