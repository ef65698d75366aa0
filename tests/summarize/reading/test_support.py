import pytest

from digest.summarize.reading.support import SourceSentences
from digest.summarize.reading.words import fold, terms

SOURCE = SourceSentences(
    [
        "The ministers met in Seoul.",
        "The budget rises to 3.5 per cent.",
        "The ministers met in Seoul.",
    ]
)


def test_a_claim_rests_on_the_sentence_with_most_of_its_words() -> None:
    support = SOURCE.support("Ministers met in Seoul")
    assert support.score == 1
    assert support.sentences == (0,)


def test_a_claim_fused_from_two_sentences_rests_on_both() -> None:
    support = SOURCE.support("The ministers met in Seoul and the budget rises.")
    assert support.score == 1
    assert support.sentences == (0, 1)


def test_a_third_sentence_is_named_for_a_fact_that_the_others_lack() -> None:
    source = SourceSentences(
        [
            "The ministers met in Seoul for a meeting of two days.",
            "They agreed to raise the budget by 3.5 per cent.",
            "Mr Kim called it “a good day”.",
            "It was a meeting about the budget.",
        ]
    )
    claim = "Kim and the ministers met in Seoul and agreed to raise the budget by 3.5%."
    assert sorted(source.support(claim).sentences) == [0, 1, 2]
    quoted = "The ministers met in Seoul for “a good day”."
    assert source.support(quoted).sentences == (0, 2)


def test_the_sentence_with_the_number_goes_before_one_with_more_of_the_words() -> None:
    source = SourceSentences(
        ["The flood in the valley cost many people their homes.", "It cost 250 million euros."]
    )
    assert source.support("The flood cost €250m.").sentences == (1, 0)


def test_who_looks_for_a_name_is_shown_the_name_and_not_another_for_it_if_there_is_one() -> None:
    other = "The British Geological Survey has measured the tremor near the well."
    named = "Drilling in the UK has been halted."
    claim = "The tremor near the well was the second in the UK."
    assert SourceSentences([other, named]).support(claim).sentences == (0, 1)
    assert SourceSentences([other]).support(claim).sentences == (0,)


def test_a_claim_about_something_else_rests_on_nothing() -> None:
    support = SOURCE.support("Farmers protest")
    assert support.score == 0
    assert support.sentences == ()


def test_a_claim_of_function_words_needs_no_support() -> None:
    assert SOURCE.support("It is.").score == 1


def test_a_part_of_a_claim_counts_in_part() -> None:
    assert SOURCE.support("Ministers met in Tokyo").score == pytest.approx(2 / 3)


def test_words_are_compared_without_case_accents_and_possession() -> None:
    assert fold("Condé’s") == "conde"
    assert terms("MINISTERS") == terms("ministers'")


def test_korean_words_are_compared_without_their_particles() -> None:
    assert terms("국방장관이") & terms("국방장관은") == {"국방", "방장", "장관"}
