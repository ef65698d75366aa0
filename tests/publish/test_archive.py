from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import lxml.html
import pytest

from digest.publish.archive import write_archive
from digest.publish.files import write_edition
from digest.publish.render import render

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def editions(edition):
    """Three days of one edition and a topic of the last day, in no order."""
    day = timedelta(days=1)
    quiet = replace(
        edition, slot="2026-11-22", stories=(), start=edition.start - day, cutoff=edition.start
    )
    older = replace(
        edition, slot="2026-10-31", stories=edition.stories[1:3], cutoff=edition.cutoff - 23 * day
    )
    topic = replace(edition, name="seoul", topic="한강 보행교", stories=edition.stories[1:2])
    return [older, edition, quiet, topic]


@pytest.mark.parametrize("name", ["index.html", "feed.xml"])
def test_the_archive_is_as_agreed(editions, golden, tmp_path, name):
    write_archive(tmp_path, editions, title="Morning Digest")
    golden(name, (tmp_path / name).read_bytes())


def test_every_link_of_the_archive_leads_to_a_file_that_exists(editions, tmp_path):
    for edition in editions:
        write_edition(tmp_path, edition, render(edition))
    write_archive(tmp_path, editions)
    page = lxml.html.parse(tmp_path / "index.html").getroot()
    hrefs = page.xpath("//a/@href[not(starts-with(., '#'))] | //link/@href")
    feed = ET.parse(tmp_path / "feed.xml").getroot()
    hrefs += [link.get("href") for link in feed.iter(f"{ATOM}link")]
    assert len(hrefs) == 2 + 4 + 2 + 4
    for href in hrefs:
        assert (tmp_path / href).is_file(), href


def test_the_newest_edition_comes_first_whatever_order_they_are_given_in(editions, tmp_path):
    write_archive(tmp_path, editions)
    files = [(tmp_path / name).read_bytes() for name in ("index.html", "feed.xml")]
    times = [e.findtext(f"{ATOM}updated") for e in ET.fromstring(files[1]).iter(f"{ATOM}entry")]
    assert times == sorted(times, reverse=True)
    again = write_archive(tmp_path, (edition for edition in reversed(editions)))
    assert not again.changed
    assert files == [(tmp_path / name).read_bytes() for name in ("index.html", "feed.xml")]


def identities(path):
    return [entry.findtext(f"{ATOM}id") for entry in ET.parse(path).getroot().iter(f"{ATOM}entry")]


def test_an_edition_keeps_its_identity_when_others_arrive_or_it_is_rendered_anew(
    editions, tmp_path
):
    write_archive(tmp_path, editions[:2])
    before = identities(tmp_path / "feed.xml")
    rebuilt = replace(editions[1], stories=editions[1].stories[:1])
    write_archive(tmp_path, [editions[0], rebuilt, *editions[2:]])
    after = identities(tmp_path / "feed.xml")
    assert len(set(after)) == 4
    assert set(before) < set(after)


def test_a_feed_has_what_atom_requires(editions, tmp_path):
    write_archive(tmp_path, editions)
    feed = ET.parse(tmp_path / "feed.xml").getroot()
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    for part in (feed, *feed.iter(f"{ATOM}entry")):
        assert part.findtext(f"{ATOM}title")
        assert part.findtext(f"{ATOM}id").startswith("urn:uuid:")
        assert part.findtext(f"{ATOM}updated").endswith("Z")
        assert part.find(f"{ATOM}link[@rel='alternate']") is not None


def test_a_site_has_absolute_links_and_identities_of_its_own(editions, tmp_path):
    write_archive(tmp_path, editions)
    relative = identities(tmp_path / "feed.xml")
    write_archive(tmp_path, editions, site_url="https://digest.example/ada")
    feed = ET.parse(tmp_path / "feed.xml").getroot()
    for link in feed.iter(f"{ATOM}link"):
        assert link.get("href").startswith("https://digest.example/ada/")
    assert set(identities(tmp_path / "feed.xml")).isdisjoint(relative)


def test_an_archive_of_nothing_says_so(tmp_path):
    write_archive(tmp_path, [])
    assert "No edition yet." in (tmp_path / "index.html").read_text()
    feed = ET.parse(tmp_path / "feed.xml").getroot()
    assert feed.find(f"{ATOM}entry") is None
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"
