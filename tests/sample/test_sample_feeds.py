"""The feeds as bytes: readable where they should be, and broken where they should be."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import feedparser
import pytest

from digest.sample.newsroom import Newsroom
from digest.sample.press import Resource, print_run

BASE_URL = "http://127.0.0.1:8765"

Printed = dict[str, Resource]


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/harbour-herald/feed.xml", "rss20"),
        ("/pacific-ledger/index.rdf", "rss10"),
        ("/weserblick/index.rdf", "rss10"),
        ("/meridian-wire/atom.xml", "atom10"),
        ("/northgate-dispatch/feed.xml", "rss20"),
        ("/continental-post/rss.xml", "rss20"),
        ("/touchline/atom.xml", "atom10"),
        ("/hanbit-ilbo/rss.xml", "rss20"),
        ("/namhae-shinmun/atom.xml", "atom10"),
        ("/elbufer-zeitung/feed.atom", "atom10"),
    ],
)
def test_an_xml_feed_is_read_whole(printed: Printed, newsroom: Newsroom, path: str, version: str):
    parsed = feedparser.parse(printed[path].body)
    (outlet,) = [outlet for outlet in newsroom.outlets if outlet.slug == path.split("/")[1]]
    pieces = newsroom.carried(outlet, outlet.channels[0])

    assert not parsed.bozo
    assert parsed.version == version
    assert [entry.title for entry in parsed.entries] == [piece.title for piece in pieces]
    for entry in parsed.entries:
        stamp = entry.get("published_parsed") or entry.get("updated_parsed")
        published = datetime(*stamp[:6], tzinfo=UTC)
        assert timedelta() < newsroom.anchor - published < timedelta(days=1)


@pytest.mark.parametrize("path", ["/orbit-and-field/feed.json", "/kilowatt/feed.json"])
def test_a_json_feed_names_its_version_and_dates(printed: Printed, newsroom: Newsroom, path: str):
    feed = json.loads(printed[path].body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    for item in feed["items"]:
        assert item["url"].startswith(BASE_URL)
        age = newsroom.anchor - datetime.fromisoformat(item["date_published"])
        assert timedelta() < age < timedelta(days=1)


def test_one_feed_leaves_its_entries_undated(printed: Printed):
    entries = feedparser.parse(printed["/saltmarsh-radio/stories.xml"].body).entries
    assert len(entries) >= 3
    assert not any("published" in entry or "updated" in entry for entry in entries)


def test_an_unreadable_feed_gives_feedparser_nothing(printed: Printed):
    parsed = feedparser.parse(printed["/quarry-gazette/feed.xml"].body)
    assert parsed.bozo
    assert not parsed.entries
    assert not parsed.version
    assert not parsed.feed.get("title")


def test_the_same_article_is_in_two_feeds_once_with_tracking_parameters(printed: Printed):
    def links(path: str) -> list[str]:
        return [entry.link for entry in feedparser.parse(printed[path].body).entries]

    (in_section,) = links("/harbour-herald/science.xml")
    assert urlsplit(in_section).query == ""
    (in_main,) = [link for link in links("/harbour-herald/feed.xml") if in_section in link]
    assert "utm_source=" in urlsplit(in_main).query


def test_one_feed_has_relative_links(printed: Printed):
    feed = printed["/meridian-wire/atom.xml"].body.decode()
    assert '<link rel="alternate" type="text/html" href="/meridian-wire/2026/' in feed


def test_every_link_of_every_feed_leads_to_a_page(printed: Printed):
    asked = Counter()
    for path, resource in printed.items():
        if resource.media_type.startswith("application/feed+json"):
            links = [item["url"] for item in json.loads(resource.body)["items"]]
        elif resource.media_type.split(";")[0].endswith("+xml") and path != "/photo.svg":
            links = [entry.link for entry in feedparser.parse(resource.body).entries]
        else:
            continue
        for link in links:
            assert urlsplit(link).path in printed, link
            asked[urlsplit(link).path] += 1
    assert len(asked) == 46


def test_full_text_feeds_carry_what_their_empty_pages_lack(printed: Printed, newsroom: Newsroom):
    feed = json.loads(printed["/orbit-and-field/feed.json"].body)
    content = {item["url"].removeprefix(BASE_URL): item["content_html"] for item in feed["items"]}
    for piece in newsroom.pieces:
        if piece.outlet.slug == "orbit-and-field":
            assert content[piece.path].count("<p>") == len(piece.paragraphs)


def test_content_encoded_carries_whole_articles(printed: Printed):
    entries = feedparser.parse(printed["/northgate-dispatch/feed.xml"].body).entries
    assert all(entry.content[0].value.count("<p>") >= 5 for entry in entries)


def test_the_same_anchor_prints_the_same_bytes(printed: Printed, newsroom: Newsroom):
    assert print_run(newsroom, BASE_URL) == printed


def test_another_port_changes_nothing_but_the_links(printed: Printed, newsroom: Newsroom):
    elsewhere = print_run(newsroom, "http://127.0.0.1:9")
    for path, resource in printed.items():
        assert elsewhere[path].body == resource.body.replace(b":8765", b":9"), path
