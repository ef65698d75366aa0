"""Figures as a bar chart, on a page and as an image of its own."""

import pytest
from lxml import etree, html

from digest.publish.chart import GAP, LETTER, LETTERS, VALUES, WIDTH, bars, written

SVG = "{http://www.w3.org/2000/svg}"
ROWS = [("Harbour Post", 1204), ("Daily Meridian", 602), ("Tide Wire", 0)]


def drawn(*args, **kwargs):
    return etree.fromstring(bars(*args, **kwargs))


def texts(svg):
    return [each.text for each in svg.iter(f"{SVG}text")]


def widths(svg):
    return [float(each.get("width")) for each in svg.iter(f"{SVG}rect") if not each.get("class")]


def test_each_row_is_a_bar_with_its_name_and_its_value():
    svg = drawn("Articles by feed", ROWS, "articles")
    assert texts(svg) == [
        "Articles by feed",
        *("Harbour Post", "1,204"),
        *("Daily Meridian", "602"),
        *("Tide Wire", "0"),
        "articles",
    ]


def test_the_longest_bar_fills_the_chart_and_the_others_are_in_proportion():
    longest, half, none = widths(drawn("Articles by feed", ROWS, "articles"))
    assert longest == WIDTH - LETTER * len("Daily Meridian") - GAP - VALUES
    assert half == pytest.approx(longest / 2)
    assert none == 0


def test_a_screen_reader_is_told_title_and_all_values():
    svg = drawn("Articles by feed", ROWS, "articles")
    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title") == "Articles by feed"
    assert svg.findtext(f"{SVG}desc") == (
        "Harbour Post: 1,204 articles; Daily Meridian: 602 articles; Tide Wire: 0 articles"
    )


def left(label):
    """Where the bars of a chart with this label begin."""
    [bar] = drawn("Articles by feed", [(label, 1)], "articles").iter(f"{SVG}rect")
    return float(bar.get("x"))


def test_short_names_leave_the_room_to_the_bars_and_long_ones_take_only_so_much():
    assert left("Tide") == 4 * LETTER + GAP
    assert left("한강") == left("Tide"), "a Korean letter is as wide as two"
    assert left("N" * LETTERS) == left("N" * 99) == LETTERS * LETTER + GAP


@pytest.mark.parametrize(
    ("value", "as_text"),
    [
        *((0, "0"), (3, "3"), (3.5, "3.5"), (0.036, "0.04"), (0.0042, "0.004")),
        *((120.0, "120"), (1e6, "1,000,000")),
    ],
)
def test_values_are_written_as_a_person_would(value, as_text):
    assert written(value) == as_text
    assert as_text in texts(drawn("Durations", [("publish", value)], "seconds"))


@pytest.mark.parametrize("rows", [[], [("Tide Wire", 0)]])
def test_nothing_to_show_is_a_chart_too(rows):
    svg = drawn("Articles by feed", rows, "articles")
    assert ("Nothing to show" in texts(svg)) == (not rows)
    assert sum(widths(svg)) == 0


@pytest.mark.parametrize(
    ("label", "short"),
    [
        ("The Gazette of the Northern Provinces", "The Gazette of the Nort…"),
        ("서울신문 한강 일보 아주 긴 이름의 신문", "서울신문 한강 일보 아주…"),
    ],
)
def test_a_long_name_is_cut_to_its_place_and_told_whole_on_pointing_at_it(label, short):
    svg = drawn("Articles by feed", [(label, 2)], "articles")
    assert short in texts(svg)
    assert svg.findtext(f"{SVG}g/{SVG}title") == f"{label}: 2 articles"


@pytest.mark.parametrize("alone", [False, True])
def test_a_feeds_name_stays_text(alone):
    nasty = "</text><script>alert(1)</script>\x00\u202e&amp;"
    for read in (etree.fromstring, html.fromstring):
        svg = read(bars(nasty, [(nasty, 1)], "articles", alone=alone))
        found = {etree.QName(each).localname for each in svg.iter()}
        assert found <= {"svg", "title", "desc", "style", "g", "text", "rect", "path"}
        assert texts(svg)[:1] in ([], ["</text><script>alert(1)</script>&amp;"])


def test_on_a_page_it_has_no_style_of_its_own_and_takes_the_pages_colour():
    svg = drawn("Articles by feed", ROWS, "articles")
    assert svg.get("fill") == "currentColor"
    assert svg.find(f"{SVG}style") is None


def test_alone_it_brings_colours_for_light_and_dark():
    svg = drawn("Articles by feed", ROWS, "articles", alone=True)
    assert "prefers-color-scheme: dark" in svg.findtext(f"{SVG}style")
    [paper] = [each for each in svg.iter(f"{SVG}rect") if each.get("class") == "paper"]
    x, y, width, _ = map(int, svg.get("viewBox").split())
    assert (paper.get("x"), paper.get("y")) == (str(x), str(y))
    assert width > WIDTH
