import pytest

from digest.summarize.choosing.trim import trim


@pytest.mark.parametrize(
    ("sentence", "shorter"),
    [
        ("However, the council kept the bridge open.", "The council kept the bridge open."),
        ("But the council kept the bridge open.", "The council kept the bridge open."),
        ("In addition, three trains a day will stop.", "Three trains a day will stop."),
        ("(CNN) -- The council closed the bridge.", "The council closed the bridge."),
        (
            "SEOUL, Nov 4 (Reuters) - The ministers met on Tuesday.",
            "The ministers met on Tuesday.",
        ),
        (
            "The mayor (right) opened the new bridge.",
            "The mayor opened the new bridge.",
        ),
    ],
)
def test_what_only_tied_it_to_its_surroundings_goes(sentence: str, shorter: str):
    assert trim(sentence) == shorter


@pytest.mark.parametrize(
    "sentence",
    [
        "The council closed the bridge.",
        "However much it costs, the bridge stays open.",
        "But for the rain, nobody stayed.",
        "The suspect (not named) was arrested on Monday.",
        "The (allegedly) stolen car was found on Monday.",
        "The price rose (up again) for the second time.",
        "But he stayed at home.",
        '"The mayor (right) knew," she told the court.',
    ],
)
def test_what_counts_denies_or_quotes_stays(sentence: str):
    kept = trim(sentence)
    assert kept == sentence or kept == sentence.removeprefix("But ").capitalize()


def test_other_languages_are_left_alone():
    assert trim("However, das ist ein deutscher Satz hier.", "de-AT").startswith("However")


def test_what_is_left_stands_in_the_sentence_in_this_order():
    sentence = "Meanwhile, the minister (left) said that two (of five) bridges would close."
    words = iter(sentence.lower().split())
    assert all(word in words for word in trim(sentence).lower().split())
