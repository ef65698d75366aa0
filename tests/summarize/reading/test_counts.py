import pytest

from digest.summarize.reading.counts import KnownCounts, Recount

SOURCE = KnownCounts(
    [
        "A storm in March killed three people and injured 17.",
        "Work on the wall will take about two years, said Ann Reed, 34, of Delta Works.",
        "A man aged 51 was arrested. He had waited ten days.",
    ]
)


@pytest.mark.parametrize(
    ("claim", "said", "known"),
    [
        ("The storm killed 17 people.", "17 dead", "three dead"),
        ("The storm injured three people.", "three injured", "17 injured"),
        ("Work will take three years.", "three years", "two years"),
        ("Work will take about three years.", "three years", "two years"),
        ("He waited three days.", "three days", "ten days"),
    ],
)
def test_a_number_of_something_else_is_noticed(claim: str, said: str, known: str) -> None:
    assert SOURCE.recounted(claim) == [Recount(said, known)]


@pytest.mark.parametrize(
    "claim",
    [
        "The storm killed three people and hurt 17.",
        "About 17 were killed.",
        "Work takes two years.",
        "A 34-year-old engineer and a 51-year-old man spoke of it.",
        "He had waited for about eleven days.",
        "Three councillors came.",
        "It took 17 months.",
        "",
    ],
)
def test_what_the_source_says_or_does_not_speak_of_stands(claim: str) -> None:
    assert SOURCE.recounted(claim) == []
