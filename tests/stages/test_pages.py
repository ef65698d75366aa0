"""From page to page: to the edition before, to the one after, and to a story's place."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree

import lxml.html
import pytest

from digest.model import Article, Citation, Edition, Sentence, Story, Summary, Told
from digest.publish.remove import remove_editions
from digest.publish.render import html, render
from digest.stages.issue import publish
from digest.stages.pages import neighbours, write_oldest
from digest.store.store import Store

CUTOFF = datetime(2026, 11, 17, 7, tzinfo=UTC)
DAY = timedelta(days=1)


def edition(day: int, name: str = "daily") -> Edition:
    text = f"The ferry between Port Alder and Lowmere has run for {day} days."
    article = Article(f"https://a.example/{day}", "The ferry", (text,), "Herald", language="en")
    summary = Summary((Sentence(text, (Citation(article.url, 0, text),)),), "extractive", "m")
    cutoff = CUTOFF + day * DAY
    return Edition(
        name=name,
        slot=f"{cutoff:%Y-%m-%d}",
        title=name.title(),
        timezone="UTC",
        start=cutoff - DAY,
        cutoff=cutoff,
        stories=(Told(Story((article,), article.title), summary),),
    )


@pytest.fixture
def come_out(store: Store, tmp_path: Path) -> Iterator[object]:
    def come_out(*editions: Edition) -> None:
        for each in editions:
            store.save_edition(each, [], each.cutoff)
            publish(store, each, tmp_path, "")

    return come_out


def leads_to(outputs: Path, slot: str, name: str = "daily") -> list[str]:
    """Where a page's links to other editions lead, all of which have to be there."""
    page = outputs / name / slot / "digest.html"
    root = lxml.html.parse(page).getroot()
    hrefs = root.xpath("//nav[@class='beside']/a/@href")
    for href in hrefs:
        assert (page.parent / href).resolve().is_file(), href
    heads = root.xpath("//link[@rel='prev' or @rel='next']/@href")
    assert heads == [href for href in hrefs if href != "../../index.html"]
    return [href.removeprefix("../").removesuffix("/digest.html") for href in hrefs]


ALL = "../index.html"


def test_a_page_leads_to_the_edition_before_and_that_one_to_it(come_out, tmp_path):
    come_out(edition(0))
    assert leads_to(tmp_path, "2026-11-17") == [ALL]
    come_out(edition(1), edition(2))
    assert leads_to(tmp_path, "2026-11-17") == [ALL, "2026-11-18"]
    assert leads_to(tmp_path, "2026-11-18") == ["2026-11-17", ALL, "2026-11-19"]
    assert leads_to(tmp_path, "2026-11-19") == ["2026-11-18", ALL]


def test_an_edition_that_comes_late_finds_its_place_between_others(come_out, tmp_path):
    come_out(edition(0), edition(2))
    assert leads_to(tmp_path, "2026-11-17") == [ALL, "2026-11-19"]
    come_out(edition(1))
    assert leads_to(tmp_path, "2026-11-17") == [ALL, "2026-11-18"]
    assert leads_to(tmp_path, "2026-11-18") == ["2026-11-17", ALL, "2026-11-19"]
    assert leads_to(tmp_path, "2026-11-19") == ["2026-11-18", ALL]


def test_editions_of_other_names_and_those_that_are_not_published_are_not_beside_it(
    store, come_out, tmp_path
):
    come_out(edition(0, "weekly"), edition(0))
    store.save_edition(edition(1), [], CUTOFF)
    come_out(edition(2))
    assert leads_to(tmp_path, "2026-11-19") == ["2026-11-17", ALL]
    assert leads_to(tmp_path, "2026-11-17", "weekly") == [ALL]


def test_pages_depend_on_what_is_published_and_not_on_the_order(store, come_out, tmp_path):
    come_out(*map(edition, (2, 0, 1)))
    for each in map(edition, (0, 1, 2)):
        files = render(each, neighbours=neighbours(store, each, tmp_path))
        for name, data in files.items():
            assert (tmp_path / "daily" / each.slot / name).read_bytes() == data


def test_no_page_leads_to_an_edition_that_was_deleted_by_hand(come_out, tmp_path):
    come_out(edition(0), edition(1))
    rmtree(tmp_path / "daily/2026-11-18")
    come_out(edition(2))
    assert leads_to(tmp_path, "2026-11-19") == [ALL]
    come_out(edition(0))
    assert leads_to(tmp_path, "2026-11-17") == [ALL]
    assert not (tmp_path / "daily/2026-11-18").exists()


def test_when_old_editions_are_removed_the_oldest_page_leads_to_none_of_them(
    store, come_out, tmp_path
):
    come_out(*map(edition, range(4)), edition(3, "weekly"))
    remove_editions(tmp_path, CUTOFF + DAY)
    write_oldest(store, tmp_path)
    assert leads_to(tmp_path, "2026-11-19") == [ALL, "2026-11-20"]
    assert leads_to(tmp_path, "2026-11-20") == ["2026-11-19", ALL]
    assert leads_to(tmp_path, "2026-11-20", "weekly") == [ALL]


def test_a_story_is_found_under_the_keys_that_it_had_before():
    made = edition(0)
    (told,) = made.stories
    anew = replace(made, stories=(replace(told, formerly=("0123456789ab",)),))
    root = lxml.html.fromstring(html(anew).decode())
    (place,) = root.xpath("//*[@id='story-0123456789ab']")
    assert place.getparent().get("id") == f"story-{told.story.key}"
