"""An edition as a mail: the same in every form, small, harmless, readable anywhere."""

import email
import os
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.policy import default
from email.utils import formataddr, parseaddr

import lxml.html
import pytest
from rich.cells import cell_len

from digest.model import (
    Article,
    Citation,
    Counts,
    Edition,
    Sentence,
    Story,
    Summary,
    Told,
    UsageError,
)
from digest.publish.message import LIMIT, compose
from digest.publish.page import Templates
from digest.publish.plaintext import plaintext

SENDER, RECIPIENT = "Morning Digest <digest@news.example>", "Ada Kim <ada@home.example>"
PAGE = "https://news.example/daily/2026-11-23/digest.html"


def mail(edition, recipient=RECIPIENT, **more):
    """A mail as its reader's program reads it from the wire."""
    message = compose(edition, sender=SENDER, recipient=recipient, **more)
    return email.message_from_bytes(bytes(message), policy=default)


def text_of(read):
    return read.get_body(("plain",)).get_content().replace("\r\n", "\n")


def page_of(read):
    return read.get_body(("html",)).get_content()


def elements(read):
    return lxml.html.fromstring(page_of(read).encode())


@pytest.fixture
def arabic(edition):
    """An edition all of which is written from right to left."""
    return replace(
        edition, title="نشرة الصباح", language="ar", stories=(edition.stories[2],), health=()
    )


@pytest.fixture
def full():
    """``full(stories, words, articles)``: an edition of so many stories, each of so much."""

    def make(stories, articles, sentences=5, words=24, url="https://news.example/world/2026/11/23"):
        def tell(number):
            several = tuple(
                Article(
                    f"{url}/story-{number}/as-told-by-outlet-number-{outlet}?utm=no",
                    f"Headline of story {number} as “outlet {outlet}” gives it",
                    (),
                    source=f"The Daily Outlet {outlet}",
                    language="en",
                )
                for outlet in range(articles)
            )
            said = " ".join(["„Wörter“"] * 2 + ["words"] * (words - 2))
            lines = tuple(
                Sentence(
                    f"{said} {line}.",
                    tuple(Citation(a.url, 0, said) for a in several[line % 3 :: 3][:3]),
                )
                for line in range(sentences)
            )
            story = Story(several, f"A headline of usual length that tells story {number}")
            return Told(story, Summary(lines, "extractive", "all-MiniLM-L6-v2@53aa51172d14"))

        return replace(
            edition_of_nothing(),
            stories=tuple(map(tell, range(stories))),
            counts=Counts(40, stories * articles, stories),
        )

    return make


def edition_of_nothing():
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    return Edition("daily", "2026-11-23", "Morning Digest", "UTC", noon, noon, ())


def test_the_mail_of_an_edition_is_as_agreed(edition, golden):
    message = compose(
        edition,
        sender=SENDER,
        recipient=RECIPIENT,
        page_url=PAGE,
        unsubscribe="mailto:digest@news.example?subject=unsubscribe",
    )
    golden("mail.eml", bytes(message))


def test_a_mail_from_right_to_left_is_as_agreed(arabic, golden):
    message = compose(arabic, sender=SENDER, recipient="سارة <sara@home.example>")
    golden("mail-arabic.eml", bytes(message))


def test_a_mail_is_the_same_bytes_whatever_else_the_process_sends(arabic):
    """Packages change for all how UTF-8 is written: apprise does when it is imported."""
    code = (
        "import pickle, sys; {0}; from digest.publish.message import compose;"
        "edition = pickle.load(sys.stdin.buffer);"
        "mail = compose(edition, sender='Käthe <a@b.example>', recipient='سارة <c@d.example>');"
        "sys.stdout.buffer.write(bytes(mail))"
    )
    alone, beside_apprise = (
        subprocess.run(
            [sys.executable, "-c", code.format(first)],
            input=pickle.dumps(arabic),
            capture_output=True,
            check=True,
        ).stdout
        for first in ("pass", "import apprise.plugins.email")
    )
    assert alone == beside_apprise


def test_a_mail_says_what_it_is(edition):
    read = mail(edition, page_url=PAGE)
    assert read.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert read["From"].addresses[0].addr_spec == "digest@news.example"
    assert read["To"].addresses[0].display_name == "Ada Kim"
    assert read["Subject"] == "Morning Digest, 2026-11-23"
    assert read["Date"].datetime == edition.cutoff
    assert read["List-Id"] == "<daily.digest.news.example>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in read


def test_both_forms_tell_the_same(edition):
    read = mail(edition, page_url=PAGE)
    words = " ".join(text_of(read).split())
    page = " ".join(elements(read).text_content().split())
    for told in edition.stories:
        assert " ".join(told.story.headline.split()) in page
        for line in told.summary.sentences:
            assert line.text in page
    for said in ("Old Mill Gazette", "Nothing new for 41 days", "3 feeds fine", "Asia/Seoul."):
        assert said in words
        assert said in page
    start = plaintext(edition).partition("LEFT OUT, OR TOLD IN PART")[0].rstrip("=\n")
    assert text_of(read).startswith(start)
    assert "Minor league results" not in words + page


def test_the_same_mail_is_the_same_bytes_on_another_machine(edition):
    program = (
        "import pickle, sys; from digest.publish.message import compose;"
        "sys.stdout.buffer.write(bytes(compose(**pickle.load(sys.stdin.buffer))))"
    )
    asked = {"edition": edition, "sender": SENDER, "recipient": RECIPIENT, "page_url": PAGE}
    elsewhere = os.environ | {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    there = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps(asked),
        env=elsewhere | {"COLUMNS": "20", "TERM": "dumb", "FORCE_COLOR": "1"},
        capture_output=True,
        check=True,
    )
    assert there.stdout == bytes(compose(**asked)) == bytes(compose(**asked))


def test_each_recipient_and_slot_has_a_message_id_of_its_own(edition):
    ids = {
        mail(which, to)["Message-ID"]
        for which in (edition, replace(edition, slot="2026-11-24"), replace(edition, name="b"))
        for to in (RECIPIENT, "bo@home.example")
    }
    assert len(ids) == 6
    assert mail(edition, "ada@home.example")["Message-ID"] == mail(edition)["Message-ID"]


@pytest.mark.parametrize(
    "address",
    ["nobody", "", "a@", "@b", "a@b..example", "Ada <ada@home.example>\nBcc: all@home.example"],
)
def test_what_is_no_address_is_refused(edition, address):
    with pytest.raises(UsageError, match="is not a mail address"):
        compose(edition, sender=SENDER, recipient=address)


@pytest.mark.parametrize(
    "title",
    [
        "نشرة الصباح",
        "아침 뉴스 " * 12,
        "L’édition du matin — « politique », économie & société 🗞️",
        'A "quoted" title, with: <signs> \\ and (more)',
        "x" * 300,
    ],
)
def test_a_title_in_any_script_comes_through_in_ascii_lines(edition, title):
    data = bytes(compose(replace(edition, title=title), sender=SENDER, recipient=RECIPIENT))
    header = data.partition(b"\r\n\r\n")[0]
    assert header.isascii()
    assert email.message_from_bytes(data, policy=default)["Subject"] == (
        f"{' '.join(title.split())}, 2026-11-23"
    )


@pytest.mark.parametrize(
    "name", ["سارة أحمد", "Zoë " * 30 + "and the others", 'Ada "the first" Kim, M. Sc.', ""]
)
def test_a_name_in_any_script_comes_through(edition, name):
    name = name.strip()
    to = (
        formataddr((name, "sara@home.example"), "utf-8")
        if name.isascii()
        else (f"{name} <sara@home.example>")
    )
    data = bytes(compose(edition, sender=SENDER, recipient=to))
    # By the older parser: the newer one keeps the space between two encoded words of a name.
    shown, address = parseaddr(email.message_from_bytes(data)["To"].replace("\r\n", ""))
    assert (str(make_header(decode_header(shown))), address) == (name, "sara@home.example")
    assert max(map(len, data.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78


def test_who_can_unsubscribe_by_a_click_is_told_so(edition):
    address = f"https://news.example/unsubscribe?list=daily&token={'a' * 100}"
    message = compose(edition, sender=SENDER, recipient=RECIPIENT, unsubscribe=address)
    assert f"\r\nList-Unsubscribe: <{address}>\r\n".encode() in bytes(message)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in text_of(message)
    assert address in elements(message).xpath("//a/@href")


def test_who_can_unsubscribe_by_a_mail_is_not_offered_a_click(edition):
    read = mail(edition, unsubscribe="mailto:digest@news.example?subject=no%20more")
    assert read["List-Unsubscribe"] == "<mailto:digest@news.example?subject=no%20more>"
    assert "List-Unsubscribe-Post" not in read


def test_a_long_list_id_is_neither_folded_nor_encoded(edition):
    name, domain = "daily." + "elections-in-" * 6, f"{'a' * 50}.example"
    message = compose(replace(edition, name=name), sender=f"d@{domain}", recipient=RECIPIENT)
    label = name.replace(".", "-").strip("-")
    assert f"\r\nList-Id: <{label}.digest.{domain}>\r\n".encode() in bytes(message)


def test_twelve_stories_of_four_outlets_are_below_100_kb_and_whole(full):
    read = compose(full(12, 4), sender=SENDER, recipient=RECIPIENT, page_url=PAGE)
    assert len(bytes(read)) < 100_000
    assert "Shortened" not in text_of(read)
    assert len(elements(read).find_class("story")) == 12


def test_the_text_is_readable_at_72_columns(full, edition):
    for each in (full(12, 4), edition):
        for line in text_of(mail(each, page_url=PAGE)).splitlines():
            assert cell_len(line) <= 72 or re.fullmatch(r" *https?://\S+", line), line


@pytest.mark.parametrize("stories", [1, 3, 12])
def test_no_line_on_the_wire_is_too_long(full, arabic, stories):
    long = full(stories, 4, url=f"https://news.example/{'long/' * 300}")
    for each in (full(stories, 4), long, arabic):
        data = bytes(compose(each, sender=SENDER, recipient=RECIPIENT))
        assert max(map(len, data.split(b"\r\n"))) <= 998
        assert b"\n" not in data.replace(b"\r\n", b"")
        assert data.isascii()


def test_each_form_takes_the_shorter_encoding(full, arabic, edition):
    def encodings(which):
        return [part["Content-Transfer-Encoding"] for part in mail(which).iter_parts()]

    assert encodings(full(12, 4)) == ["quoted-printable", "quoted-printable"]
    assert encodings(arabic) == ["base64", "quoted-printable"]
    assert encodings(edition_of_nothing())[0] == "7bit"


@pytest.mark.parametrize(
    ("stories", "articles", "sentences", "words", "cut"),
    [
        (40, 4, 5, 24, "sentences"),
        (12, 60, 2, 24, "outlets"),
        (100, 4, 8, 40, "stories"),
        (1, 1, 1, 40_000, "1 story"),
    ],
)
def test_a_large_edition_is_shortened_and_says_so(full, stories, articles, sentences, words, cut):
    large = full(stories, articles, sentences, words)
    read = compose(large, sender=SENDER, recipient=RECIPIENT, page_url=PAGE)
    assert LIMIT * 0.85 * (stories > 1) < len(bytes(read)) <= LIMIT
    said = re.search(r"Shortened to fit into a mail, by [^.]*\.", " ".join(text_of(read).split()))[
        0
    ]
    assert cut in said
    (notice,) = (p for p in elements(read).iter("p") if "Shortened" in p.text_content())
    assert said in notice.text_content()
    assert notice.xpath(".//a/@href") == [PAGE]


def test_a_shortened_mail_without_a_page_links_nowhere(full):
    read = mail(full(40, 4))
    (notice,) = (p for p in elements(read).iter("p") if "Shortened" in p.text_content())
    assert notice.xpath(".//a") == []


def test_the_page_loads_nothing_and_links_only_to_the_web(edition):
    read = mail(edition, page_url=PAGE, unsubscribe="mailto:digest@news.example")
    page = elements(read)
    allowed = {"html", "head", "meta", "title", "style", "body", "div", "p", "h1", "h2", "h3",
               "span", "sup", "a"}  # fmt: skip
    found = {element.tag for element in page.iter() if isinstance(element.tag, str)}
    assert found <= allowed
    named = {name for element in page.iter() for name in element.attrib}
    assert not {name for name in named if name.startswith("on")}
    assert not named & {"src", "srcset", "background", "poster", "data"}
    for styles in (*page.xpath("//@style"), *page.xpath("//style/text()")):
        assert not re.search(r"url\(|@import|expression", styles)
    for href in page.xpath("//a/@href"):
        assert href.startswith(("https://", "http://", "mailto:digest@news.example")), href


def test_a_page_that_is_nowhere_on_the_web_is_not_linked(edition):
    assert bytes(
        compose(edition, sender=SENDER, recipient=RECIPIENT, page_url="javascript:alert(1)")
    ) == bytes(compose(edition, sender=SENDER, recipient=RECIPIENT))


def test_each_sentence_links_to_the_articles_it_rests_on(edition):
    page = elements(mail(edition))
    for told, story in zip(edition.stories, page.find_class("story"), strict=True):
        shown = [sup.xpath("./a/@href") for sup in story.xpath("./p[@class='told']/sup")]
        assert shown == [
            list(dict.fromkeys(c.article for c in s.sources if c.article.startswith("https:")))
            for s in told.summary.sentences
        ]
        (outlets,) = story.find_class("outlets")
        assert [number.text for number in outlets.iter("sup")] == [
            str(number) for number, _ in enumerate(told.story.articles, start=1)
        ]


def test_each_element_has_its_style_for_programs_that_read_no_style_sheet(edition):
    page = elements(mail(edition, page_url=PAGE))
    plain = [e for e in page.iter("body", "h1", "h2", "h3", "p", "a", "sup") if not e.get("style")]
    assert plain == []
    (sheet,) = page.xpath("//style/text()")
    outside = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", sheet)
    assert outside.split("{")[0].strip() == ":root"
    assert "(prefers-color-scheme: dark)" in sheet
    assert page.xpath("//meta[@name='color-scheme']/@content") == ["light dark"]
    assert len(sheet.encode()) < 8192  # Gmail drops a sheet of more than 16 kB


def test_each_text_says_its_language_and_direction(edition, arabic):
    page = elements(mail(edition))
    spoken = [(h.get("lang"), h.get("dir")) for h in page.iter("h2")]
    assert spoken[:3] == [("en", "ltr"), ("ko", "ltr"), ("ar", "rtl")]
    assert page.xpath("//span[@lang='de']/text()") == ["Die Jury lobte vor allem die Kruste."]
    (title,) = elements(mail(arabic)).iter("h1")
    assert (title.get("lang"), title.get("dir"), title.text) == ("ar", "rtl", "نشرة الصباح")


def test_the_list_of_mails_shows_what_the_edition_holds(edition):
    body = elements(mail(edition)).find("body")
    assert body[0].text == elements(mail(edition)).find_class("standfirst")[0].text
    assert "display:none" in body[0].get("style")


def test_a_readers_own_templates_are_used(edition, tmp_path):
    (tmp_path / "mail.html").write_text("<p class='mine'>{{ view.title }}, {{ notice }}</p>")
    (tmp_path / "mail.css").write_text(".mine { color: green }")
    page = page_of(mail(edition, templates=Templates(tmp_path)))
    assert '<p class="mine" style="color:green">Morning Digest, </p>' in page
