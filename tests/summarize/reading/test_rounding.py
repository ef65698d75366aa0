import pytest

from digest.summarize.reading.quantities import KnownQuantities

SOURCE = KnownQuantities(
    "He took £572,206 from 28,512 people, or 32.4 per cent of them, since 2016. Two died."
)


@pytest.mark.parametrize(
    "claim",
    [
        "He took more than £500,000.",
        "He took nearly £600,000.",
        "He took about £570,000.",
        "He took at least £572,000.",
        "He took it from some 28,500 people.",
        "He took it from over 28,000 people.",
        "It was almost 33% of them.",
        "It was roughly 32 per cent of them.",
    ],
)
def test_a_number_rounded_and_said_to_be_is_the_number(claim: str) -> None:
    assert SOURCE.missing(claim) == []


@pytest.mark.parametrize(
    "claim",
    [
        "He took £500,000.",
        "He took more than £600,000.",
        "He took nearly £500,000.",
        "He took about £500,000.",
        "He took more than $500,000.",
        "It was almost 32% of them.",
        "It was over 2,000 years ago.",
        "More than three died.",
        "More than 0 people came.",
    ],
)
def test_another_number_is_not(claim: str) -> None:
    assert SOURCE.missing(claim) != []
