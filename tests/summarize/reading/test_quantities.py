from fractions import Fraction

import pytest

from digest.summarize.reading.quantities import Reading, read_quantities


def read(text: str, language: str = "en") -> set[Reading]:
    return {reading for found in read_quantities(text, language) for reading in found.readings}


@pytest.mark.parametrize(
    ("text", "language", "reading"),
    [
        ("1,234,567.5", "en", ("count", Fraction("1234567.5"))),
        ("1.234.567,5", "de", ("count", Fraction("1234567.5"))),
        ("3,5", "en", ("count", Fraction("3.5"))),
        ("25\u202f000", "fr", ("count", 25_000)),
        ("twenty-one", "en", ("count", 21)),
        ("two hundred and fifty thousand", "en", ("count", 250_000)),
        ("half a million", "en", ("count", 500_000)),
        ("a dozen", "en", ("count", 12)),
        ("£1.5m", "en", ("£", 1_500_000)),
        ("1,5 Mio Euro", "de", ("€", 1_500_000)),
        ("40 million won", "en", ("₩", 40_000_000)),
        ("2조", "ko", ("count", 2 * 10**12)),
        ("5천억 원", "ko", ("₩", 5 * 10**11)),
        ("3億円", "ja", ("¥", 3 * 10**8)),
        ("50%", "en", ("share", Fraction(1, 2))),
        ("half", "en", ("share", Fraction(1, 2))),
        ("two-thirds", "en", ("share", Fraction(2, 3))),
        ("a quarter", "en", ("share", Fraction(1, 4))),
        ("3,5 por ciento", "es", ("share", Fraction("0.035"))),
        ("21st", "en", ("order", 21)),
        ("112th", "en", ("order", 112)),
        ("third", "en", ("order", 3)),
        ("the 1990s", "en", ("count", 1990)),
        ("the 90s", "en", ("count", 1990)),
        ("10.30pm", "en", ("time", 22 * 60 + 30)),
        ("12am", "en", ("time", 0)),
        ("22:30", "en", ("time", 22 * 60 + 30)),
        ("Mar 13", "en", ("day", (3, 13))),
        ("13 de marzo", "es", ("day", (3, 13))),
        ("im März", "de", ("month", 3)),
        ("월요일에", "ko", ("weekday", 0)),
    ],
)
def test_a_quantity_is_read_however_it_is_written(
    text: str, language: str, reading: Reading
) -> None:
    assert reading in read(text, language)


@pytest.mark.parametrize(
    "text", ["G20", "MH370", "one of them", "the first time", "half an hour", "won", "may"]
)
def test_what_only_looks_like_a_quantity_is_none(text: str) -> None:
    assert read(text) == set()


def test_arabic_digits_are_digits() -> None:
    assert read("٣٫٥ و ٢٥", "ar") >= {("count", 25)}


def test_a_text_of_nothing_but_digits_does_no_harm() -> None:
    assert len(read_quantities("1" * 20_000 + " " + "1,000" * 5_000)) < 10


def test_thirty_four_stone_is_no_ordinal() -> None:
    assert read("34st") == {("count", 34)}


def test_a_letter_after_a_number_may_be_a_unit() -> None:
    assert read("200m") == {("count", 200), ("count", 200_000_000)}


def test_quantities_come_in_order_with_their_places() -> None:
    text = "On 13 March 2016 two men stole £500."
    found = read_quantities(text)
    assert [quantity.text for quantity in found] == ["13 March", "2016", "two", "£500"]
    assert [text[quantity.start : quantity.end].strip() for quantity in found] == [
        quantity.text for quantity in found
    ]


def test_without_a_unit_the_figure_of_a_sum_is_still_given() -> None:
    [quantity] = read_quantities("$25 billion")
    assert ("count", 25 * 10**9) in quantity.implied
