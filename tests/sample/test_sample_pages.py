"""The pages as a reader of articles sees them: the text is there, and what stands around it."""

from html import unescape

import pytest
import trafilatura
from protego import Protego

from digest.sample.newsroom import Newsroom, Piece
from digest.sample.press import Resource
from digest.sample.words import in_language

BASE_URL = "http://127.0.0.1:8765"

Printed = dict[str, Resource]


def extracted(printed: Printed, piece: Piece) -> str:
    text = trafilatura.extract(
        printed[piece.path].body.decode(), url=BASE_URL + piece.path, include_comments=False
    )
    return " ".join((text or "").split())


def readable(newsroom: Newsroom) -> list[Piece]:
    return [p for p in newsroom.pieces if p.page == "article" and p.outlet.layout != "script"]


def one(newsroom: Newsroom, page: str) -> Piece:
    (piece,) = [piece for piece in newsroom.pieces if piece.page == page]
    return piece


def test_every_layout_gives_its_article_and_nothing_around_it(printed: Printed, newsroom: Newsroom):
    layouts = {piece.outlet.layout: piece for piece in readable(newsroom)}
    assert set(layouts) == {"classic", "wire", "magazine", "plain"}
    for piece in readable(newsroom):
        text = extracted(printed, piece)
        words = in_language("chrome.yaml", piece.outlet.language)
        for paragraph in piece.paragraphs:
            assert paragraph in text, piece.path
        page = unescape(printed[piece.path].body.decode())
        for name in ("cookies", "newsletter", "advert_text", "rights", "sample"):
            assert words[name] in page, (piece.path, name)
            assert words[name] not in text, (piece.path, name)
        assert words["related"] not in text, piece.path


def test_pages_give_title_and_date(printed: Printed, newsroom: Newsroom):
    for piece in readable(newsroom):
        page = trafilatura.extract_metadata(
            printed[piece.path].body.decode(), default_url=BASE_URL + piece.path
        )
        assert page.title == piece.title
        assert page.date == f"{piece.published:%Y-%m-%d}"
        assert page.url == BASE_URL + piece.path


def test_a_cookie_wall_shows_nothing_of_the_article(printed: Printed, newsroom: Newsroom):
    piece = one(newsroom, "cookie-wall")
    body = printed[piece.path].body.decode()
    assert printed[piece.path].status == 200
    assert "Marit" in piece.summary
    assert "Lowmere" not in body


def test_a_paywall_answers_403(printed: Printed, newsroom: Newsroom):
    piece = one(newsroom, "paywall")
    assert printed[piece.path].status == 403
    assert "ETag" not in printed[piece.path].headers
    assert piece.paragraphs[1] not in printed[piece.path].body.decode()


def test_a_page_drawn_by_a_script_is_empty(printed: Printed, newsroom: Newsroom):
    shells = [piece for piece in newsroom.pieces if piece.outlet.layout == "script"]
    assert shells
    for piece in shells:
        assert len(extracted(printed, piece).split()) < 20


def test_robots_txt_keeps_away_print_versions_and_one_article(printed: Printed, newsroom: Newsroom):
    robots = Protego.parse(printed["/robots.txt"].body.decode())
    kept_away = [p for p in newsroom.pieces if not robots.can_fetch(BASE_URL + p.path, "digest")]
    assert [piece.event for piece in kept_away] == ["northgate-buses"]
    assert not robots.can_fetch(BASE_URL + "/kilowatt/print/anything", "digest")
    assert robots.can_fetch(BASE_URL + "/kilowatt/feed.json", "digest")


@pytest.mark.parametrize(
    "planted",
    ["<p>He said ", "<p>But ", "Read more:", '<p class="author">By ', "<figcaption>", " km/h", "%"],
)
def test_challenges_are_planted(printed: Printed, newsroom: Newsroom, planted: str):
    pages = [printed[piece.path].body.decode() for piece in readable(newsroom)]
    assert any(planted in page for page in pages)


def test_front_pages_list_what_the_outlet_published(printed: Printed, newsroom: Newsroom):
    for piece in newsroom.pieces:
        front = printed[piece.outlet.address("")].body.decode()
        assert f'href="{BASE_URL}{piece.path}"' in front
    assert "quarry-gazette/feed.xml" in printed["/"].body.decode()
