"""What was learned of the words that paragraphs have, and that the shipped weights are it."""

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from digest.model import Story
from digest.summarize.choosing.extractive import worth_choosing
from digest.summarize.choosing.salience import COLUMNS, Salience, features, shipped
from digest.summarize.models import Encoder
from digest.summarize.reading.sentences import count_words

ROOT = Path(__file__).resolve().parents[3]
TOWNS = ("Ashby", "Colby", "Derby", "Formby", "Kirby", "Maltby", "Rugby", "Selby")
"""Each with an article whose second sentence, not its first, is the news."""


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return ROOT / "benchmarks"


@pytest.fixture
def trainer(benchmarks: Path) -> ModuleType:
    import train_salience

    return train_salience


@pytest.fixture
def judge(benchmarks: Path) -> ModuleType:
    import summaries

    return summaries


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


def case(town: str) -> dict[str, object]:
    return {
        "id": town,
        "text": f"It rained in {town} all week, and shops stayed empty. The council of {town} "
        "closed its old bridge on Monday.\n\nVisitors came by bus and went home early.",
        "references": [f"The council of {town} closed the old bridge."],
    }


def test_the_script_learns_from_any_file_where_the_news_stands(trainer: ModuleType, tmp_path: Path):
    file = tmp_path / "articles.jsonl"
    file.write_text("\n".join(json.dumps(case(town)) for town in TOWNS))
    learned = trainer.learn(trainer.lessons(trainer.rows([file])))
    (unseen,) = trainer.lessons([case("Whitby")])
    sentences = [s.trimmed for s in worth_choosing(Story((trainer.article(case("Whitby")),), ""))]
    words = [count_words(sentence) for sentence in sentences]
    likely = learned.of(sentences, words, 60)
    assert set(likely) == set(unseen.found.concepts)
    assert likely["bridge"] > likely["rained"]
    assert likely["old bridge"] > likely["stayed empty"]


def test_rows_of_one_sentence_references_teach_nothing(trainer: ModuleType, tmp_path: Path):
    file = tmp_path / "articles.jsonl"
    rows = [case("Ashby"), case("Colby") | {"id": "xsum-7"}]
    file.write_text("\n".join(map(json.dumps, rows)))
    assert [row["id"] for row in trainer.rows([file])] == ["Ashby"]


def test_what_is_written_is_read_back(trainer: ModuleType):
    learned = trainer.learn(trainer.lessons([case(town) for town in TOWNS]))
    written = json.loads(json.dumps(learned.words.to_json()))
    again = type(learned.words).from_json(written)
    assert again.bias == pytest.approx(learned.words.bias, rel=1e-5)
    assert again.terms.keys() == learned.words.terms.keys() == set(COLUMNS)


def test_a_word_told_early_and_often_is_likelier():
    sentences = [
        "The council closed the bridge.",
        "Engineers found cracks in the bridge.",
        "A baker sells rolls beside it.",
    ]
    likely = shipped().of(sentences, [5, 6, 6], 60)
    assert likely["bridge"] > likely["cracks"] > likely["rolls"]


def test_in_a_longer_paragraph_what_stands_further_down_has_more_room():
    sentences = [f"The council closed bridge {number} of the old town." for number in range(30)]
    short, long = (shipped().of(sentences, [9] * 30, words) for words in (60, 120))
    assert long["20"] > short["20"]


def test_each_concept_has_a_value_for_each_column():
    found = features(["One bridge was closed."], [4])
    assert found.table.shape == (len(found.concepts), len(COLUMNS))
    assert np.isfinite(found.table).all()
    assert found.pair.sum() == 3


def test_an_article_without_words_has_none():
    empty = features(["…"], [1])
    assert empty.concepts == ()
    assert isinstance(shipped(), Salience)


def test_the_shipped_weights_reach_the_figures_that_the_docs_quote(
    judge: ModuleType, encoder: Encoder
):
    if not judge.SETS[0].exists():
        pytest.skip(f"the articles with people's paragraphs are not there ({judge.SETS[0]})")
    judged = judge.rows(judge.SETS[:1])
    found = judge.scores(judge.told(judge.stories_of(judged), encoder, shipped()), judged)
    lead = judge.scores([judge.first_words(judge.article(row)) for row in judged], judged)
    one, two, longest, words = np.mean(found, axis=0)
    assert words <= 60
    assert one > np.mean(lead, axis=0)[0]
    assert (one, two, longest) == pytest.approx((38.1, 14.5, 24.4), abs=0.3)
