"""Feeds as they come: four formats, and everything that is wrong with them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from digest.ingest.parse import NotAFeed, parse_feed

URL = "https://outlet.example/news/feed.xml"
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def rss(*items: str, channel: str = "", encoding: str = "utf-8") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel>'
        f"<title>Outlet</title>{channel}{body}</channel></rss>"
    ).encode()


def only(content: bytes, **options):
    (entry,) = parse_feed(content, URL, **options).entries
    return entry


ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ko"
    xml:base="https://base.example/x/">
  <title>Outlet</title><link href="https://outlet.example/"/><updated>2026-11-22T00:00:00Z</updated>
  <entry><id>tag:outlet.example,2026:1</id>
    <title type="html">Q&amp;amp;A: &lt;b>Seoul&lt;/b></title>
    <link rel="alternate" href="story"/><published>2026-11-22T09:00:00+09:00</published>
    <updated>2026-11-22T10:00:00+09:00</updated><author><name>A. Writer</name></author>
    <author><name>B. Writer</name></author><summary>Short.</summary>
    <content type="html">&lt;p>Long &lt;a href="/there">text&lt;/a>.&lt;/p></content>
  </entry></feed>"""

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel rdf:about="https://outlet.example/"><title>Outlet</title>
    <link>https://outlet.example/</link></channel>
  <item rdf:about="https://outlet.example/1"><title>Old style</title>
    <link>https://outlet.example/1</link><dc:date>2026-11-22T09:00:00+09:00</dc:date>
    <dc:creator>A. Writer</dc:creator></item></rdf:RDF>"""


def test_rss_gives_its_entries():
    content = rss(
        "<title>Ministers meet</title><link>https://outlet.example/1</link><guid>1</guid>"
        "<pubDate>Sun, 22 Nov 2026 09:00:00 +0900</pubDate><author>desk@outlet.example (A. Writer)"
        "</author><description>Short.</description>",
        channel="<link>https://outlet.example/</link><language>en-GB</language>",
    )
    feed = parse_feed(content, URL, feed="https://subscribed.example/feed")
    assert (feed.title, feed.language, feed.link) == ("Outlet", "en-GB", "https://outlet.example/")
    (entry,) = feed.entries
    assert (entry.feed, entry.guid) == ("https://subscribed.example/feed", "1")
    assert (entry.title, entry.link) == ("Ministers meet", "https://outlet.example/1")
    assert entry.published == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    assert (entry.author, entry.language, entry.summary_html) == ("A. Writer", "en-GB", "Short.")
    assert feed.problems == ()


def test_atom_gives_its_entries_with_links_resolved_against_xml_base():
    entry = only(ATOM)
    assert (entry.title, entry.guid) == ("Q&A: Seoul", "tag:outlet.example,2026:1")
    assert entry.link == "https://base.example/x/story"
    assert entry.published == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    assert entry.updated == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert (entry.author, entry.language) == ("A. Writer, B. Writer", "ko")
    assert entry.summary_html == "Short."
    assert 'href="https://base.example/there"' in entry.content_html


def test_rdf_gives_its_entries_dated_by_dublin_core():
    entry = only(RDF)
    assert (entry.title, entry.link) == ("Old style", "https://outlet.example/1")
    assert entry.published == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    assert entry.author == "A. Writer"


def test_json_feed_gives_its_entries():
    content = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Outlet",
        "home_page_url": "/",
        "language": "de",
        "authors": [{"name": "The desk"}],
        "items": [
            {
                "id": 17,
                "url": "story",
                "title": "Ministers &\u00a0 meet",
                "content_text": "1 < 2\n\nSecond.",
                "summary": "a & b",
                "date_published": "2026-11-22T09:00:00+09:00",
                "date_modified": "2026-11-22T10:00:00+09:00",
            },
            {
                "id": "18",
                "author": {"name": "A. Writer"},
                "content_html": "<p>x</p>",
                "title": None,
            },
        ],
    }
    feed = parse_feed(b"\xef\xbb\xbf " + json.dumps(content).encode(), URL)
    assert (feed.title, feed.link) == ("Outlet", "https://outlet.example/")
    first, second = feed.entries
    assert (first.guid, first.link) == ("17", "https://outlet.example/news/story")
    assert (first.title, first.language, first.author) == ("Ministers & meet", "de", "The desk")
    assert first.content_html == "<p>1 &lt; 2</p><p>Second.</p>"
    assert first.summary_html == "a &amp; b"
    assert first.published == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    assert first.updated == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert (second.guid, second.author, second.title) == ("18", "A. Writer", "")


def test_one_bad_item_of_a_json_feed_costs_only_itself():
    items = ["nonsense", {"id": True, "authors": "x", "title": "\ud800 fine", "url": ["a"]}]
    feed = parse_feed(json.dumps({"items": items}).encode(), URL)
    assert [entry.title for entry in feed.entries] == ["? fine"]
    assert feed.problems == ("entry 1 was skipped: it is a str, not an object",)


def test_one_bad_entry_costs_only_itself(monkeypatch):
    content = rss("<title>Good</title>", "<title>Bad</title>", "<title>Good too</title>")
    real = parse_feed.__globals__["read_xml_feed"].__globals__["_author"]

    def failing(item):
        if item.title == "Bad":
            raise ValueError("nobody foresaw this")
        return real(item)

    monkeypatch.setattr("digest.ingest.xmlfeed._author", failing)
    feed = parse_feed(content, URL)
    assert [entry.title for entry in feed.entries] == ["Good", "Good too"]
    assert feed.problems == ("entry 2 was skipped: nobody foresaw this",)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("Sun, 22 Nov 2026 09:00:00 KST", datetime(2026, 11, 22, 0, 0, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 09:00:00 EST", datetime(2026, 11, 22, 14, 0, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 09:00:00 CET", datetime(2026, 11, 22, 8, 0, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 09:00:00", datetime(2026, 11, 22, 9, 0, tzinfo=UTC)),
        ("2026-11-22T09:00:00.5Z", datetime(2026, 11, 22, 9, 0, 0, 500000, tzinfo=UTC)),
        ("2026-11-22 09:00", datetime(2026, 11, 22, 9, 0, tzinfo=UTC)),
        ("2026-11", datetime(2026, 11, 1, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("0001-01-01T00:00:00Z", None),
        ("Wed, 25 Nov 2026 09:00:00 GMT", None),
        ("Tue, 24 Nov 2026 06:00:00 GMT", datetime(2026, 11, 24, 6, 0, tzinfo=UTC)),
    ],
)
def test_dates_of_every_kind_become_utc_and_unbelievable_ones_none(written, utc):
    entry = only(rss(f"<title>x</title><pubDate>{written}</pubDate>"), now=NOW)
    assert entry.published == utc


def test_an_entry_is_known_by_its_guid_else_its_link_else_what_it_says():
    content = rss(
        "<title>a</title><guid isPermaLink='false'>id-1</guid><link>https://outlet.example/1</link>",
        "<title>b</title><link>https://outlet.example/2?utm_source=rss</link>",
        "<title>c</title><description>text</description>",
    )
    first, second, third = parse_feed(content, URL).entries
    assert (first.guid, second.guid) == ("id-1", "https://outlet.example/2")
    assert len(third.guid) == 64
    assert [entry.guid for entry in parse_feed(content, URL).entries][2] == third.guid


def test_an_id_does_not_change_when_the_feed_moves():
    item = "<title>a</title><guid>7bd2-04c6</guid><link>/1</link>"
    moved = parse_feed(rss(item), "https://elsewhere.example/feed").entries[0]
    assert only(rss(item)).guid == moved.guid == "7bd2-04c6"


def test_an_entry_whose_guid_is_its_address_needs_no_link():
    entry = only(rss("<title>a</title><guid>https://outlet.example/1</guid>"))
    assert entry.link == "https://outlet.example/1"


def test_an_entry_with_only_an_enclosure_has_no_page():
    enclosure = '<enclosure url="https://outlet.example/1.mp3" type="audio/mpeg" length="1"/>'
    entry = only(rss(f"<title>Episode</title>{enclosure}"))
    assert (entry.title, entry.link) == ("Episode", "")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "mailto:a@b.example", "data:text/html,x"])
def test_a_link_that_is_no_web_address_is_none(link):
    assert only(rss(f"<title>a</title><link>{link}</link>")).link == ""


def test_an_entry_that_comes_twice_is_one():
    content = rss(
        "<title>a</title><guid>1</guid><link>https://outlet.example/1</link>",
        "<title>a again</title><guid>1</guid><link>https://outlet.example/1</link>",
        "<title>a</title><guid>2</guid><link>https://outlet.example/1?utm_source=x</link>",
        "<title>b</title><guid>3</guid>",
        "<title>b</title><guid>4</guid>",
    )
    assert [entry.guid for entry in parse_feed(content, URL).entries] == ["1", "3", "4"]


def test_a_guid_that_every_entry_has_loses_no_entry():
    items = [
        f"<title>{n}</title><guid isPermaLink='false'>0</guid><link>https://outlet.example/{n}</link>"
        for n in range(3)
    ]
    guids = [entry.guid for entry in parse_feed(rss(*items), URL).entries]
    assert guids == [f"https://outlet.example/{n}" for n in range(3)]


def test_only_the_first_thousand_entries_are_read():
    content = rss(*(f"<title>{n}</title><guid>{n}</guid>" for n in range(1100)))
    assert len(parse_feed(content, URL).entries) == 1000


def test_a_title_is_plain_text_and_markup_is_sanitized():
    entry = only(
        rss(
            "<title>Fish &amp;amp; &lt;i&gt;chips&lt;/i&gt;&lt;script&gt;x()&lt;/script&gt;</title>"
            "<description>&lt;p onclick='x()'&gt;ok&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;"
            "</description>"
        )
    )
    assert entry.title == "Fish & chips"
    assert entry.summary_html == "<p>ok</p>"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (rss("<title>Café 서울</title>"), "text/xml"),
        (rss("<title>Café 서울</title>"), "text/xml; charset=iso-8859-1"),
        (rss("<title>Café 서울</title>", encoding="iso-8859-1"), "application/rss+xml"),
        (b"\xef\xbb\xbf\n  " + rss("<title>Café 서울</title>"), "text/html; charset=bogus"),
        (rss("<title>Café 서울</title>", encoding="utf-16").decode().encode("utf-16"), ""),
        (
            rss("<title>Café 서울</title>", encoding="euc-kr").decode().encode("euc-kr", "ignore"),
            "",
        ),
    ],
)
def test_the_encoding_is_found_whatever_is_declared(content, content_type):
    title = only(content, content_type=content_type).title
    assert title.endswith("서울")


def test_latin_1_is_read_as_declared():
    content = rss("<title>Café</title>", encoding="iso-8859-1").decode().encode("iso-8859-1")
    assert only(content).title == "Café"


def test_one_broken_character_does_not_spoil_the_others():
    text = "서울에서 국방장관 회의가 열렸다 " * 10
    content = rss(f"<title>{text}</title>").replace("회의".encode(), "회의".encode()[:-1], 1)
    assert only(content).title.startswith("서울에서 국방장관")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"<!DOCTYPE html><title>x</title><p>Hello", "is a web page, not a feed"),
        (b"<!-- x --><html><body>Hello</body></html>", "is a web page, not a feed"),
        (b'<?xml version="1.0"?><opml><body/></opml>', "is neither RSS nor Atom"),
        (b"Not Found", "is not valid XML (line 2: syntax error)"),
        (b"{", "is not valid JSON (Expecting property name"),
        (b'{"version": "1"}', "is JSON, but not a JSON Feed"),
        (b"[1, 2]", "is JSON, but not a JSON Feed"),
    ],
)
def test_what_is_no_feed_says_what_it_is(content, reason):
    with pytest.raises(NotAFeed) as error:
        parse_feed(content, URL)
    assert str(error.value).startswith(reason)


def test_a_page_served_for_a_feed_tells_where_the_feed_is():
    page = b"""<!doctype html><link rel="alternate" hreflang="de" href="/de">
        <link rel="alternate" type="application/rss+xml" href="/rss"><p>Hello"""
    with pytest.raises(NotAFeed, match=r"names https://outlet\.example/rss as its feed"):
        parse_feed(page, URL)


def test_what_can_be_read_of_damaged_xml_is_read_and_the_damage_named():
    whole = rss("<title>First</title><guid>1</guid>", "<title>Second</title><guid>2</guid>")
    feed = parse_feed(whole[: whole.index(b"Second") + 6], URL)
    assert feed.entries[0].title == "First"
    assert feed.problems[0].startswith("is not valid XML (")


def test_a_feed_without_entries_is_a_feed():
    assert parse_feed(rss(), URL).entries == ()


def test_entities_that_multiply_do_no_harm():
    """The "billion laughs" document."""
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE r [<!ENTITY a0 "ha">{levels}]>' + rss("<title>&a9;</title>").decode()[38:]
    feed = parse_feed(bomb.encode(), URL)
    assert all(len(entry.title) < 1000 for entry in feed.entries)


NOTES = "https://outlet.example/notes.html"


def post(title: str, link: str, guid: str = "") -> str:
    named = f"<guid isPermaLink='false'>{guid}</guid>" if guid else ""
    return f"<title>{title}</title><link>{link}</link>{named}"


def test_entries_that_are_parts_of_one_page_stay_apart():
    content = rss(
        post("1.1", f"{NOTES}#a1"),
        post("1.1", f"{NOTES}?utm_source=rss#a2"),
        post("1.3", f"{NOTES}#a3", guid="id-3"),
    )
    entries = parse_feed(content, URL).entries
    assert [entry.guid for entry in entries] == [f"{NOTES}#a1", f"{NOTES}#a2", "id-3"]
    assert [entry.link for entry in entries] == [
        f"{NOTES}#a1",
        f"{NOTES}?utm_source=rss#a2",
        f"{NOTES}#a3",
    ]


def test_a_guid_that_all_parts_of_a_page_share_loses_none_of_them():
    content = rss(post("1.1", f"{NOTES}#a1", guid=NOTES), post("1.2", f"{NOTES}#a2", guid=NOTES))
    guids = [entry.guid for entry in parse_feed(content, URL).entries]
    assert guids == [f"{NOTES}#a1", f"{NOTES}#a2"]


@pytest.mark.parametrize("fragment", ["comments", "utm", "xtor=RSS-1", ":~:text=Seoul"])
def test_a_fragment_that_tells_no_entries_apart_is_dropped_from_the_link(fragment):
    content = rss(
        post("a", f"https://outlet.example/a#{fragment}"),
        post("b", f"https://outlet.example/b#{fragment}"),
    )
    links = [entry.link for entry in parse_feed(content, URL).entries]
    assert links == ["https://outlet.example/a", "https://outlet.example/b"]


def test_trackers_in_fragments_do_not_make_two_entries_of_one():
    content = rss(post("a", f"{NOTES}#xtor=RSS-1"), post("a", f"{NOTES}#xtor=RSS-2"))
    assert only(content).link == NOTES


def test_the_first_post_of_a_page_is_still_known_when_a_second_comes():
    alone = only(rss(post("1.1", f"{NOTES}#a1")))
    newer = rss(post("1.2", f"{NOTES}#a2"), post("1.1", f"{NOTES}#a1"))
    assert alone.guid in [entry.guid for entry in parse_feed(newer, URL).entries]
    assert alone.link == NOTES


def test_an_endless_guid_is_known_by_its_hash_and_an_endless_link_is_none():
    endless = "https://outlet.example/" + "x" * 3000
    content = rss(post("a", endless, guid="\uac00" * 400), post("b", endless), post("c", "/c", "c"))
    first, second, third = parse_feed(content, URL).entries
    assert (len(first.guid), first.link) == (64, "")
    assert (len(second.guid), second.link) == (64, "")
    assert first.guid != second.guid
    assert first.guid == parse_feed(content, URL).entries[0].guid
    assert (third.guid, third.link) == ("c", "https://outlet.example/c")


def test_half_characters_are_put_together_or_replaced_and_lose_no_entry():
    xml = rss(
        "<title>so &#55357;&#56832; &#xD83D;&#xde00; &#xD800;</title><guid>&#xDFFF;</guid>"
        "<link>https://outlet.example/&#xD800;</link>"
        "<description>&lt;p&gt;&#xD800;&amp;#xD800;&lt;/p&gt;</description>"
    )
    item = {"id": "\ud800", "title": "\ud800", "url": "/\ud800", "content_html": "<p>\ud800"}
    for content in (xml, json.dumps({"items": [item]}).encode()):
        entry = only(content)
        for text in (entry.guid, entry.link, entry.title, entry.summary_html, entry.content_html):
            text.encode()
    assert only(xml).title == "so \U0001f600 \U0001f600 \ufffd"


def test_a_page_served_for_a_feed_does_not_tell_the_password_it_was_asked_with():
    page = b'<!doctype html><link rel="alternate" type="application/rss+xml" href="/rss"><p>Hello'
    with pytest.raises(NotAFeed, match=r"names https://outlet\.example/rss as its feed"):
        parse_feed(page, "https://reader:s3cret@outlet.example/feed")
