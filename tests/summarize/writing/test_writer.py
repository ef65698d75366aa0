"""Loading a model and having it write, with the tiny models of conftest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from digest.model import UsageError
from digest.summarize.writing.authors import Failed
from digest.summarize.writing.local import LocalModel

PROMPTS = [f"Rain fell on {day}." for day in ("Monday", "Tuesday", "Friday", "Saturday", "Sunday")]


def test_a_chat_model_named_as_seq2seq_is_told_apart(llama: Path) -> None:
    with pytest.raises(UsageError, match=rf"is a llama model.*write chat:{llama}"):
        _ = LocalModel(f"seq2seq:{llama}").writer


def test_a_seq2seq_model_named_as_chat_is_told_apart(bart: Path) -> None:
    with pytest.raises(UsageError, match=rf"is a bart model.*write seq2seq:{bart}"):
        _ = LocalModel(f"chat:{bart}").writer


def test_a_model_that_does_not_write_is_refused(llama: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(llama, tmp_path / "vision")
    (folder / "config.json").write_text(json.dumps({"model_type": "vit"}))
    with pytest.raises(UsageError, match="is a vit model, which does not write text"):
        _ = LocalModel(f"chat:{folder}").writer


def test_a_model_without_a_chat_template_is_refused(llama: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(llama, tmp_path / "base")
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(UsageError, match="has no chat template"):
        _ = LocalModel(f"chat:{folder}").writer


def test_code_that_comes_with_a_model_is_not_run(llama: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(llama, tmp_path / "custom")
    (folder / "config.json").write_text(
        json.dumps({"model_type": "mine", "auto_map": {"AutoConfig": "mine.Config"}})
    )
    (folder / "mine.py").write_text("raise SystemExit('this code was run')")
    with pytest.raises(UsageError, match="cannot be loaded"):
        _ = LocalModel(f"chat:{folder}").writer


def test_weights_that_are_damaged_are_reported_as_such(bart: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bart, tmp_path / "damaged")
    (folder / "model.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(UsageError, match="cannot be loaded"):
        _ = LocalModel(f"seq2seq:{folder}").writer


def needing_memory(model: Any, more_than: int) -> Any:
    """A hook that asks for a petabyte at each batch of more rows."""

    def hook(module: Any, args: Any, kwargs: Any) -> None:
        if len(kwargs["input_ids"]) > more_than:
            torch.empty(2**50)

    return model.register_forward_pre_hook(hook, with_kwargs=True)


@pytest.mark.parametrize("kind", ["seq2seq", "chat"])
def test_a_batch_for_which_memory_runs_out_is_halved_until_it_fits(
    kind: str, bart: Path, llama: Path, learned: str, caplog: pytest.LogCaptureFixture
) -> None:
    writer = LocalModel(f"{kind}:{bart if kind == 'seq2seq' else llama}").writer
    part = writer._model.get_encoder() if kind == "seq2seq" else writer._model
    needing_memory(part, more_than=2)
    assert [str(text).strip() for text in writer.write(PROMPTS, 60)] == [learned] * len(PROMPTS)
    halved = [record.getMessage() for record in caplog.records if "no memory" in record.message]
    assert [message.split(" for ")[1] for message in halved] == [
        "5 articles at once",
        "3 articles at once",
    ]


def test_a_story_that_does_not_fit_into_memory_alone_fails_alone(llama: Path) -> None:
    writer = LocalModel(f"chat:{llama}").writer
    needing_memory(writer._model, more_than=0)
    answers = writer.write(PROMPTS[:2], 60)
    assert answers == [Failed("the memory of this machine is too small for it", passing=True)] * 2


def test_another_error_than_of_memory_is_raised(llama: Path) -> None:
    writer = LocalModel(f"chat:{llama}").writer

    def broken(module: Any, args: Any) -> None:
        torch.zeros(2) @ torch.zeros(3)

    writer._model.register_forward_pre_hook(broken)
    with pytest.raises(RuntimeError, match="size"):
        writer.write(PROMPTS, 60)
