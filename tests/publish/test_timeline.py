"""Figures day by day as columns: in proportion, with their days and values in words."""

from datetime import date, timedelta
from math import nan

import pytest
from lxml import etree

from digest.publish.timeline import PLOT, TOP, day_name, timeline

SVG = "{http://www.w3.org/2000/svg}"
FIRST = date(2026, 10, 25)


def drawn(values, unit="articles", **more):
    days = [(FIRST + timedelta(days=n), value) for n, value in enumerate(values)]
    return etree.fromstring(timeline("Articles a day", days, unit, "Many came.", **more))


def columns(svg):
    """(day and value in words, where it begins, how wide, its foot, how high)."""
    return [
        (
            rect.findtext(f"{SVG}title"),
            float(rect.get("x").rstrip("%")),
            float(rect.get("width").rstrip("%")),
            float(rect.get("y")) + float(rect.get("height")),
            float(rect.get("height")),
        )
        for rect in svg.iter(f"{SVG}rect")
    ]


def texts(svg, anchor):
    return [each.text for each in svg.iter(f"{SVG}text") if each.get("text-anchor") == anchor]


def heights(values):
    return [height for *_, height in columns(drawn(values))]


def test_a_column_is_as_high_as_its_value_and_stands_on_the_lowest_line():
    whole, half, none = columns(drawn([40, 20, 0]))
    assert whole[-1] == pytest.approx(PLOT)
    assert half[-1] == pytest.approx(PLOT / 2)
    assert none[-1] == 0
    assert {foot for *_, foot, _ in (whole, half, none)} == {TOP + PLOT}


def test_every_value_can_be_read_with_its_day():
    told = [words for words, *_ in columns(drawn([1204, 3.5, 0.0042]))]
    assert told == [
        "2026-10-25: 1,204 articles",
        "2026-10-26: 3.5 articles",
        "2026-10-27: 0.004 articles",
    ]


def test_columns_share_the_width_in_the_order_of_the_days_and_leave_none_of_it():
    for number in (1, 7, 30):
        found = columns(drawn([1.0] * number))
        starts = [start for _, start, *_ in found]
        assert starts == sorted(starts)
        assert all(start >= 11 and start + width <= 100 for _, start, width, *_ in found)
        ends = [start + width for _, start, width, *_ in found]
        assert all(end < start for end, start in zip(ends, starts[1:], strict=False))


def test_a_day_of_which_nothing_is_known_has_its_place_and_no_column():
    with_gap, whole = columns(drawn([1, nan, 2])), columns(drawn([1, 9, 2]))
    assert [words for words, *_ in with_gap] == ["2026-10-25: 1 articles", "2026-10-27: 2 articles"]
    assert [start for _, start, *_ in with_gap] == [whole[0][1], whole[2][1]]


@pytest.mark.parametrize(
    ("most", "lines"),
    [
        (1, ["0", "0.5", "1"]),
        (3, ["0", "1", "2", "3"]),
        (4, ["0", "1", "2", "3", "4"]),
        (51, ["0", "20", "40", "60"]),
        (402, ["0", "200", "400", "600"]),
        (0.44, ["0", "0.2", "0.4", "0.6"]),
        (0.004, ["0", "0.001", "0.002", "0.003", "0.004"]),
        (0, ["0", "1"]),
        (nan, ["0", "1"]),
    ],
)
def test_the_lines_are_at_round_values_and_the_highest_is_not_exceeded(most, lines):
    svg = drawn([most, 0])
    assert texts(svg, "end")[: len(lines)] == lines
    assert all(height <= PLOT for height in heights([most, 0]))
    marks = sorted(float(line.get("y1")) for line in svg.iter(f"{SVG}line"))
    assert (marks[0], marks[-1], len(marks)) == (TOP, TOP + PLOT, len(lines))


def test_axes_say_in_words_what_they_show():
    svg = drawn([1.0] * 30)
    assert svg.findtext(f"{SVG}text") == "articles"
    assert texts(svg, "end")[-1] == "day (UTC)"
    weeks = [text.replace("\N{NO-BREAK SPACE}", " ") for text in texts(svg, "middle")]
    assert weeks == ["16 Nov", "9 Nov", "2 Nov", "26 Oct"]
    assert day_name(date(2026, 11, 23)) in texts(svg, "end"), "the last one ends at the edge"


def test_a_screen_reader_is_told_the_title_and_the_gist():
    svg = drawn([1, 2])
    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title") == "Articles a day"
    assert svg.findtext(f"{SVG}desc") == "Many came."


def test_letters_keep_their_size_as_nothing_is_scaled():
    svg = drawn([1, 2])
    assert svg.get("width") == "100%"
    assert svg.get("viewBox") is None


def test_a_bad_sign_is_marked_and_colours_are_the_pages():
    assert drawn([1], trouble=True).get("class") == "timeline bad"
    svg = drawn([1])
    assert svg.get("class") == "timeline"
    assert not [each for each in svg.iter() if each.get("fill") or each.get("style")]
