import pytest

from digest.summarize.reading.roles import KnownDeeds

SOURCE = KnownDeeds(
    [
        "On Sunday Arsenal beat Chelsea in the rain.",
        "Ms Rossi was sued by Mr Bianchi.",
        "“Norway praised Sweden,” said the envoy, and later Sweden praised Norway.",
    ]
)


@pytest.mark.parametrize(
    ("claim", "contrary"),
    [
        ("Chelsea beat Arsenal.", "Arsenal beat Chelsea"),
        ("Arsenal were beat by Chelsea.", "Arsenal beat Chelsea"),
        ("Rossi sued Bianchi.", "Rossi was sued by Mr Bianchi"),
    ],
)
def test_who_did_it_to_whom_is_not_exchanged(claim: str, contrary: str) -> None:
    assert SOURCE.reversed(claim) == [(claim.rstrip("."), contrary)]


@pytest.mark.parametrize(
    "claim",
    [
        "Arsenal beat Chelsea.",
        "Chelsea were beat by Arsenal.",
        "Bianchi sued Rossi.",
        "Norway praised Sweden.",
        "Sweden praised Norway.",
        "Chelsea met Arsenal.",
        "Chelsea, beat by Arsenal, went home.",
        "Chelsea and Arsenal beat Chelsea.",
    ],
)
def test_what_the_source_says_or_does_not_speak_of_stands(claim: str) -> None:
    assert SOURCE.reversed(claim) == []
