import pytest

from digest.summarize.models import Encoder
from digest.summarize.verifying.traits import ALIKE, FOUND, FUSED, VERBATIM, KnownSentences

PARTS = [
    "The council closed the old bridge on Monday.",
    "Engineers had found cracks in two pillars.",
    "The mayor hopes to open it again in spring.",
]
SOURCE = KnownSentences(PARTS)


def figures(claim: str) -> dict[str, float]:
    [traits] = SOURCE.traits([claim])
    return traits.figures


def test_a_sentence_taken_over_stands_there_whole() -> None:
    assert figures(PARTS[0]) == {FOUND: 1, VERBATIM: 1, FUSED: 1}


def test_a_sentence_put_together_from_two_says_so() -> None:
    found = figures("The council closed the old bridge after engineers had found cracks.")
    assert found == {FOUND: 1, VERBATIM: pytest.approx(10 / 11), FUSED: 2}


def test_words_by_themselves_are_no_run() -> None:
    assert figures("Bridge cracks close council.")[VERBATIM] == 0


def test_a_sentence_about_something_else_has_nothing_there() -> None:
    assert figures("Farmers protest against imports.") == {FOUND: 0, VERBATIM: 0, FUSED: 1}


def test_no_words_are_no_claim() -> None:
    assert figures("…") == {FOUND: 1, VERBATIM: 1, FUSED: 1}


def test_the_encoder_finds_the_same_in_other_words_closer_than_something_else(
    encoder: Encoder,
) -> None:
    source = KnownSentences(PARTS, encoder=encoder)
    same, other, nothing = source.traits(
        ["Cracks in pillars were seen.", "Two mayors hope for rain.", "Farmers protest."]
    )
    assert same.figures[ALIKE] > other.figures[ALIKE] > nothing.figures[ALIKE] == 0
