"""Feeds and pages are written by strangers: nothing of theirs becomes markup, link or formula."""

import csv
import gzip
import json
import os
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import lxml.html
import pandas as pd
import pytest
import yaml
from jsonschema import Draft202012Validator
from lxml import etree
from markdown_it import MarkdownIt

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
from digest.publish.archive import write_archive
from digest.publish.files import write_edition
from digest.publish.markdown import body
from digest.publish.message import compose
from digest.publish.plain import clean, link, tongue
from digest.publish.render import render, to_json
from digest.publish.schema import json_schema

ATOM = "{http://www.w3.org/2005/Atom}"
ATTACKS = Path(__file__).parents[2].parent / "shared" / "eval" / "xss.jsonl.gz"
BINARY = ("digest.epub", "articles.parquet")
SCHEMA = Draft202012Validator(json.loads(json_schema()))
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def filled(text, url):
    """An edition in which strangers wrote ``text`` and ``url`` wherever they can write."""
    article = Article(url, text, (text,), source=text, author=text, published=NOON, language=text)
    silent = Article(f"{url}#2", text, (text,), source="", language=text, origin="summary")
    cited = (Citation(url, 0, text), Citation(f"{url}#2", 0, text))
    story = Story((article, silent), text, 1.0, (Reason(text, 1.0, text),))
    return Edition(
        name="daily",
        slot="2026-11-23",
        title=text,
        timezone="UTC",
        start=NOON,
        cutoff=NOON,
        stories=(
            Told(
                story,
                Summary((Sentence(text, cited),), "generative", text, text, notes=(text, text)),
            ),
            Told(Story((silent,), text), Summary((), "extractive", text, text)),
        ),
        health=tuple(
            FeedHealth(url, text, status, text) for status in ("ok", "failing", "silent", "moved")
        ),
        left_out=(LeftOut("story", text, url, text), LeftOut("article", "", url, text)),
        counts=Counts(1, 1, 1),
        topic=text,
        language=text,
        undelivered=(Undelivered(text, "2026-11-22", text),),
    )


def skeleton(page):
    """Every element of a page with the names of its attributes, in order."""
    return [
        (element.tag, sorted(element.attrib))
        for element in lxml.html.fromstring(page.decode()).iter()
    ]


def book(data):
    """The files inside an e-book."""
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def skeletons(parts):
    """The same for the XML files of a book, which only parse if they are well-formed."""
    return {
        name: [(e.tag, e.keys()) for e in etree.fromstring(data).iter()]
        for name, data in parts.items()
        if name.endswith(("xml", "xhtml", "opf"))
    }


def links(page):
    return {a.get("href") for a in lxml.html.fromstring(page.decode()).iter("a")}


def mailed(edition):
    """The page in its mail, whose other parts hold nothing but lines of text."""
    people = {"sender": "digest@news.example", "recipient": "ada@home.example"}
    message = message_from_bytes(bytes(compose(edition, **people)), policy=default)
    assert message.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "MIME-Version",
        "Content-Type",
    ]  # fmt: skip
    text, page = (part.get_content() for part in message.iter_parts())
    assert not CONTROL.search(text.replace("\r\n", "\n"))
    return page.encode()


def archive(outputs, edition, title="Digest"):
    """The page that lists an edition; all these editions take the same place."""
    write_edition(outputs, edition, {"digest.json": to_json(edition)})
    write_archive(outputs, title)
    return (outputs / "index.html").read_bytes()


@pytest.fixture(autouse=True)
def _no_power_cut(monkeypatch):
    """The many archives of these tests need not outlast one."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


ATTACKS_BY_HAND = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><svg/onload=alert(1)>",
    "]]><script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "](javascript:alert(1)) ![x](https://evil.example/x.png) <https://evil.example>",
    "`code` **bold** _it_ ~~no~~ | a | b |",
    "&lt;script&gt; &#60;b&#62; &amp;",
    "\\](https://evil.example)\\",
    "=cmd|'/C calc'!A0",
    "\t+1",
    "\u202egnp.exe\u2066",
    "nul\x00 bell\x07 esc\x1b[31m cr\r\nlf\u2028ls \x85 \ufffe \ud800",
]


def attacks():
    if ATTACKS.exists():
        with gzip.open(ATTACKS, "rt", encoding="utf-8") as rows:
            return [json.loads(row)["payload"] for row in rows]
    return []


def syndicated(outputs):
    """What a feed reader shows of the edition, from either feed."""
    (entry,) = json.loads((outputs / "feed.json").read_bytes())["items"]
    atom = ET.parse(outputs / "feed.xml").getroot()
    assert atom.findtext(f"{ATOM}entry/{ATOM}content") == entry["content_html"]
    return f"<body>{entry['content_html']}</body>".encode()


def searched(outputs):
    """The texts of a story that the search shows, read as what they have to be: data."""
    script = (outputs / "search/daily/2026-11-23.js").read_text()
    assert script.startswith("archive([[")
    assert script.endswith("]]);\n")
    return json.loads(script.removeprefix("archive(").removesuffix(");\n"))


@cache
def calm(url):
    """The files, the mail, the list and the feed of a harmless edition."""
    edition = filled("harmless words", url)
    with TemporaryDirectory() as folder:
        index = archive(Path(folder), edition, "harmless")
        return render(edition), mailed(edition), index, syndicated(Path(folder))


def holds_in_every_file(attack, outputs):
    """Assert that an edition full of an attack is built of the same parts as a harmless one."""
    address = attack.replace("\ud800", "")  # an article with such an address has no key
    for url, harmless in (
        (address, "no address"),
        (f"https://news.example/{address}", "https://news.example/a"),
    ):
        edition = filled(f"{attack} and more", url)
        calm_files, calm_letter, calm_index, calm_feed = calm(harmless)
        files, letter = render(edition), mailed(edition)
        assert skeleton(files["digest.html"]) == skeleton(calm_files["digest.html"]), attack
        assert skeleton(letter) == skeleton(calm_letter), attack
        assert all(href.startswith("https://news.example/") for href in links(letter)), attack
        ours = ("#", "../", "https://news.example/")
        assert all(href.startswith(ours) for href in links(files["digest.html"])), attack

        _, properties, note = files["digest.md"].decode().split("---\n", 2)
        assert len(properties.splitlines()) == len(yaml.safe_load(properties)["tags"]) + 7
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(note)
        spans = [span for token in tokens for span in token.children or ()]
        assert {t.type for t in tokens} <= {
            "inline", "hr", "blockquote_open", "blockquote_close", "heading_open", "heading_close",
            "paragraph_open", "paragraph_close", "bullet_list_open", "bullet_list_close",
            "ordered_list_open", "ordered_list_close", "list_item_open", "list_item_close",
        }, attack  # fmt: skip
        assert {s.type for s in spans} <= {"text", "link_open", "link_close", "em_open", "em_close"}
        assert sum(span.type == "em_open" for span in spans) == 1  # the topic
        hrefs = [span.attrs["href"] for span in spans if span.type == "link_open"]
        assert all(href.startswith("https://news.example/") for href in hrefs), attack

        for cell in (
            c for row in csv.reader(files["articles.csv"].decode().splitlines()) for c in row
        ):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), attack
        parts, calm_parts = (book(each["digest.epub"]) for each in (files, calm_files))
        assert skeletons(parts) == skeletons(calm_parts), attack
        SCHEMA.validate(json.loads(files["digest.json"]))
        table = pd.read_parquet(BytesIO(files["articles.parquet"]))
        texts = {name: files[name] for name in files if name not in BINARY} | parts
        for data in (*texts.values(), table.to_csv(lineterminator="\n").encode()):
            assert not CONTROL.search(data.decode()), attack

        index = archive(outputs, edition, attack)
        assert skeleton(index) == skeleton(calm_index), attack
        feed = syndicated(outputs)
        assert skeleton(feed) == skeleton(calm_feed), attack
        assert all(href.startswith(("daily/", "https://news.example/")) for href in links(feed))
        for _, headline, code, _, sentences in searched(outputs):
            assert headline == clean(f"{attack} and more"), attack
            assert code == tongue(headline).code
            assert set(sentences) <= {headline}


@pytest.mark.parametrize("attack", ATTACKS_BY_HAND)
def test_an_attack_stays_text_in_every_file(attack, tmp_path):
    holds_in_every_file(attack, tmp_path)


def test_known_attacks_stay_text_in_every_file(tmp_path):
    known = attacks()
    if not known:
        pytest.skip(f"{ATTACKS.name} is not beside this checkout")
    for attack in known:
        holds_in_every_file(attack, tmp_path)


def test_a_feed_readers_copy_holds_no_markup_of_strangers(tmp_path):
    archive(tmp_path, filled("<script>x</script> & <b>y</b>", "https://news.example/"))
    entry = ET.parse(tmp_path / "feed.xml").getroot().find(f"{ATOM}entry")
    content = lxml.html.fromstring(entry.findtext(f"{ATOM}content"))
    tags = {"div", "h2", "p", "em", "sup", "ol", "li", "a"}
    assert {element.tag for element in content.iter()} == tags
    assert content.findtext(".//a") == "<script>x</script> & <b>y</b>"


def test_a_markdown_reader_sees_the_headline_as_it_was_written():
    title = "1. <b>A</b> [b](c) *d* _e_ `f` & &amp; # | ~g~ \\ !"
    tokens = MarkdownIt("commonmark").parse(body(filled(title, "https://news.example/")))
    headline = next(t for i, t in enumerate(tokens) if tokens[i - 1].tag == "h2")
    assert "".join(span.content for span in headline.children) == title


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://news.example/a?b=c&d=(e)#f", "https://news.example/a?b=c&d=(e)#f"),
        ("http://news.example/기사", "http://news.example/기사"),
        ("HTTPS://news.example/", "HTTPS://news.example/"),
        ("https://news.example/a b\"c'<d>", "https://news.example/a%20b%22c%27%3Cd%3E"),
        ("https://news.example/\u202efdp.exe", "https://news.example/%E2%80%AEfdp.exe"),
        (
            "https://news.example/a\u3000b\u2003c\ufeff",
            "https://news.example/a%E3%80%80b%E2%80%83c%EF%BB%BF",
        ),
        ("https://me:s3cret@news.example/a@b", "https://news.example/a@b"),
        ("HTTP://me:s3 cr@t@news.example/", "HTTP://news.example/"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        (" javascript:alert(1)", ""),
        ("data:text/html,<b>", ""),
        ("//news.example/", ""),
        ("https:news.example", ""),
        ("https://", ""),
        ("http://[::1/", ""),
        ("file:///etc/passwd", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(url, linked):
    assert link(url) == linked


def test_text_keeps_what_writing_needs_and_loses_what_reorders_it():
    assert clean(" two\n lines\t") == "two lines"
    assert clean("a\u202eb\u2066c\u2069") == "abc"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"
    assert clean("👩\u200d🚀") == "👩\u200d🚀"
    assert clean("x\ud800y") == "x\ufffdy"
    assert clean("\x00 a \x07 b\x1fc \ufeff") == "a b c"


@pytest.mark.parametrize(
    ("language", "code", "direction"),
    [
        ("en", "en", "ltr"),
        ("ko-KR", "ko-KR", "ltr"),
        ("ar", "ar", "rtl"),
        ("fa-IR", "fa-IR", "rtl"),
        ("az-Arab", "az-Arab", "rtl"),
        ("", "", "auto"),
        ('en" onclick="x', "", "auto"),
        ("english language", "", "auto"),
    ],
)
def test_a_claimed_language_is_used_only_if_it_can_be_one(language, code, direction):
    assert (tongue(language).code, tongue(language).direction) == (code, direction)


def test_the_password_in_a_feeds_address_is_in_no_file(tmp_path):
    feed = "http://reader:s3cret@news.example/feed?token=abc"
    edition = filled(f"see {feed} or {feed}", feed)
    files = render(edition) | {"index.html": archive(tmp_path, edition, feed)}
    files["feed.xml"] = (tmp_path / "feed.xml").read_bytes()
    for name, data in files.items():
        assert b"s3cret" not in data, name
        assert b"reader:" not in data, name
    assert "http://news.example/feed?token=abc" in links(files["digest.html"])


def test_words_that_look_like_a_login_but_are_none_stay():
    for words in ("git clone ssh://git@host.example/x", "https://news.example/@me", "a@b.example"):
        assert clean(words) == words


def test_an_article_without_a_page_is_told_without_a_link():
    files = render(filled("words", "urn:uuid:6ba7b811-9dad-11d1-80b4-00c04fd430c8"))
    assert all(href.startswith(("#", "../")) for href in links(files["digest.html"]))
    assert [story["url"] for story in json.loads(files["digest.json"])["stories"]] == ["", ""]
