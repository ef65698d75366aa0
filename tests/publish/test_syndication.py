"""The editions in full for feed readers, read by a feed reader."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta

import feedparser
import lxml.html
import pytest

from digest.publish import syndication
from digest.publish.archive import write_archive
from digest.publish.files import write_edition
from digest.publish.render import to_json

AS_IS = {"sanitize_html": False, "resolve_relative_uris": False}
SITE = "https://digest.example/ada"


@pytest.fixture
def publish(tmp_path):
    """``publish(*editions, site_url=…)``: both feeds of an archive of these."""

    def publish(*editions, site_url=SITE):
        for edition in editions:
            write_edition(tmp_path, edition, {"digest.json": to_json(edition)})
        write_archive(tmp_path, site_url=site_url)
        atom = feedparser.parse((tmp_path / "feed.xml").read_bytes(), **AS_IS)
        assert not atom.bozo
        return atom, json.loads((tmp_path / "feed.json").read_bytes())

    return publish


def days(edition, count):
    for n in range(count):
        cutoff = edition.cutoff - timedelta(days=n)
        yield replace(edition, slot=f"{cutoff + timedelta(hours=9):%Y-%m-%d}", cutoff=cutoff)


def test_every_sentence_is_there_with_the_numbers_of_its_sources(edition, publish):
    _, feed = publish(edition)
    content = lxml.html.fromstring(feed["items"][0]["content_html"])
    headlines = content.xpath(".//h2")
    assert [h2.text_content() for h2 in headlines] == [
        told.story.headline for told in edition.stories
    ]
    ferry = headlines[0].getnext()
    assert " ".join(ferry.text_content().split()).startswith(
        "The night ferry between Busan and Fukuoka will sail again from Friday, "
        "nine years after the last crossing. 1 3 Two ships carry 620 passengers"
    )
    outlets = ferry.xpath("following-sibling::ol[1]/li/a/@href")
    for link in ferry.xpath(".//sup/a"):
        assert link.get("href") == outlets[int(link.text) - 1]
    text = content.text_content()
    for told in edition.stories:
        for sentence in told.summary.sentences:
            assert sentence.text in text


def test_what_a_model_wrote_and_what_fell_back_is_said(edition, publish):
    _, feed = publish(edition)
    notes = lxml.html.fromstring(feed["items"][0]["content_html"]).xpath(".//p/em/text()")
    assert any(note.startswith("Written by example/tiny-bart@1f00.") for note in notes)
    assert any(note.startswith("Not the summary asked for: the written one") for note in notes)
    assert "chosen by all-MiniLM-L6-v2" in feed["items"][0]["content_html"]


def test_both_feeds_tell_the_same(edition, publish):
    atom, feed = publish(*days(edition, 3))
    assert [
        (entry.id, entry.title, entry.link, entry.summary, entry.content[0].value.strip())
        for entry in atom.entries
    ] == [
        (item["id"], item["title"], item["url"], item["summary"], item["content_html"].strip())
        for item in feed["items"]
    ]
    dates = [datetime.fromisoformat(item["date_published"]) for item in feed["items"]]
    assert dates == sorted(dates, reverse=True)
    assert [entry.published for entry in atom.entries] == [
        item["date_published"] for item in feed["items"]
    ]


def test_a_json_feed_is_as_version_1_1_has_it(edition, publish):
    _, feed = publish(*days(edition, 3))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert feed["home_page_url"] == f"{SITE}/index.html"
    assert feed["feed_url"] == f"{SITE}/feed.json"
    assert [author["name"] for author in feed["authors"]] == ["Digest"]
    ids = [item["id"] for item in feed["items"]]
    assert len(set(ids)) == len(ids) == 3
    for item in feed["items"]:
        assert all(isinstance(item[name], str) for name in item)
        assert item["url"].startswith(f"{SITE}/daily/2026-11-2")
        assert item["content_html"]
        assert re.fullmatch(r"[a-z]{2}", item["language"])
        assert datetime.fromisoformat(item["date_published"]).utcoffset() == timedelta()


def test_with_an_address_every_link_is_whole(edition, publish):
    _, feed = publish(edition)
    content = lxml.html.fromstring(feed["items"][0]["content_html"])
    page = f"{SITE}/daily/2026-11-23/digest.html"
    hrefs = content.xpath(".//a/@href")
    assert all(href.startswith(("https://", "http://")) for href in hrefs)
    keys = [told.story.key for told in edition.stories]
    assert content.xpath(".//h2/a/@href") == [f"{page}#story-{key}" for key in keys]
    assert hrefs[-1] == page


def test_without_an_address_a_json_feed_has_none_that_would_lead_nowhere(edition, publish):
    _, feed = publish(edition, site_url="")
    assert set(feed) == {"version", "title", "authors", "items"}
    assert "url" not in feed["items"][0]


def test_of_many_editions_the_newest_thirty_are_in_the_feeds(edition, publish):
    short = replace(edition, stories=edition.stories[:1])
    atom, feed = publish(*days(short, 33))
    assert len(atom.entries) == len(feed["items"]) == 30
    assert atom.entries[0].link.endswith("2026-11-23/digest.html")
    assert atom.entries[-1].link.endswith("2026-10-25/digest.html")


def test_a_feed_stays_below_its_limit_and_has_at_least_one_edition(
    edition, publish, tmp_path, monkeypatch
):
    assert syndication.MOST_BYTES == 1_000_000
    monkeypatch.setattr(syndication, "MOST_BYTES", 50_000)
    _, feed = publish(*days(edition, 9))
    assert 1 < len(feed["items"]) < 9
    assert feed["items"][0]["title"] == "Morning Digest, 2026-11-23"
    for name in ("feed.xml", "feed.json"):
        assert 30_000 < (tmp_path / name).stat().st_size < 55_000
    monkeypatch.setattr(syndication, "MOST_BYTES", 500)
    _, feed = publish()
    assert [item["title"] for item in feed["items"]] == ["Morning Digest, 2026-11-23"]


def test_entries_stay_the_same_whether_the_address_ends_in_a_slash_or_not(edition, publish):
    for plain, slashed in zip(publish(edition), publish(edition, site_url=f"{SITE}/"), strict=True):
        assert plain == slashed
