"""What the verdicts are reckoned with is what the training script learns."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from digest.summarize.verifying.traits import ALIKE, FOUND, FUSED, VERBATIM
from digest.summarize.verifying.verify import Calibration, Demand, as_people_judge, shipped

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    f"The council of {town} closed the old bridge on Monday. Engineers had found deep cracks in "
    "two of its pillars. The mayor hopes to open it again in spring, and asks for patience."
    for town in ("Ashby", "Colby", "Derby", "Formby", "Kirby", "Maltby", "Rugby", "Selby")
]
TRUE = (
    "Engineers had found deep cracks in two of its pillars.",
    "The mayor hopes to open it again in spring.",
)
FALSE = (
    "Bridge engineers hope cracks open drivers.",
    "The council asks deep in spring for Monday.",
)


@pytest.fixture
def verification(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import verification

    return verification


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import train_verifier

    return train_verifier


def cases() -> list[dict[str, object]]:
    return [
        {"source": source, "summary": summary, "supported": supported}
        for number, source in enumerate(SOURCES)
        for supported, summaries in ((True, TRUE), (False, FALSE))
        for summary in (summaries[number % 2], f"The mayor hopes. {summaries[(number + 1) % 2]}")
    ]


def test_the_script_learns_from_any_file_what_tells_the_two_apart(
    trainer: ModuleType, tmp_path: Path
) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(map(json.dumps, cases())))
    lessons = [trainer.lesson(row, None) for row in trainer.cases.read(file)]
    learned = trainer.learn(lessons)
    assert learned.balanced == 0.5
    for lesson in lessons:
        likely = min(learned.by_words.probability(traits) for traits in lesson.traits)
        assert (likely >= learned.balanced) == lesson.supported
    weights = {name: term.weight for name, term in learned.by_words.terms.items()}
    assert weights[FOUND] >= 0
    assert weights[VERBATIM] > 0
    assert weights[FUSED] <= 0


def test_what_is_written_is_read_back(trainer: ModuleType) -> None:
    learned = trainer.learn([trainer.lesson(row, None) for row in cases()])
    written = json.loads(json.dumps(learned.to_json()))
    traits = {FOUND: 0.7, VERBATIM: 0.3, FUSED: 2.0, ALIKE: 0.5}
    again = Calibration.from_json(written)
    assert again.by_words.probability(traits) == pytest.approx(
        learned.by_words.probability(traits), abs=1e-4
    )


def test_the_shipped_weights_count_each_trait_the_way_it_must() -> None:
    model = shipped()
    taken_over = {FOUND: 1.0, VERBATIM: 1.0, FUSED: 1.0, ALIKE: 1.0}
    put_together = {FOUND: 0.5, VERBATIM: 0.0, FUSED: 3.0, ALIKE: 0.2}
    for regression in (model.by_words, model.with_meaning):
        assert regression.probability(taken_over) > 0.9
        assert regression.probability(put_together) < model.balanced
    assert as_people_judge() == Demand(0.2, model.balanced)
    assert 0.5 < model.balanced < 0.75


@pytest.fixture
def labelled(trainer: ModuleType) -> list[object]:
    if not trainer.CASES.exists():
        pytest.skip(f"the labelled summaries are not there ({trainer.CASES})")
    return [trainer.lesson(row, None) for row in trainer.cases.read(trainer.CASES)]


def test_the_shipped_weights_are_those_that_the_script_learns(
    trainer: ModuleType,
    verification: ModuleType,
    labelled: list[object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learned = trainer.learn(labelled)
    assert learned.balanced == pytest.approx(shipped().balanced, abs=1e-4)
    assert learned.by_words.bias == pytest.approx(shipped().by_words.bias, abs=0.01)
    for name, term in learned.by_words.terms.items():
        assert term.weight == pytest.approx(shipped().by_words.terms[name].weight, abs=0.01)
    monkeypatch.setattr(verification, "DIVISIONS", 2)
    balanced, kept, caught = verification.cross_validated(labelled, lambda model: model.by_words)
    assert balanced >= 0.80
    assert kept >= 0.80
    assert caught >= 0.76
