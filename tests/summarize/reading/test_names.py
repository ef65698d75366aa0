"""Names are told from words that have a capital because they open a sentence."""

from pathlib import Path
from types import ModuleType

import pytest

from digest.summarize.reading.names import is_small
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
