"""The list of editions follows from what lies in the outputs folder, and from nothing else."""

import fcntl
import json
import os
import shutil
import threading
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import lxml.html
import pytest

from digest.publish.archive import write_archive
from digest.publish.files import write_edition
from digest.publish.render import render, to_json

ATOM = "{http://www.w3.org/2005/Atom}"
LISTS = ("index.html", "feed.xml", "feed.json")


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


def put(outputs, *editions):
    """The folders of the editions, with what the archive reads."""
    for edition in editions:
        write_edition(outputs, edition, {"digest.json": to_json(edition)})


def listed(outputs):
    """The folders of the editions that both lists name, in their order."""
    page = lxml.html.parse(outputs / "index.html").getroot()
    feed = ET.parse(outputs / "feed.xml").getroot()
    folders = [
        link.get("href").removesuffix("/digest.html")
        for link in feed.iterfind(f"{ATOM}entry/{ATOM}link")
    ]
    assert page.xpath("//li/a/@href") == [f"{folder}/digest.html" for folder in folders]
    return folders


@pytest.mark.parametrize("name", LISTS)
def test_the_archive_is_as_agreed(editions, golden, tmp_path, name):
    put(tmp_path, *editions)
    write_archive(tmp_path, title="Morning Digest")
    golden(name, (tmp_path / name).read_bytes())


def test_every_link_of_the_archive_leads_to_a_file_that_exists(editions, tmp_path):
    for edition in editions:
        write_edition(tmp_path, edition, render(edition))
    write_archive(tmp_path)
    page = lxml.html.parse(tmp_path / "index.html").getroot()
    hrefs = page.xpath("//a/@href[not(starts-with(., '#'))] | //link/@href")
    feed = ET.parse(tmp_path / "feed.xml").getroot()
    hrefs += [link.get("href") for link in feed.iter(f"{ATOM}link")]
    assert len(hrefs) == 2 + 5 + 2 + 4
    for href in hrefs:
        assert (tmp_path / href).is_file(), href


def test_the_newest_edition_comes_first_whatever_order_they_were_written_in(editions, tmp_path):
    for place, ordered in (("one", editions), ("other", editions[::-1])):
        for age, edition in enumerate(ordered):
            put(tmp_path / place, edition)
            file = tmp_path / place / edition.name / edition.slot / "digest.json"
            os.utime(file, (age, age))
        write_archive(tmp_path / place)
    for name in LISTS:
        one, other = ((tmp_path / place / name).read_bytes() for place in ("one", "other"))
        assert one == other
    feed = ET.parse(tmp_path / "one" / "feed.xml").getroot()
    times = [entry.findtext(f"{ATOM}updated") for entry in feed.iter(f"{ATOM}entry")]
    assert times == sorted(times, reverse=True)
    assert not write_archive(tmp_path / "one").changed


def test_editions_of_different_names_stand_in_one_list(edition, editions, tmp_path):
    put(tmp_path, *editions)
    names = ["sport", "arts", "science", "local", "business", "weather"]
    put(tmp_path, *(replace(edition, name=name) for name in names))
    write_archive(tmp_path)
    assert listed(tmp_path) == [
        *(f"{name}/2026-11-23" for name in sorted([*names, "seoul", "daily"], reverse=True)),
        "daily/2026-11-22",
        "daily/2026-10-31",
    ]


def test_an_edition_deleted_by_hand_vanishes_from_the_list(editions, tmp_path):
    put(tmp_path, *editions)
    write_archive(tmp_path)
    shutil.rmtree(tmp_path / "daily" / "2026-11-22")
    shutil.rmtree(tmp_path / "seoul")
    assert write_archive(tmp_path).changed
    assert listed(tmp_path) == ["daily/2026-11-23", "daily/2026-10-31"]


def test_an_edition_moved_by_hand_is_linked_where_it_lies_now(edition, tmp_path):
    put(tmp_path, edition)
    (tmp_path / "daily").rename(tmp_path / "old ones, 50% off")
    write_archive(tmp_path)
    assert listed(tmp_path) == ["old%20ones%2C%2050%25%20off/2026-11-23"]


def altered(**changes):
    """What the fixture's ``digest.json`` becomes with other values in it."""
    return lambda document: json.dumps(json.loads(document) | changes).encode()


@pytest.mark.parametrize(
    ("alter", "reason"),
    [
        (lambda document: b"", "Invalid JSON: EOF"),
        (lambda document: document[:5000], "Invalid JSON: EOF"),
        (lambda document: document.decode().encode("utf-16"), "Invalid JSON"),
        (lambda document: b"[1, 2]", "object"),
        (lambda document: b'{"name": "of another program"}', "schema: Field required"),
        (altered(schema=2), "schema: Input should be 1"),
        (altered(timezone="Mars/Olympus"), "timezone: "),
        (altered(cutoff="2026-11-22T22:00:00"), "cutoff: Input should have timezone info"),
        (altered(cutoff="9999-12-31T23:59:59Z"), "date value out of range"),
        (altered(stories=[{"key": "k", "headline": "h", "articles": []}]), "stories: 0: articles"),
    ],
)
def test_a_broken_document_is_left_out_and_said(editions, tmp_path, caplog, alter, reason):
    put(tmp_path, *editions[:2])
    broken = tmp_path / "daily" / "2026-11-23" / "digest.json"
    broken.write_bytes(alter(broken.read_bytes()))
    write_archive(tmp_path)
    assert listed(tmp_path) == ["daily/2026-10-31"]
    (warning,) = caplog.messages
    assert str(broken) in warning
    assert reason in warning


def test_a_document_the_disk_does_not_give_is_left_out_and_said(editions, tmp_path, caplog):
    put(tmp_path, *editions[:2])
    folder = tmp_path / "daily" / "2026-11-23" / "digest.json"
    folder.unlink()
    folder.mkdir()
    write_archive(tmp_path)
    assert listed(tmp_path) == ["daily/2026-10-31"]
    (warning,) = caplog.messages
    assert f"{folder} is not listed as an edition: [Errno 21] Is a directory" in warning


def test_what_else_lies_in_the_outputs_is_passed_over_in_silence(edition, tmp_path, caplog):
    put(tmp_path, edition)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "digest.json").write_text("mine")
    (tmp_path / "pictures" / "2026").mkdir(parents=True)
    (tmp_path / "pictures" / "digest.json").write_text("mine")
    for hidden in (tmp_path / ".trash" / "2026-11-20", tmp_path / "daily" / ".2026-11-20"):
        shutil.copytree(tmp_path / "daily" / "2026-11-23", hidden)
    write_archive(tmp_path)
    assert listed(tmp_path) == ["daily/2026-11-23"]
    assert caplog.messages == []


def test_a_document_changed_by_hand_breaks_no_feed_reader(edition, tmp_path):
    put(tmp_path, edition)
    document = tmp_path / "daily" / "2026-11-23" / "digest.json"
    document.write_bytes(altered(title="nul\x00 \u202eleft\ufffe")(document.read_bytes()))
    write_archive(tmp_path)
    feed = ET.parse(tmp_path / "feed.xml").getroot()
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "nul left, 2026-11-23"


def test_an_edition_that_arrives_while_the_list_waits_its_turn_is_listed(editions, tmp_path):
    put(tmp_path, *editions[:2])
    with (tmp_path / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        writer = threading.Thread(target=write_archive, args=(tmp_path,))
        writer.start()
        writer.join(0.2)
        assert writer.is_alive()
        put(tmp_path / "elsewhere", editions[3])
        (tmp_path / "elsewhere" / "seoul").rename(tmp_path / "seoul")
    writer.join(5)
    assert "seoul/2026-11-23" in listed(tmp_path)


def identities(path):
    return [entry.findtext(f"{ATOM}id") for entry in ET.parse(path).getroot().iter(f"{ATOM}entry")]


def test_an_edition_keeps_its_identity_when_others_arrive_or_it_is_rendered_anew(
    editions, tmp_path
):
    put(tmp_path, *editions[:2])
    write_archive(tmp_path)
    before = identities(tmp_path / "feed.xml")
    rebuilt = replace(editions[1], stories=editions[1].stories[:1])
    put(tmp_path, rebuilt, *editions[2:])
    write_archive(tmp_path)
    after = identities(tmp_path / "feed.xml")
    assert len(set(after)) == 4
    assert set(before) < set(after)


def test_a_feed_has_what_atom_requires(editions, tmp_path):
    put(tmp_path, *editions)
    write_archive(tmp_path)
    feed = ET.parse(tmp_path / "feed.xml").getroot()
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    for part in (feed, *feed.iter(f"{ATOM}entry")):
        assert part.findtext(f"{ATOM}title")
        assert part.findtext(f"{ATOM}id").startswith("urn:uuid:")
        assert part.findtext(f"{ATOM}updated").endswith("Z")
        assert part.find(f"{ATOM}link[@rel='alternate']") is not None


def test_a_site_has_absolute_links_and_identities_of_its_own(editions, tmp_path):
    put(tmp_path, *editions)
    write_archive(tmp_path)
    relative = identities(tmp_path / "feed.xml")
    write_archive(tmp_path, site_url="https://digest.example/ada")
    feed = ET.parse(tmp_path / "feed.xml").getroot()
    for link in feed.iter(f"{ATOM}link"):
        assert link.get("href").startswith("https://digest.example/ada/")
    assert set(identities(tmp_path / "feed.xml")).isdisjoint(relative)


def test_an_archive_of_nothing_says_so(tmp_path):
    write_archive(tmp_path)
    assert "No edition yet." in (tmp_path / "index.html").read_text()
    feed = ET.parse(tmp_path / "feed.xml").getroot()
    assert feed.find(f"{ATOM}entry") is None
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"
