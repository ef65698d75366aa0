"""A model of ``transformers`` that judges whether a text says a sentence.

Any classifier of pairs of texts: one of natural language inference (entailment, neutral,
contradiction), one that says supported or not (MiniCheck), or one with a single logit. It reads
the source in pieces as long as it can take, and the evidence by itself; the piece that speaks most
for a sentence counts, as in Tang et al. 2024, "MiniCheck", https://aclanthology.org/2024.emnlp-main.499.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from digest.model import UsageError
from digest.summarize import checkpoints
from digest.summarize.verifying.verify import Opinion

LEAST = 0.5
"""The least probability that counts as supported."""
LONGEST_INPUT = 512
"""Tokens of one piece with the sentence, however much more the model could read."""
BATCH = 16

_SUPPORTED = re.compile(r"entail(?:ment|s|ed)?|support(?:ed|s)?|consistent|faithful|label_1", re.I)


class CheckerModel:
    """MODEL is a folder or ``owner/name[@revision]``; loaded at the first sentence."""

    def __init__(self, wanted: str) -> None:
        """Looks the model's files up; raises UsageError where they are missing."""
        self._checkpoint = checkpoints.find(wanted)
        self.name = str(self._checkpoint)

    def opinions(
        self, source: Sequence[str], claims: Sequence[str], evidence: Sequence[Sequence[str]]
    ) -> list[Opinion]:
        """See ``verify.Checker``. Raises UsageError where the model cannot be used."""
        pairs = [
            (number, piece, claim)
            for number, (claim, closest) in enumerate(zip(claims, evidence, strict=True))
            for piece in dict.fromkeys(
                filter(None, [" ".join(closest), *self._pieces(source, claim)])
            )
        ]
        best = [0.0] * len(claims)
        likely = self._probabilities([(piece, claim) for _, piece, claim in pairs])
        for (number, _, _), probability in zip(pairs, likely, strict=True):
            best[number] = max(best[number], probability)
        return [self._opinion(probability) for probability in best]

    def _opinion(self, score: float) -> Opinion:
        if score >= LEAST:
            return Opinion(score)
        return Opinion(score, f"{self.name} finds it in the article with only {score:.0%}")

    def _pieces(self, source: Sequence[str], claim: str) -> Iterator[str]:
        """The source in runs of whole sentences that fit beside the claim."""
        tokenizer, _, _ = self._loaded
        room = self._context - len(tokenizer("", claim)["input_ids"])
        piece: list[str] = []
        used = 0
        for sentence, length in zip(source, self._lengths(source), strict=True):
            if piece and used + length > room:
                yield " ".join(piece)
                piece, used = [], 0
            piece.append(sentence)
            used += length
        if piece:
            yield " ".join(piece)

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        tokenizer, _, _ = self._loaded
        return [len(ids) for ids in tokenizer(list(texts), add_special_tokens=False)["input_ids"]]

    def _probabilities(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Of each (text, sentence) that the text says it; pairs of similar length go together."""
        import torch

        tokenizer, model, label = self._loaded
        order = sorted(range(len(pairs)), key=lambda index: len(pairs[index][0]))
        found = [0.0] * len(pairs)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            inputs = tokenizer(
                [pairs[index][0] for index in batch],
                [pairs[index][1] for index in batch],
                truncation="only_first",
                max_length=self._context,
                padding=True,
                return_tensors="pt",
            ).to(model.device)
            with torch.inference_mode():
                logits = model(**inputs).logits.float()
            single = logits.shape[1] == 1
            likely = logits.sigmoid() if single else logits.softmax(dim=-1)
            for index, probability in zip(batch, likely[:, label].tolist(), strict=True):
                found[index] = probability
        return found

    @property
    def _context(self) -> int:
        tokenizer, model, _ = self._loaded
        known = getattr(model.config, "max_position_embeddings", LONGEST_INPUT)
        return int(min(LONGEST_INPUT, known, tokenizer.model_max_length))

    @cached_property
    def _loaded(self) -> tuple[Any, Any, int]:
        """Tokenizer, model, and which of its labels says that the sentence is supported."""
        from safetensors import SafetensorError
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        from digest.summarize.devices import best_device

        disable_progress_bar()  # type: ignore[no-untyped-call]
        folder, device = self._checkpoint.folder, best_device()
        files: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, **files)
            model: Any = AutoModelForSequenceClassification.from_pretrained(
                folder, dtype=device.dtype, use_safetensors=True, **files
            )
        except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
            first_line = str(error).strip().partition("\n")[0]
            raise UsageError(f"the checker {self.name} cannot be loaded: {first_line}") from error
        labels = model.config.id2label
        label = supported_label(labels)
        if label is None:
            raise UsageError(
                f"the checker {self.name} is no classifier of supported sentences: none of its "
                f"labels is entailment or supported, but {', '.join(labels.values())}"
            )
        return tokenizer, model.to(device.kind).eval(), label


def supported_label(labels: Mapping[int, str]) -> int | None:
    """Which label of a model's configuration says that a sentence is supported.

    The only one of a single logit; of two without names the second, as MiniCheck has it.
    """
    if len(labels) == 1:
        return next(iter(labels))
    found = [index for index, label in labels.items() if _SUPPORTED.fullmatch(label)]
    nameless = len(labels) > 2 and labels.get(1) == "LABEL_1"
    return found[0] if len(found) == 1 and not nameless else None
