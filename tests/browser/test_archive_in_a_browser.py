"""The archive as a reader uses it: search, from page to page, by keyboard, on paper."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urldefrag, urljoin
from urllib.request import urlopen

import pytest

from digest.publish.archive import write_archive
from digest.publish.files import write_edition
from digest.publish.render import render

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect


def ask(page, question):
    """Types a question, and waits until it is answered."""
    field = page.get_by_role("searchbox", name="Search headlines and paragraphs")
    field.fill(question)
    field.press("Enter")
    page.get_by_role("status").filter(has_text=re.compile(r"\.$|newest first")).wait_for()
    return page.locator("#results li")


def headlines(page, question):
    return ask(page, question).locator("> a").all_inner_texts()


@pytest.fixture
def archive(newspaper, tmp_path):
    """``archive(*editions)``: the address of an archive of these, on disk."""

    def archive(*editions):
        for edition in editions:
            write_edition(tmp_path, edition, render(edition))
        write_archive(tmp_path)
        return f"{tmp_path.as_uri()}/"

    archive.folder = tmp_path
    return archive


def retold(told, headline, *sentences, language="en"):
    """A story with other words."""
    lead = replace(told.story.lead, language=language)
    story = replace(told.story, headline=headline, articles=(lead,))
    (first, *_) = told.summary.sentences
    said = tuple(replace(first, text=text, sources=()) for text in sentences)
    return replace(told, story=story, summary=replace(told.summary, sentences=said))


def test_a_story_is_found_and_its_place_on_the_page_opened(open_page, address):
    page = open_page(f"{address}index.html")
    results = ask(page, "lantern reef")
    texts = results.first.inner_text()
    assert texts.startswith("Lantern Reef is two and a half times as alive")
    assert "Morning Digest" in texts
    assert re.search(r"20\d\d-\d\d-\d\d", texts)
    results.first.locator("> a").click()
    found = re.fullmatch(
        re.escape(address) + r"daily/[\d-]+/digest\.html#(story-[0-9a-f]{12})", page.url
    )
    place = page.locator(f"#{found[1]}")
    expect(place).to_be_in_viewport()
    expect(place.get_by_role("heading")).to_contain_text("Lantern Reef")


def test_a_sentence_that_says_it_stands_below_the_headline(open_page, address):
    page = open_page(f"{address}index.html")
    for word in ("grams", "halcyon", "certificate"):
        results = ask(page, word)
        assert results.count()
        for result in results.all():
            assert word in result.inner_text().lower()


def test_more_words_find_less_and_words_that_nobody_says_find_nothing(open_page, address):
    page = open_page(f"{address}index.html")
    storm, both = headlines(page, "storm"), headlines(page, "storm saltmarsh")
    assert 0 < len(both) <= len(storm)
    assert ask(page, "storm qwertyuiop").count() == 0
    expect(page.get_by_role("status")).to_have_text("No story says all of this.")
    expect(page.locator("#everything")).to_be_hidden()
    page.get_by_role("searchbox").fill("")
    expect(page.locator("#everything")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("")


def test_the_last_word_may_be_unfinished_but_not_the_others(open_page, address):
    page = open_page(f"{address}index.html")
    whole = headlines(page, "homes saltmarsh")
    assert whole
    assert headlines(page, "homes saltm") == whole
    assert headlines(page, "hom saltmarsh") == []
    assert headlines(page, "homes saltm ") == []


def test_the_newest_edition_comes_first(open_page, address):
    page = open_page(f"{address}index.html")
    results = ask(page, "the")
    dates = [
        text for each in results.all() for text in re.findall(r"\d{4}-\d\d-\d\d", each.inner_text())
    ]
    assert len(dates) > 3
    assert dates == sorted(dates, reverse=True)


LANGUAGES = [
    ("fr", "Le café de l’Œuvre rouvre à Saint-Étienne", ["cafe oeuvre", "CAFÉ etienne", "œuv"]),
    ("de", "Die Straße nach Zürich ist wieder frei", ["strasse", "STRAẞE zurich", "zür"]),
    ("tr", "İstanbul’da ILIK bir kış", ["istanbul", "ılık", "kis"]),
    ("ko", "한강에 새로운 다리를 짓는다", ["한강", "다리 한강", "새로"]),
    ("ja", "東京都で新しい橋の工事が始まる", ["東京", "東京都", "橋", "新しい橋", "工事 東京"]),
    ("zh", "北京新桥今日开工", ["北京", "新桥", "桥", "今"]),
    ("th", "สะพานใหม่ในกรุงเทพ", ["สะพาน", "กรุงเทพ"]),
    ("ar", "جسرٌ جديد في القاهرة", ["جسر", "القاهرة"]),
    ("el", "Νέα γέφυρα στην ΑΘΗΝΑ", ["αθηνα", "Γεφυρα", "νέα αθήν"]),
    ("hi", "दिल्ली में नया पुल", ["दिल्ली", "पुल"]),
]


def test_words_are_found_in_every_script_with_or_without_accents(open_page, newspaper, archive):
    newest = newspaper.editions[0]
    stories = tuple(
        retold(told, headline, "A sentence that says nothing of it.", language=language)
        for told, (language, headline, _) in zip(newest.stories * 2, LANGUAGES, strict=False)
    )
    page = open_page(f"{archive(replace(newest, stories=stories))}index.html")
    for _, headline, questions in LANGUAGES:
        for question in questions:
            assert headlines(page, question) == [headline], question
    for nothing in ("都東", "新京", "강에", "橋 大阪"):
        assert headlines(page, nothing) == [], nothing


def test_many_stories_are_shown_by_and_by(open_page, newspaper, archive):
    newest = newspaper.editions[0]
    editions = [
        replace(
            newest,
            slot=f"{newest.cutoff - n * timedelta(days=1):%Y-%m-%d}",
            cutoff=newest.cutoff - n * timedelta(days=1),
            stories=(retold(newest.stories[0], f"Penguin number {n}", "It swims."),),
        )
        for n in range(23)
    ]
    page = open_page(f"{archive(*editions)}index.html")
    results = ask(page, "penguin")
    expect(page.get_by_role("status")).to_have_text("23 stories, newest first")
    expect(results).to_have_count(10)
    more = page.get_by_role("button", name="Show more")
    more.click()
    expect(results).to_have_count(20)
    expect(results.nth(10).locator("> a")).to_be_focused()
    more.click()
    expect(results).to_have_count(23)
    expect(more).to_be_hidden()
    assert results.locator("> a").all_inner_texts() == [f"Penguin number {n}" for n in range(23)]


def test_an_edition_deleted_by_hand_leaves_no_dead_result(open_page, newspaper, archive):
    address = archive(*newspaper.editions)
    page = open_page(f"{address}index.html")
    before = ask(page, "reef").count()
    shutil.rmtree(archive.folder / "daily" / newspaper.editions[0].slot)
    archive()
    page.reload()
    assert ask(page, "reef").count() < before


def test_a_page_that_is_older_than_the_index_says_so(open_page, newspaper, archive):
    newest, *older = newspaper.editions
    page = open_page(f"{archive(*older)}index.html")
    archive(newest)
    ask(page, "reef")
    expect(page.get_by_role("status")).to_have_text(
        "There is something new in the archive. Load this page again to search it."
    )
    page.reload()
    assert ask(page, "reef").count() > 0


def test_back_from_a_story_the_question_is_still_answered(open_page, address):
    page = open_page(f"{address}index.html")
    results = ask(page, "lantern reef")
    count = results.count()
    results.first.locator("> a").click()
    page.wait_for_url("**/digest.html#story-*")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("lantern reef")
    expect(results).to_have_count(count)


def test_the_keyboard_is_enough(open_page, address):
    page = open_page(f"{address}index.html")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the editions")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("/")
    field = page.get_by_role("searchbox")
    expect(field).to_be_focused()
    page.keyboard.type("reef/")
    expect(field).to_have_value("reef/")
    page.get_by_role("status").filter(has_text="newest first").wait_for()
    page.keyboard.press("Tab")
    expect(page.locator("#results li > a").first).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/digest.html#story-*")


def test_without_scripts_the_list_is_whole_and_only_the_search_is_missing(
    open_page, address, newspaper
):
    page = open_page(f"{address}index.html", java_script_enabled=False)
    for edition in newspaper.editions:
        expect(page.get_by_role("link", name=edition.slot)).to_be_visible()
    expect(page.locator("#search")).to_be_hidden()
    page.get_by_role("link", name=newspaper.editions[0].slot).click()
    expect(page.get_by_role("article")).to_have_count(len(newspaper.editions[0].stories))


def test_pages_lead_from_one_edition_to_the_next_and_back(open_page, address, newspaper):
    newest, before, *_, oldest = newspaper.editions
    page = open_page(f"{address}daily/{newest.slot}/digest.html")
    beside = page.get_by_role("navigation", name="Other editions")
    expect(beside.get_by_role("link")).to_have_text([f"← {before.slot}", "All editions"])
    beside.get_by_role("link", name=before.slot).click()
    assert page.url == f"{address}daily/{before.slot}/digest.html"
    beside.get_by_role("link", name=newest.slot).click()
    assert page.url == f"{address}daily/{newest.slot}/digest.html"
    beside.get_by_role("link", name="All editions").click()
    assert page.url == f"{address}index.html"
    page.goto(f"{address}daily/{oldest.slot}/digest.html")
    expect(beside.locator("[rel=prev]")).to_have_count(0)


def pages_of(newspaper):
    slots = [f"daily/{edition.slot}/digest.html" for edition in newspaper.editions]
    return ["index.html", "daily/health.html", *slots]


def test_every_link_leads_somewhere(open_page, server, newspaper):
    page = open_page(f"{server}index.html")
    for path in pages_of(newspaper):
        page.goto(server + path)
        hrefs = page.eval_on_selector_all(
            "[href]", "all => all.map(each => each.getAttribute('href'))"
        )
        for href in set(hrefs):
            url, place = urldefrag(urljoin(page.url, href))
            if not url.startswith(server):
                # The newsroom's own articles, which a feed names.
                assert url.startswith("http://127.0.0.1:"), href
            elif url == page.url:
                assert page.locator(f"[id='{place}']").count() == 1, href
            else:
                urlopen(url).close()


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_is_wider_than_a_phone(open_page, server, newspaper, width):
    page = open_page(f"{server}index.html", viewport={"width": width, "height": 800})
    ask(page, "the")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for path in pages_of(newspaper):
        page.goto(server + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_on_paper_there_is_neither_search_nor_navigation(open_page, address, newspaper):
    page = open_page(f"{address}index.html")
    page.emulate_media(media="print")
    expect(page.locator("#search")).to_be_hidden()
    page.goto(f"{address}daily/{newspaper.editions[0].slot}/digest.html")
    expect(page.get_by_role("article").first).to_be_visible()
    for name in ("Stories", "Other editions"):
        expect(page.locator(f"nav[aria-label='{name}']")).to_be_hidden()
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
