"""What a text is found by, and how the index writes down where it was said."""

import random

import pytest

from digest.publish.postings import decode, encode, merged
from digest.publish.words import SHARDS, shard, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Seoul’s 84,000 won", "seoul s 84 000 won"),
        ("São Paulo, Łódź, Zürich, Århus", "sao paulo lodz zurich arhus"),
        ("Straße, œuvre, Þór, Ærø", "strasse oeuvre thor aero"),
        ("ΑΘΗΝΑΣ Αθήνας", "αθηνασ αθηνασ"),
        ("ﬁnance ２０２６ x²", "finance 2026 x2"),
        ("İstanbul ISPARTA ılık", "istanbul isparta ilik"),
        ("Ёлка Йод", "елка иод"),
        ("مُحَمَّد شَلוֹם", "محمد شلום"),
        ("हिन्दी में", "हिन्दी में"),
        ("한강 보행교를", "한강 보행교를"),
        ("東京都で", "東京 京都 都で で"),
        ("データ", "デー ータ タ"),
        ("ガス", "ガス ス"),
        ("北京BBC新闻", "北京 京 bbc 新闻 闻"),
        ("ไทยแลนด์", "ไท ทย ยแ แล ลน นด ด์ ์"),
        ("-- … “ ” 。、", ""),
    ],
)
def test_words_have_neither_case_nor_accents(text, found):
    assert " ".join(words(text)) == found


def test_decomposed_letters_are_the_same_words():
    assert list(words("cafe\u0301 \u1112\u1161\u11ab")) == list(words("café 한"))


def test_words_that_begin_alike_are_in_one_part_of_the_index():
    assert shard("security") == shard("secure") == shard("sec")
    assert shard("東京") == shard("東") == shard("東北")
    assert shard("한강은") == shard("한강") == shard("한")
    letters = [chr(letter) for letter in range(97, 123)]
    assert {shard(a + b + "e") for a in letters for b in letters} == set(range(SHARDS))


def test_numbers_are_read_as_they_were_written():
    drawn = random.Random(4)
    for most in (1, 31, 32, 33, 1023, 1024, 40_000, 2_000_000):
        numbers = sorted({drawn.randrange(most + 1) for _ in range(200)})
        assert decode(encode(numbers)) == numbers
    assert encode([]) == ""
    assert encode([0, 1, 33]) == "abGb"


def test_new_numbers_are_added_to_the_words_that_are_there_and_to_new_ones():
    lines = merged("", {"seoul": [0, 4], "busan": [2]})
    assert lines == f"busan {encode([2])}\nseoul {encode([0, 4])}\n"
    assert merged(lines, {"seoul": [7], "jeju": [7]}) == merged(
        "", {"seoul": [0, 4, 7], "busan": [2], "jeju": [7]}
    )


def test_stories_that_are_gone_take_the_words_with_them_that_nobody_else_says():
    lines = merged("", {"seoul": [0, 1, 2], "busan": [1]})
    assert merged(lines, {"seoul": [2]}, [0, None, 1]) == merged("", {"seoul": [0, 1, 2]})
