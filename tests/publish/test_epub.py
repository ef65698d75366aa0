"""An e-book against the rules of EPUB 3.3 that a reader stumbles over."""

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZIP_STORED, ZipFile

import pytest
from lxml import etree

from digest.publish.epub import epub

NS = {
    "c": "urn:oasis:names:tc:opendocument:xmlns:container",
    "opf": "http://www.idpf.org/2007/opf",
    "dc": "http://purl.org/dc/elements/1.1/",
    "x": "http://www.w3.org/1999/xhtml",
    "epub": "http://www.idpf.org/2007/ops",
}
TYPE = f"{{{NS['epub']}}}type"


@pytest.fixture
def week(edition):
    """Three editions, the newest first, as the store gives them."""
    days = (timedelta(days=n) for n in range(3))
    slots = ("2026-11-23", "2026-11-22", "2026-11-21T0700")
    return [
        replace(edition, slot=slot, start=edition.start - day, cutoff=edition.cutoff - day)
        for slot, day in zip(slots, days, strict=True)
    ]


def members(book):
    with ZipFile(BytesIO(book)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def package(book):
    return etree.fromstring(members(book)["EPUB/package.opf"])


def documents(book):
    """Every XHTML file of a book by its name."""
    found = {PurePosixPath(name): data for name, data in members(book).items()}
    return {p.name: etree.fromstring(d) for p, d in found.items() if p.suffix == ".xhtml"}


def test_a_reader_recognises_the_book_by_its_first_bytes(edition):
    book = epub([edition])
    assert book[30:58] == b"mimetypeapplication/epub+zip"
    with ZipFile(BytesIO(book)) as archive:
        first = archive.infolist()[0]
        assert (first.compress_type, first.extra, first.flag_bits) == (ZIP_STORED, b"", 0)
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_container_leads_to_the_package_and_the_package_to_every_file(week):
    files = members(epub(week))
    container = etree.fromstring(files["META-INF/container.xml"])
    (root,) = container.xpath("//c:rootfile", namespaces=NS)
    assert root.get("media-type") == "application/oebps-package+xml"
    opf = etree.fromstring(files[root.get("full-path")])
    items = opf.xpath("//opf:item", namespaces=NS)
    named = {f"EPUB/{item.get('href')}" for item in items}
    assert named == files.keys() - {"mimetype", "META-INF/container.xml", "EPUB/package.opf"}
    ids = [item.get("id") for item in items]
    assert len(ids) == len(set(ids))
    kinds = {item.get("href").rpartition(".")[2]: item.get("media-type") for item in items}
    assert kinds == {"xhtml": "application/xhtml+xml", "css": "text/css"}
    (nav,) = (item for item in items if item.get("properties") == "nav")
    spine = opf.xpath("//opf:itemref/@idref", namespaces=NS)
    assert spine == [nav.get("id"), "chapter-1", "chapter-2", "chapter-3"]


def test_the_package_says_what_the_book_is(week):
    opf = package(epub(week))

    def told(path):
        (found,) = opf.xpath(f"//{path}/text()", namespaces=NS)
        return found

    assert opf.get("version") == "3.0"
    (identifier,) = opf.xpath("//dc:identifier", namespaces=NS)
    assert identifier.get("id") == opf.get("unique-identifier")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", identifier.text)
    assert told("dc:title") == "Morning Digest, 2026-11-21 07:00 to 2026-11-23"
    assert told("dc:language") == "en"
    assert told("opf:meta[@property='dcterms:modified']") == "2026-11-22T22:00:00Z"


def test_a_book_of_one_edition_bears_its_day_and_lists_its_stories(edition):
    book = epub([edition])
    assert package(book).findtext(".//dc:title", namespaces=NS) == "Morning Digest, 2026-11-23"
    entries = documents(book)["nav.xhtml"].xpath("//x:nav/x:ol/x:li/x:a", namespaces=NS)
    assert [entry.text for entry in entries] == [t.story.headline for t in edition.stories]


def test_a_topic_has_a_book_of_its_own(edition):
    about = replace(edition, name="daily.ferries", topic="ferries", language="")
    opf = package(epub([about]))
    assert opf.findtext(".//dc:title", namespaces=NS) == "Morning Digest: ferries, 2026-11-23"
    assert opf.findtext(".//dc:language", namespaces=NS) == "und"
    one, other = (
        package(epub([e])).findtext(".//dc:identifier", namespaces=NS) for e in (about, edition)
    )
    assert one != other


def test_the_contents_list_the_editions_in_their_order_with_their_stories(week):
    (nav,) = documents(epub(week))["nav.xhtml"].xpath("//x:nav", namespaces=NS)
    assert nav.get(TYPE) == "toc"
    days = nav.xpath("x:ol/x:li/x:a", namespaces=NS)
    assert [day.text for day in days] == ["2026-11-21 07:00", "2026-11-22", "2026-11-23"]
    assert [len(day.xpath("../x:ol/x:li", namespaces=NS)) for day in days] == [6, 6, 6]


def test_a_day_without_stories_is_a_chapter_that_says_so(week):
    week[1] = replace(week[1], stories=())
    book = epub(week)
    shown = " ".join(documents(book)["chapter-2.xhtml"].itertext())
    assert "No story this time: 19 articles of 7 feeds came in" in shown
    links = documents(book)["nav.xhtml"].xpath("//x:nav/x:ol/x:li", namespaces=NS)
    assert [bool(li.xpath("x:ol", namespaces=NS)) for li in links] == [True, False, True]


def test_every_link_inside_the_book_leads_somewhere(week):
    pages = documents(epub(week))
    anchors = {
        f"{name}#{anchor}" for name, page in pages.items() for anchor in page.xpath("//@id")
    } | pages.keys()
    inside = [
        f"{name}{href}" if href.startswith("#") else href
        for name, page in pages.items()
        for href in page.xpath("//x:a/@href", namespaces=NS)
        if not href.startswith("https://")
    ]
    assert len(inside) > 40
    assert set(inside) <= anchors
    for page in pages.values():
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))


def test_each_sentence_points_to_its_sources_below_and_they_to_the_articles(edition):
    page = documents(epub([edition]))["chapter-1.xhtml"]
    sections = page.xpath("//x:section", namespaces=NS)
    for told, section in zip(edition.stories, sections, strict=True):
        key = told.story.key
        notes = section.xpath(".//x:a[@epub:type='noteref']/@href", namespaces=NS)
        assert all(note.startswith(f"#source-{key}-") for note in notes)
        sources = section.xpath(".//x:ol[@class='sources']/x:li", namespaces=NS)
        assert len(sources) == len(told.story.articles)
    assert "javascript" not in etree.tostring(page).decode()


def test_languages_and_directions_are_said(edition):
    page = documents(epub([edition]))["chapter-1.xhtml"]
    xml_lang = "{http://www.w3.org/XML/1998/namespace}lang"
    headlines = page.xpath("//x:section/x:h2", namespaces=NS)
    assert [(h.get("lang"), h.get("dir")) for h in headlines[:3]] == [
        ("en", "ltr"), ("ko", "ltr"), ("ar", "rtl"),
    ]  # fmt: skip
    assert all(h.get("lang") == h.get(xml_lang) for h in headlines)
    (german,) = page.xpath("//x:section/x:p/x:span[@lang]", namespaces=NS)
    assert (german.get("lang"), german.text) == ("de", "Die Jury lobte vor allem die Kruste.")


def test_a_book_asks_for_nothing_and_runs_nothing(week):
    for page in documents(epub(week)).values():
        assert not page.xpath("//x:script | //x:img | //x:iframe | //@style", namespaces=NS)
        assert page.xpath("//x:link/@href", namespaces=NS) == ["style.css"]
    assert b"url(" not in members(epub(week))["EPUB/style.css"]


def test_the_same_editions_give_the_same_book_in_whatever_order(week):
    assert epub(week) == epub(week[::-1])
