import pytest

from digest.summarize.choosing.coverage import coverage

SAID = ("The sea wall broke.", "The sea rose by 35 metres.", "Fishermen were rescued.")


def test_the_parts_add_up_to_one():
    assert sum(coverage(SAID, (4, 6, 3), 60).values()) == pytest.approx(1)


def test_what_is_said_often_counts_more():
    parts = coverage(SAID, (4, 6, 3), 60)
    assert parts["sea"] > 1.9 * parts["wall"]


def test_what_is_said_early_counts_more_and_the_more_the_shorter_the_paragraph():
    short, long = (coverage(SAID, (200, 200, 200), words) for words in (30, 300))
    assert short["wall"] > short["fisher"]
    assert short["wall"] / short["fisher"] > long["wall"] / long["fisher"]


def test_a_figure_counts_more_than_a_word():
    parts = coverage(SAID, (4, 6, 3), 60)
    assert parts["35"] == pytest.approx(2 * parts["metres"])


def test_pairs_of_words_are_left_to_what_was_learned():
    assert not any(" " in concept for concept in coverage(SAID, (4, 6, 3), 60))


def test_nothing_said_covers_nothing():
    assert coverage((), (), 60) == {}
