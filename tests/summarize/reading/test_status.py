import pytest

from digest.summarize.reading.status import Change, KnownStatus

SOURCE = KnownStatus(
    [
        "The minister denied taking money from the firm.",
        "The council did not approve the plan.",
        "The firm plans to close two mines, and may sell the third.",
        "A guard allegedly attacked the visitors.",
        "The chairman resigned on Monday.",
        "The mayor said she would not seek another term.",
        "A builder is alleged to have stolen the town's money. It was stolen time, said others.",
        "Work on the wall may begin in spring.",
    ]
)


@pytest.mark.parametrize(
    ("claim", "word", "status"),
    [
        ("The minister was taking money.", "taking", "denied"),
        ("The council approved the tender.", "approved", "denied"),
        ("The firm closed two mines.", "closed", "planned"),
        ("A guard attacked the visitors.", "attacked", "alleged"),
        ("The mayor would seek another term.", "seek", "denied"),
        ("A builder stole the town's money.", "stole", "alleged"),
        ("Work on the wall began in spring.", "began", "planned"),
    ],
)
def test_what_did_not_happen_or_only_may_is_no_fact(claim: str, word: str, status: str) -> None:
    assert SOURCE.changes(claim) == [Change(word, status, lost=True)]


def test_a_denial_that_the_source_does_not_have_is_noticed() -> None:
    assert SOURCE.changes("The chairman has not resigned.") == [
        Change("resigned", "denied", lost=False)
    ]


@pytest.mark.parametrize(
    "claim",
    [
        "The minister denied taking money.",
        "The firm will close two mines.",
        "A guard is charged with having attacked visitors.",
        "The chairman resigned.",
        "Visitors came on Monday.",
        "Will Smith attacked no visitors in May, and so the case is closed.",
        "",
    ],
)
def test_what_the_source_says_with_the_same_care_stands(claim: str) -> None:
    assert SOURCE.changes(claim) == []


def test_a_word_that_the_source_says_both_ways_is_left_alone() -> None:
    source = KnownStatus(["He did not resign on Monday.", "He resigned on Tuesday."])
    assert source.changes("He resigned.") == []
    assert source.changes("He did not resign.") == []


def test_what_is_said_of_something_else_is_no_evidence() -> None:
    source = KnownStatus(["The bank may raise its rate for the second time in one year."])
    assert source.changes("Farmers raise sheep on the island's northern hills.") == []


@pytest.mark.parametrize(
    "claim",
    [
        "The chairman blamed the weather and not, he said, himself when he resigned.",
        "Not the council but the chairman resigned.",
    ],
)
def test_a_denial_further_away_is_of_something_else(claim: str) -> None:
    assert SOURCE.changes(claim) == []


def test_may_is_also_a_month() -> None:
    source = KnownStatus(["In May prices rose. May open trade talks begin."])
    assert source.changes("Prices rose.") == []


def test_what_no_one_and_nothing_does_is_denied() -> None:
    source = KnownStatus(["No plants will close.", "No sailor has been hurt."])
    assert source.changes("The firm will close plants.") == [Change("close", "denied", lost=True)]
    assert source.changes("Several sailors were hurt.") == [Change("hurt", "denied", lost=True)]
    assert source.changes("No plants will close.") == []
    open_plants = KnownStatus(["The firm will close plants."])
    assert open_plants.changes("No plants will close.") == [Change("close", "denied", lost=False)]


@pytest.mark.parametrize(
    "said",
    [
        "No fewer than ten were hurt.",
        "No sailor was hurt more than the captain.",
        "There is no doubt who was hurt.",
        "The captain, with no wish to be carried, is hurt.",
    ],
)
def test_no_denies_nothing_in_a_comparison_or_behind_a_noun_of_its_own(said: str) -> None:
    assert KnownStatus([said]).changes("The captain and ten were hurt.") == []
