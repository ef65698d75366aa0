"""Sentences made by hand: what they say are letters, what they look like is a direction."""

import time

import numpy as np

from digest.summarize.select import Candidate, select


def sentence(says: str, *, words: int = 10, offset: int = 0, needs: int | None = None) -> Candidate:
    return Candidate(words, offset, frozenset(says.split()), needs)


def apart(count: int) -> np.ndarray:
    """Vectors of sentences none of which is like another."""
    return np.eye(count, 8, dtype=np.float32)


def test_the_budget_goes_to_the_sentences_that_say_most():
    found = [sentence("a b c d"), sentence("a b"), sentence("e f g")]
    assert select(found, apart(3), words=20, sentences=5) == [0, 2]


def test_no_more_words_than_asked_for():
    found = [sentence(letter, words=9) for letter in "abcdefg"]
    assert len(select(found, apart(7), words=35, sentences=9)) == 3
    assert len(select(found, apart(7), words=36, sentences=9)) == 4


def test_no_more_sentences_than_asked_for():
    found = [sentence(letter) for letter in "abcdefg"]
    assert len(select(found, apart(7), words=500, sentences=4)) == 4


def test_nothing_that_fits_gives_nothing():
    assert select([sentence("a", words=30)], apart(1), words=20, sentences=5) == []
    assert select([], apart(0), words=20, sentences=5) == []


def test_a_sentence_that_leans_on_another_brings_it_along():
    found = [sentence("a"), sentence("b c d e f g h", needs=0), sentence("i j k")]
    assert select(found, apart(3), words=20, sentences=5) == [0, 1]
    assert select(found, apart(3), words=10, sentences=5) == [2], "there is no room for both"


def test_a_sentence_that_leans_on_what_is_not_there_is_never_chosen():
    found = [sentence("a b c d e", needs=0), sentence("f")]
    assert select(found, apart(2), words=100, sentences=5) == [1]


def test_two_that_say_the_same_are_not_both_chosen():
    found = [sentence("a b c d e"), sentence("a b c d z", offset=50), sentence("f", offset=90)]
    vectors = apart(3)
    vectors[1] = vectors[0]
    assert select(found, vectors, words=100, sentences=5) == [0, 2]


def test_alike_to_the_encoder_alone_is_not_the_same():
    """Scripts that it does not read are all alike to it."""
    found = [sentence("a b c"), sentence("d e f"), sentence("g h i")]
    vectors = apart(3) * 0.4
    vectors[:, 7] = np.sqrt(1 - 0.4**2)
    assert (vectors @ vectors.T).min() > 0.8
    assert select(found, vectors, words=100, sentences=5) == [0, 1, 2]


def test_what_is_said_early_goes_first():
    found = [sentence("a b", offset=200), sentence("c d", offset=0), sentence("e f", offset=400)]
    assert select(found, apart(3), words=10, sentences=5) == [1]


def test_a_figure_counts_more_than_a_word():
    found = [sentence("a b c"), sentence("a 3.5 c")]
    assert select(found, apart(2), words=10, sentences=5) == [1]


def test_the_readers_topic_is_preferred():
    found = [sentence("a b"), sentence("c d"), sentence("e f")]
    vectors = apart(3)
    for index in range(3):
        assert select(found, vectors, 10, 5, topic=vectors[index]) == [index]


def test_the_largest_story_is_solved_in_seconds():
    letters = np.random.default_rng(5)
    found = [
        sentence(" ".join(map(str, letters.integers(0, 400, 12))), words=24, offset=24 * (n % 40))
        for n in range(160)
    ]
    vectors = letters.normal(size=(160, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    began = time.monotonic()
    chosen = select(found, vectors, words=120, sentences=5)
    assert len(chosen) == 5
    assert time.monotonic() - began < 20
