import pytest

from digest.summarize.reading.opposites import KnownOpposites, Turned

SOURCE = KnownOpposites(
    [
        "Prices rose by three per cent in March.",
        "The council opposed the plan, and a court acquitted the chairman.",
        "Workers will forgo their bonus.",
    ]
)


@pytest.mark.parametrize(
    ("claim", "word", "opposite"),
    [
        ("Prices fell by three per cent.", "fell", "rose"),
        ("The council backed the plan.", "backed", "opposed"),
        ("A court convicted the chairman.", "convicted", "acquitted"),
        ("Workers will get their bonus.", "get", "forgo"),
    ],
)
def test_the_contrary_of_what_the_source_says_is_noticed(
    claim: str, word: str, opposite: str
) -> None:
    assert SOURCE.turned(claim) == [Turned(word, opposite)]


@pytest.mark.parametrize(
    "claim",
    [
        "Prices climbed by three per cent.",
        "The council refused to agree to the plan.",
        "Prices rose after they had fallen.",
        "Fewer people came down the stairs.",
        "The council won a prize.",
        "",
    ],
)
def test_what_the_source_may_say_as_well_stands(claim: str) -> None:
    assert SOURCE.turned(claim) == []


def test_a_source_that_speaks_of_both_sides_is_no_evidence() -> None:
    source = KnownOpposites(["Wages rose. Prices went down."])
    assert source.turned("Prices fell.") == []
