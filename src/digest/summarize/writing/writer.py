"""A model that writes text, loaded from its checkpoint: sequence-to-sequence or chat."""

from __future__ import annotations

import copy
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stderr
from io import StringIO
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    GgufConfig,
    LogitsProcessorList,
)
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
)
from transformers.utils.logging import disable_progress_bar

from digest.model import UsageError
from digest.summarize.checkpoints import Checkpoint
from digest.summarize.devices import best_device
from digest.summarize.writing import prefill
from digest.summarize.writing.authors import Failed, Kind, Source
from digest.summarize.writing.constrain import OnlyAsInSource, Pieces, Vocabulary

LONGEST_INPUT = 4096
"""Tokens of one input, however much more the model could read: memory and time grow with it."""
BATCH_TOKENS = 20480
"""Tokens of one batch, padding and what is written included."""

_UNUSABLE = (
    OSError,
    ValueError,
    KeyError,
    ImportError,
    RuntimeError,  # of a GPU without memory for it, too
    MemoryError,
    SafetensorError,
)
"""What loading raises: files that are missing, damaged or of an unknown kind, or too large."""

logger = logging.getLogger(__name__)


class Writer:
    """Continues or condenses texts, always the same way: no sampling."""

    def __init__(self, kind: Kind, checkpoint: Checkpoint) -> None:
        """Load it, in bfloat16 where the device computes in it.

        Raises:
            UsageError: the files cannot be loaded, or are of a model of the other kind.
        """
        disable_progress_bar()  # type: ignore[no-untyped-call]
        self._chat = kind == "chat"
        self.device = best_device()
        files: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
        if checkpoint.gguf:
            files["gguf_file"] = checkpoint.gguf
        try:
            self._config = AutoConfig.from_pretrained(checkpoint.folder, **files)
            _check(kind, self._config, checkpoint)
            self._tokenizer = AutoTokenizer.from_pretrained(
                checkpoint.folder, padding_side="left" if self._chat else "right", **files
            )
            if checkpoint.gguf:
                # Packed weights would need kernels, which are code fetched from the hub.
                files["quantization_config"] = GgufConfig(dequantize=True)
            model_class: Any = AutoModelForCausalLM if self._chat else AutoModelForSeq2SeqLM
            # The reader of GGUF files shows a progress bar that no setting turns off.
            with redirect_stderr(StringIO()) if checkpoint.gguf else nullcontext():
                self._model = model_class.from_pretrained(
                    checkpoint.folder,
                    config=self._config,  # a GGUF file's would be read once more, for seconds
                    dtype=self.device.dtype,
                    use_safetensors=True,
                    **files,
                )
            self._model.to(self.device.kind).eval()
        except _UNUSABLE as error:
            first_line = str(error).strip().partition("\n")[0]
            raise UsageError(f"{kind}:{checkpoint.name} cannot be loaded: {first_line}") from error
        if self._chat and not self._tokenizer.chat_template:
            raise UsageError(
                f"chat:{checkpoint.name} has no chat template: name a model that follows "
                f"instructions, mostly called Instruct or Chat"
            )
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        self._pieces = Pieces(self._tokenizer, len(self._tokenizer))
        logger.info("%s:%s is loaded on %s", kind, checkpoint, self.device)

    @property
    def context(self) -> int:
        """Tokens it can read; of a chat model what it writes counts as well."""
        known = getattr(self._config, "max_position_embeddings", LONGEST_INPUT)
        return int(min(LONGEST_INPUT, known, self._tokenizer.model_max_length))

    def room(self, prompt: str, written: int) -> int:
        """Tokens left for articles next to an empty prompt and ``written`` tokens of answer."""
        used = len(self._tokenizer(self._dressed(prompt))["input_ids"])
        return self.context - used - (written if self._chat else 0)

    def count(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes inside a longer one."""
        within = [f" {text}" for text in texts]
        return [len(ids) for ids in self._tokenizer(within, add_special_tokens=False)["input_ids"]]

    def plain(self, text: str) -> str:
        """The text without what the model takes for a mark of its own, such as an end of turn."""
        for mark in self._tokenizer.added_tokens_encoder:
            text = text.replace(mark, " ")
        return text

    def write(
        self, prompts: Sequence[str], longest: int, sources: Sequence[Source] = ()
    ) -> list[str | Failed]:
        """What it writes on each prompt, at most ``longest`` tokens; in the order of the prompts.

        Batches hold prompts of similar length. One for which memory runs out is halved.
        """
        inputs = [self._dressed(prompt) for prompt in prompts]
        lengths = [len(ids) for ids in self._tokenizer(inputs)["input_ids"]]
        settings = self._settings(longest)
        too_big = Failed("the memory of this machine is too small for it", passing=True)
        written: list[str | Failed] = [too_big] * len(inputs)
        kept_to = [Vocabulary(source, self._pieces) for source in sources]
        waiting = deque(_batches(lengths, longest, settings.num_beams or 1))
        while waiting:
            batch = waiting.popleft()
            of_batch = [kept_to[index] for index in batch] if sources else []
            texts = self._if_it_fits([inputs[index] for index in batch], settings, of_batch)
            if texts is not None:
                for index, text in zip(batch, texts, strict=True):
                    written[index] = text
            elif len(batch) > 1:
                half = len(batch) // 2
                waiting.extendleft([batch[half:], batch[:half]])
        return written

    def _dressed(self, prompt: str) -> str:
        """The prompt with the marks and the opening that the model was trained with."""
        if not self._chat:
            tasks = getattr(self._config, "task_specific_params", None) or {}
            return str(tasks.get("summarization", {}).get("prefix", "")) + prompt
        return str(
            self._tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}],
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=False,
            )
        )

    def _settings(self, longest: int) -> Any:
        """The model's own ``GenerationConfig``, beams and all, but without chance or excess."""
        settings: Any = copy.deepcopy(self._model.generation_config)
        settings.update(
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            max_length=None,
            max_new_tokens=longest,
            min_length=min(settings.min_length or 0, longest // 2),
            pad_token_id=self._tokenizer.pad_token_id,
        )
        return settings

    def _if_it_fits(
        self, inputs: list[str], settings: Any, kept_to: Sequence[Vocabulary]
    ) -> list[str] | None:
        """What is written on them, or nothing where memory runs out."""
        try:
            return self._generate(inputs, settings, kept_to)
        except RuntimeError as error:
            if not _out_of_memory(error):
                raise
            logger.warning("no memory on %s for %d articles at once", self.device, len(inputs))
        # Not before the error is gone, which holds on to all that was computed.
        if self.device.kind == "cuda":
            torch.cuda.empty_cache()
        return None

    def _generate(
        self, inputs: list[str], settings: Any, kept_to: Sequence[Vocabulary]
    ) -> list[str]:
        # A chat template writes the marks of beginning itself.
        tokens = self._tokenizer(
            inputs, return_tensors="pt", padding=True, add_special_tokens=not self._chat
        ).to(self.device.kind)
        ids, mask = tokens["input_ids"], tokens["attention_mask"]
        start = ids.shape[1] if self._chat else 0
        rules = [OnlyAsInSource(kept_to, start)] if kept_to else []
        kept = None
        with torch.inference_mode():
            if self._chat and self.device.kind == "cpu" and settings.num_beams in (None, 1):
                kept = prefill.read(self._model, ids, mask, settings.max_new_tokens)
            output = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                past_key_values=kept,
                generation_config=settings,
                logits_processor=LogitsProcessorList(rules),
            )
        return list(self._tokenizer.batch_decode(output[:, start:], skip_special_tokens=True))


def _check(kind: Kind, config: Any, checkpoint: Checkpoint) -> None:
    """By the configuration, before any weights are read."""
    reads_first = bool(config.is_encoder_decoder)
    other = "seq2seq" if reads_first else "chat"
    if other != kind:
        does = "reads first and then writes" if reads_first else "continues a text"
        raise UsageError(
            f"{kind}:{checkpoint.name} is a {config.model_type} model, which {does}: "
            f"write {other}:{checkpoint.name}"
        )
    known = (
        MODEL_FOR_CAUSAL_LM_MAPPING if kind == "chat" else MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING
    )
    if type(config) not in known:
        raise UsageError(
            f"{kind}:{checkpoint.name} is a {config.model_type} model, which does not write text"
        )


def _out_of_memory(error: RuntimeError) -> bool:
    """Of a GPU that is an error of its own; the processor's allocator and MPS only say so."""
    told = str(error)
    return isinstance(error, torch.OutOfMemoryError) or any(
        sign in told for sign in ("out of memory", "DefaultCPUAllocator")
    )


def _batches(lengths: Sequence[int], longest: int, beams: int) -> list[list[int]]:
    """Indices grouped by similar length, the longest first, each group within ``BATCH_TOKENS``."""
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        last = batches[-1] if batches else []
        if last and (len(last) + 1) * (lengths[last[0]] + longest) * beams <= BATCH_TOKENS:
            last.append(index)
        else:
            batches.append([index])
    return batches
