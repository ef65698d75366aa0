"""The program on the page and the one that made the index agree on what a word is."""

from __future__ import annotations

import unicodedata
from importlib import resources

import pytest

from digest.publish.postings import encode
from digest.publish.words import shard, words

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

PROGRAM = resources.files("digest.publish").joinpath("templates", "search.js").read_text("utf-8")


@pytest.fixture
def ask_program(open_page):
    """``ask_program(expression, value)``: with the part of the program that needs no page."""
    pure, _, _ = PROGRAM.partition("  const form = ")
    page = open_page("about:blank")
    # The program is a block, which is still open here.
    return lambda expression, value: page.evaluate(
        f"given => {{ {pure} return ({expression}); }} }}", value
    )


def test_words_of_the_news_are_the_same(ask_program, newsroom):
    texts = [text for piece in newsroom.pieces for text in (piece.title, *piece.paragraphs)]
    assert ask_program("given.map(words)", texts) == [list(words(text)) for text in texts]


def test_every_letter_is_folded_the_same_way(ask_program):
    letters = [
        f"a{chr(code)}B{chr(code)}"
        for code in (*range(0x20, 0xD800), *range(0xE000, 0x20100))
        if unicodedata.category(chr(code)) not in ("Cn", "Co")
    ]
    assert len(letters) > 75_000
    theirs = ask_program("given.map(words)", letters)
    ours = [list(words(text)) for text in letters]
    assert [(a, b, c) for a, b, c in zip(letters, ours, theirs, strict=True) if b != c] == []


def test_every_word_is_looked_for_where_it_is(ask_program, newsroom):
    texts = [*(piece.title for piece in newsroom.pieces), "東京都の 北 กรุงเทพ 한강 a é ß 𠮷野家"]
    known = sorted({word for text in texts for word in words(text)})
    assert ask_program("given.map(shard)", known) == [shard(word) for word in known]


def test_numbers_are_read_as_they_were_written(ask_program):
    numbers = [0, 1, 32, 33, 65, 1100, 34_000, 2_000_000]
    assert ask_program("decode(given)", encode(numbers)) == numbers


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Seoul minist", [("seoul", False), ("minist", True)]),
        ("minist ", [("minist", False)]),
        ("minist.", [("minist", True)]),
        ("g 7", [("g", False), ("7", False)]),
        ("north se", [("north", False), ("se", False)]),
        ("서울 강 ", [("서울", True), ("강", True)]),
        ("東京都", [("東京", False), ("京都", False)]),
        ("東", [("東", True)]),
        ("東京 橋", [("東京", False), ("橋", True)]),
        ("京 東京", [("京", True), ("東京", False)]),
        ("?!", []),
    ],
)
def test_what_a_question_asks_for(ask_program, question, asked):
    found = ask_program("asked(given)", question)
    assert [(each["word"], each["open"]) for each in found] == asked
