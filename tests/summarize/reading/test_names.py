"""Names are told from words that have a capital because they open a sentence."""

from pathlib import Path
from types import ModuleType

import pytest

from digest.summarize.reading.names import asked_as, is_small, known_as
from digest.summarize.reading.words import read_words

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"


def small(text: str) -> bool:
    [word] = read_words(text)
    return is_small(word)


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    import train_small_words

    return train_small_words


def test_common_words_are_small_and_names_are_not() -> None:
    for word in ("Hundreds", "Police", "Former", "The", "A"):
        assert small(word)
    for word in ("Germany", "Merkel", "Microsoft", "Apple", "Trump", "Paris", "US", "IT"):
        assert not small(word)


@pytest.mark.parametrize(
    ("country", "people"),
    [
        ("korea", "korean"),
        ("india", "indians"),
        ("cuba", "cuban"),
        ("italy", "italian"),
        ("japan", "japanese"),
        ("iraq", "iraqi"),
        ("russia", "russians"),
        ("argentina", "argentine"),
        ("democrat", "democrats"),
    ],
)
def test_a_country_and_its_people_stand_for_each_other(country: str, people: str) -> None:
    for has, asked in ((country, people), (people, country), (people, people)):
        assert known_as(has, exact=True) & asked_as(asked, exact=True)


@pytest.mark.parametrize(
    ("one", "other"), [("maria", "marie"), ("andy", "and"), ("louis", "louise"), ("iran", "iraq")]
)
def test_names_with_unlike_endings_are_two(one: str, other: str) -> None:
    for has, asked in ((one, other), (other, one)):
        assert not known_as(has, exact=False) & asked_as(asked, exact=False)


def test_britain_is_the_uk_but_not_to_the_letter() -> None:
    assert known_as("british", exact=False) & asked_as("uk", exact=False)
    assert not known_as("british", exact=True) & asked_as("uk", exact=True)


def test_a_word_is_small_if_it_mostly_is_inside_sentences(trainer: ModuleType) -> None:
    texts = [
        "The shells lay between Shell and Turkey. Pupils came.",
        "A turkey, said Turkey, eats shells as a turkey does.",
        "Turkey won. Once pupils sang of a turkey and Turkey.",
        "No pupils sang.",
    ]
    assert trainer.small_words(texts) == ["a", "and", "pupils", "sang", "shells"]
    # One slip does not make a name of a word that is mostly small.
    assert "pupils" in trainer.small_words([*texts, "All Pupils came."])
    assert "pupils" not in trainer.small_words([*texts, "All Pupils and Pupils came."])


def test_the_shipped_words_are_those_that_the_script_learns(trainer: ModuleType) -> None:
    if not all(path.exists() for path in trainer.SETS):
        pytest.skip(f"the articles are not there ({trainer.SETS[0].parent})")
    texts = {row.get("text") or row["source"] for row in trainer.cases.read(*trainer.SETS)}
    assert trainer.small_words(texts) == trainer.WORDS.read_text("utf-8").split()
