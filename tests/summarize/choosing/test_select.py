"""Sentences made by hand: what they say are letters, each worth 1 unless told otherwise."""

import time
from collections.abc import Mapping, Sequence

import numpy as np

from digest.summarize.choosing.select import Candidate, select


def sentence(
    says: str, *, words: int = 10, needs: int | None = None, bonus: float = 0.0, article: int = 0
) -> Candidate:
    return Candidate(words, frozenset(says.split()), needs, bonus, article)


def chosen(
    found: Sequence[Candidate],
    worth: Mapping[str, float] | None = None,
    same: Sequence[tuple[int, int]] = (),
    words: int = 500,
    sentences: int = 9,
) -> list[int]:
    said = frozenset[str]().union(*(each.concepts for each in found))
    return select(found, dict.fromkeys(said, 1.0) | dict(worth or {}), same, words, sentences)


def test_the_budget_goes_to_the_sentences_that_say_most():
    found = [sentence("a b c d"), sentence("a b"), sentence("e f g")]
    assert chosen(found, words=20) == [0, 2]


def test_no_more_words_than_asked_for():
    found = [sentence(letter, words=9) for letter in "abcdefg"]
    assert len(chosen(found, words=35)) == 3
    assert len(chosen(found, words=36)) == 4


def test_no_more_sentences_than_asked_for():
    found = [sentence(letter) for letter in "abcdefg"]
    assert len(chosen(found, sentences=4)) == 4


def test_one_of_several_articles_does_not_give_them_all():
    found = [sentence(letters) for letters in ("a b c", "d e f", "g h i")]
    assert 3 in chosen([*found, sentence("j", article=1)], sentences=3)
    assert chosen([*found, sentence("j")], sentences=3) == [0, 1, 2]
    assert 3 not in chosen([*found, sentence("j", article=1)], sentences=1)


def test_nothing_that_fits_gives_nothing():
    assert chosen([sentence("a", words=30)], words=20) == []
    assert chosen([], words=20) == []


def test_a_sentence_that_leans_on_another_brings_it_along():
    found = [sentence("a"), sentence("b c d e f g h", needs=0), sentence("i j k")]
    assert chosen(found, words=20) == [0, 1]
    assert chosen(found, words=10) == [2], "there is no room for both"


def test_a_sentence_that_leans_on_what_is_not_there_is_never_chosen():
    found = [sentence("a b c d e", needs=0), sentence("f")]
    assert chosen(found) == [1]


def test_two_that_say_the_same_are_not_both_chosen():
    found = [sentence("a b c d e"), sentence("a b c d z y"), sentence("f")]
    assert chosen(found, same=[(0, 1)]) == [1, 2]


def test_what_was_said_already_is_worth_nothing_more():
    found = [sentence("a b c"), sentence("a b c"), sentence("d")]
    assert chosen(found, words=20) in ([0, 2], [1, 2])


def test_what_is_worth_more_is_said_first():
    found = [sentence("a b c"), sentence("d")]
    assert chosen(found, {"d": 4.0}, words=10) == [1]
    assert select(found, {"a": 1.0}, [], 10, 9) == [0], "what has no worth counts nothing"


def test_of_two_that_say_as_much_the_bonus_chooses():
    assert chosen([sentence("a"), sentence("b", bonus=0.1)], words=10) == [1]


def test_a_sentence_that_brings_less_than_it_costs_is_left_out():
    found = [sentence("a b c", bonus=-1.0), sentence("c d", bonus=-1.5)]
    assert chosen(found) == [0]


def test_the_order_in_which_concepts_come_changes_nothing():
    letters = np.random.default_rng(3)
    found = [sentence(" ".join(map(str, letters.integers(0, 60, 9)))) for _ in range(30)]
    worth = {str(number): float(letters.random()) for number in range(60)}
    assert chosen(found, worth, words=60) == chosen(found, dict(reversed(worth.items())), words=60)


def test_the_largest_story_is_solved_in_seconds():
    letters = np.random.default_rng(5)
    found = [
        sentence(" ".join(map(str, letters.integers(0, 400, 24))), words=24) for _ in range(160)
    ]
    worth = {str(number): float(letters.random()) for number in range(400)}
    began = time.monotonic()
    assert len(chosen(found, worth, words=120, sentences=5)) == 5
    assert time.monotonic() - began < 20
