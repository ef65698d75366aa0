"""Pages as outlets serve them, and what is left of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.ingest.boilerplate import is_boilerplate, is_wall
from digest.ingest.extract import extract_page
from digest.ingest.language import language_of
from digest.ingest.plaintext import paragraphs_of

URL = "https://www.outlet.example/2026/11/22/ministers-meet"

BODY = [
    "The defence ministers of the two countries met in Seoul on Sunday and agreed on a plan that "
    "had been prepared for more than a year by a working group of both ministries.",
    "The plan, which both parliaments still have to pass, provides for joint patrols along the "
    "northern coast, a shared repair yard and a fund for the towns that the work will affect.",
    "Critics said that the costs had been put far too low. The ministry's own auditors had come to "
    "a figure twice as high in a report that was published in the spring.",
    "A second meeting is planned for March, when the chiefs of staff will report on the first of "
    "the patrols and on the state of the negotiations about the yard.",
]


def page(body: str = "", head: str = "", lang: str = "en") -> str:
    links = "".join(f'<li><a href="/{n}">Another headline number {n}</a></li>' for n in range(9))
    body = body or "".join(f"<p>{paragraph}</p>" for paragraph in BODY)
    return f"""<!doctype html><html lang="{lang}"><head><meta charset="utf-8">
        <title>Ministers meet in Seoul | The Outlet</title>
        <meta property="og:site_name" content="The Outlet">{head}</head><body>
        <nav><ul>{links}</ul></nav>
        <div class="cookie-banner">We use cookies on this site. <button>OK</button></div>
        <main><article><h1>Ministers meet in Seoul</h1>{body}</article></main>
        <aside class="related"><ul>{links}</ul></aside><footer>© 2026 The Outlet</footer>
        </body></html>"""


def test_a_page_gives_its_paragraphs_and_nothing_of_what_surrounds_them():
    found = extract_page(page(), URL)
    assert list(found.paragraphs) == BODY
    assert (found.title, found.sitename, found.language) == (
        "Ministers meet in Seoul",
        "The Outlet",
        "en",
    )
    assert (found.url, found.published) == (URL, datetime(2026, 11, 22, tzinfo=UTC))


def test_calls_to_subscribe_and_advertisements_between_the_paragraphs_are_left_out():
    first, second, *rest = BODY
    parts = [first, "Advertisement", second, "Read more: Another story", *rest]
    parts += ["Sign up to our daily newsletter for the stories that matter", "© 2026 The Outlet"]
    body = "".join(f"<p>{part}</p>" for part in parts)
    assert list(extract_page(page(body), URL).paragraphs) == BODY


def test_headings_and_lists_are_paragraphs_of_their_own():
    first, second, third, fourth = BODY
    body = f"<p>{first}</p><p>{second}</p><h2>What critics say</h2><p>{third}</p>"
    body += "<ul><li>Joint patrols along the coast</li><li>A shared repair yard</li></ul>"
    body += f"<p>{fourth}</p>"
    assert list(extract_page(page(body), URL).paragraphs) == [
        first,
        second,
        "What critics say",
        third,
        "Joint patrols along the coast",
        "A shared repair yard",
        fourth,
    ]


def test_a_link_in_the_middle_of_a_sentence_is_not_cut_out_of_it():
    linked = BODY[1].replace(
        "joint patrols", '<span class="link"><a href="/x">joint patrols</a></span>'
    )
    body = "".join(f"<p>{part}</p>" for part in (BODY[0], linked, *BODY[2:]))
    assert list(extract_page(page(body), URL).paragraphs) == BODY


def test_a_body_cut_up_around_advertisements_is_put_together_again():
    halves = ["".join(f"<p>{part * 3}</p>" for part in half) for half in (BODY[:2], BODY[2:])]
    part = '<div class="row"><div class="body article__body">{}</div></div><div class="ad">Ad</div>'
    text = extract_page(page("".join(map(part.format, halves))), URL).text
    assert all(paragraph in text for paragraph in BODY)


@pytest.mark.parametrize(
    ("head", "published"),
    [
        (
            '<meta property="article:published_time" content="2026-11-22T09:30:00+09:00">',
            datetime(2026, 11, 22, 0, 30, tzinfo=UTC),
        ),
        (
            '<script type="application/ld+json">{"@type": "NewsArticle",'
            '"datePublished": "2026-11-22T00:30:00Z"}</script>',
            datetime(2026, 11, 22, 0, 30, tzinfo=UTC),
        ),
        ('<meta name="dcterms.created" content="2025-11-22">', datetime(2025, 11, 22, tzinfo=UTC)),
        ('<meta property="article:published_time" content="soon">', None),
        ('<meta property="article:published_time" content="2199-01-01">', None),
    ],
)
def test_the_date_is_the_pages_own_to_the_second_where_it_says_so(head, published):
    assert extract_page(page(head=head), "https://outlet.example/a").published == published


@pytest.mark.parametrize(
    ("head", "address"),
    [
        ('<link rel="canonical" href="/seoul-ministers?utm_source=x">', "/seoul-ministers"),
        ('<meta property="og:url" content="https://outlet.example/a">', "https://outlet.example/a"),
        ('<link rel="canonical" href="https://elsewhere.example/a">', URL),
        ('<link rel="canonical" href="/">', URL),
        ('<link rel="canonical" href="http://[">', URL),
    ],
)
def test_the_address_is_what_the_page_calls_itself_if_that_can_be(head, address):
    expected = "https://www.outlet.example" + address if address.startswith("/") else address
    assert extract_page(page(head=head), URL + "?utm_medium=rss").url == expected


@pytest.mark.parametrize("charset", ["utf-8", "euc-kr"])
def test_the_encoding_is_that_of_the_header_unless_it_is_plainly_utf_8(charset):
    korean = (
        "한미 국방장관이 일요일 서울에서 만나 일 년 넘게 준비한 계획에 합의했다고 국방부가 밝혔다. "
    )
    html = page(f"<p>{korean * 4}</p><p>{korean * 3}</p>").replace('<meta charset="utf-8">', "")
    found = extract_page(html.encode(charset, "ignore"), URL, "text/html; charset=euc-kr")
    assert "한미 국방장관이" in found.text
    assert found.language == "ko", "what the text is in counts before what the page declares"


@pytest.mark.parametrize("charset", ["base64", "bogus", "", "\0"])
def test_a_charset_that_is_none_is_no_help_and_no_harm(charset):
    html = page().replace("Critics", "Cr\u00edticos").encode("latin-1")
    assert "met in Seoul" in extract_page(html, URL, f"text/html; charset={charset}").text


@pytest.mark.parametrize(
    "html", ["", b"", "x", b"\x00\x01\x02", "<html></html>", "<?xml version='1.0'?>"]
)
def test_a_page_without_text_gives_nothing(html):
    assert extract_page(html, URL) is None


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement",
        "ADVERTISEMENT:",
        "Read more",
        "Read more: Seoul talks fail",
        "Related stories",
        "Sign up for our free newsletter and get it every morning",
        "Get the latest news delivered to your inbox.",
        "Follow us on Twitter",
        "The post Seoul talks first appeared on The Outlet.",
        "© 2026 The Outlet. All rights reserved.",
        "ⓒ 매일신문 무단전재 및 재배포 금지",
        "Lesen Sie auch: Mehr aus Seoul",
    ],
)
def test_furniture_is_told_by_its_wording(line):
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement revenue fell by a third last year, the company said.",
        "Share prices in Seoul rose after the announcement.",
        "Read the report: it is damning.",
        "Sign up to the treaty or leave, the minister told the delegates.",
        "Follow the money, investigators were told.",
        "More than 300 delegates came.",
        "Related parties must be named under the new law.",
        "Regulators want websites to stop using cookies to track people.",
        "The newspaper asked its subscribers what they read.",
    ],
)
def test_news_about_such_things_is_not_furniture(line):
    assert not is_boilerplate(line)
    assert not is_wall(line)


@pytest.mark.parametrize(
    "line",
    [
        "We use cookies and similar technologies to improve your experience.",
        "We and our 842 partners store and access information on your device.",
        "Please enable JavaScript to view this page.",
        "Subscribe to continue reading",
        "This article is for subscribers only.",
        "Verify you are human by completing the action below.",
        "Wir verwenden Cookies, um unser Angebot zu verbessern.",
    ],
)
def test_walls_are_told_by_their_wording(line):
    assert is_wall(line)


def test_the_text_tells_its_language_where_it_can_and_the_declaration_where_not():
    german = "Die Verteidigungsminister beider Länder trafen sich am Sonntag in der Hauptstadt."
    assert language_of(german, "en") == "de"
    assert language_of("OK", "fr-CA") == "fr"
    assert language_of("", "") == ""


@pytest.mark.parametrize(
    ("markup", "paragraphs"),
    [
        ("", ()),
        ("<p></p>", ()),
        ("<!-- x -->", ()),
        ("just &amp; text\x00 here", ("just & text here",)),
        ("a<p>b <b>c</b>d<p>e<br>f", ("a", "b cd", "e", "f")),
        ("<div>a<script>x()</script><style>y</style>b</div>", ("ab",)),
        ("<ul><li>1<li>2</ul>tail", ("1", "2", "tail")),
        ("<section>a</section>b<o:p>c</o:p>", ("a", "b", "c")),
    ],
)
def test_markup_becomes_a_paragraph_for_each_of_its_blocks(markup, paragraphs):
    assert paragraphs_of(markup) == paragraphs
