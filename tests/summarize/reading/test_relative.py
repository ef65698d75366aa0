"""Wednesday 4 November 2026 is the day of writing."""

from datetime import date

import pytest

from digest.summarize.reading.quantities import KnownQuantities

WRITTEN = date(2026, 11, 4)


def missing(claim: str, source: str, written: date | None = WRITTEN) -> list[str]:
    return [each.text for each in KnownQuantities(source, "en", written).missing(claim)]


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("They met on 3 November.", "They met on Tuesday."),
        ("They met on Tuesday.", "They met yesterday."),
        ("They met yesterday.", "They met on 3 November."),
        ("They meet on November 10.", "They meet on Tuesday."),
        ("They meet tomorrow.", "They meet on Thursday."),
        ("It was in October.", "It was last month."),
        ("It was last month.", "It was on 31 October."),
        ("It was last month.", "It was in October."),
        ("It was in 2025.", "It was last year."),
        ("It will be next year.", "It will be in 2027."),
        ("It was on 29 February.", "It was on 29 February."),
    ],
)
def test_a_day_told_from_another_one_is_the_same_day(claim: str, source: str) -> None:
    assert missing(claim, source) == []


@pytest.mark.parametrize(
    ("claim", "source", "lacking"),
    [
        ("They met on 4 November.", "They met yesterday.", "4 November"),
        ("They met on Monday.", "They met yesterday.", "Monday"),
        ("They met yesterday.", "They met on Monday.", "yesterday"),
        ("It was in September.", "It was last month.", "September"),
        ("It was in 2024.", "It was last year.", "2024"),
        ("It was last week.", "It was on Monday.", "last week"),
    ],
)
def test_another_day_is_not(claim: str, source: str, lacking: str) -> None:
    assert missing(claim, source) == [lacking]


def test_without_a_date_yesterday_is_only_yesterday() -> None:
    assert missing("They met yesterday.", "They met yesterday.", None) == []
    assert missing("They met on Tuesday.", "They met yesterday.", None) == ["Tuesday"]


def test_the_turn_of_the_year_is_crossed() -> None:
    new_year = date(2027, 1, 1)
    assert missing("It was on 31 December.", "It was yesterday.", new_year) == []
    assert missing("It was last month.", "It was on 24 December.", new_year) == []
    assert missing("It was yesterday.", "It was on December 31.", new_year) == []
