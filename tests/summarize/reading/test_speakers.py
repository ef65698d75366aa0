"""Who says what, in a source and in a claim about it."""

import pytest

from digest.summarize.reading.speakers import Attribution, KnownSpeakers

SOURCE = [
    "Chief executive Oliver Blume called it “an important signal”.",
    "Union leader Thorsten Groeger said no site would be shut before 2030.",
    "Analysts at UBS, which follows the industry, were surprised.",
    "The deal could save 1.5 billion a year, according to the ministry's Anna Lind.",
    "“We will fight on,” added Mia Borg, who speaks for the Works Council of Wolfsburg.",
    "He was glad that the talks ended before Christmas, he said.",
]


def exchanged(claim: str) -> list[Attribution]:
    return KnownSpeakers(SOURCE).exchanged(claim)


@pytest.mark.parametrize(
    ("claim", "said", "known"),
    [
        ("Groeger called it “an important signal”.", "Groeger", "Oliver Blume"),
        ("Oliver Blume said no site would be shut.", "Oliver Blume", "Thorsten Groeger"),
        ("No site would be shut before 2030, said Blume.", "Blume", "Thorsten Groeger"),
        ("According to Groeger, the deal could save 1.5 billion a year.", "Groeger", "Anna Lind"),
        ("“We will fight on,” Groeger later said.", "Groeger", "Mia Borg"),
    ],
)
def test_what_another_says_is_noticed(claim: str, said: str, known: str) -> None:
    assert exchanged(claim) == [Attribution(said, known)]


@pytest.mark.parametrize(
    "claim",
    [
        "Blume called it “an important signal”.",
        "Thorsten Groeger also said no site would be shut.",
        "The Wolfsburg Works Council said: “We will fight on.”",
        "Wolfsburg warned: “We will fight on.”",
        "The Minister said no site would be shut.",
        "Blume said the talks ended before Christmas.",
        "Blume said the harvest was good.",
        "Groeger said and Blume added that no site would be shut.",
        "No site would be shut.",
    ],
)
def test_what_one_says_or_may_say_is_not_taken_for_another_s(claim: str) -> None:
    assert exchanged(claim) == []
