"""How much faster a model writes here than with ``generate()`` as one finds it.

The packaged chat model on news articles, each read and continued by exactly as many tokens in both
ways: in float32 one article after the other, and as ``Writer`` does. The two take turns, so that
other work on the machine slows both. Needs the extra smollm2.

Reads ``../shared/eval/summaries.jsonl.gz`` beside the repository: rows ``{"id", "text"}``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
from transformers.utils import logging

import cases
from digest.model import Article, Story, UsageError
from digest.summarize.base import Brief
from digest.summarize.checkpoints import PACKAGED, find
from digest.summarize.writing.authors import Source
from digest.summarize.writing.excerpts import Excerpt
from digest.summarize.writing.prompts import Prompts
from digest.summarize.writing.writer import Writer

ARTICLES = Path(__file__).resolve().parents[2] / "shared/eval/summaries.jsonl.gz"
STORIES = 8
ROUNDS = 3
TOKENS = 96
"""About 70 English words."""


def as_one_finds_it(files: dict[str, Any], folder: Path) -> tuple[Any, Any]:
    tokenizer = AutoTokenizer.from_pretrained(folder, **files)
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True), **files
    )
    return tokenizer, model.eval()


def one_by_one(tokenizer: Any, model: Any, prompts: list[str]) -> float:
    started = time.perf_counter()
    for prompt in prompts:
        tokens = tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )
        with torch.inference_mode():
            written = model.generate(
                **tokens, do_sample=False, min_new_tokens=TOKENS, max_new_tokens=TOKENS
            )
        assert written.shape[1] == tokens["input_ids"].shape[1] + TOKENS
    return time.perf_counter() - started


def in_batches(writer: Writer, prompts: list[str], sources: list[Source]) -> float:
    started = time.perf_counter()
    writer.write(prompts, TOKENS, sources)
    return time.perf_counter() - started


def main() -> None:
    if not ARTICLES.exists():
        sys.exit(f"skipped: there are no articles to write about at {ARTICLES}")
    try:
        checkpoint = find(PACKAGED)
    except UsageError as missing:
        sys.exit(f"skipped: {missing}")
    rows = cases.read(ARTICLES)[: ROUNDS * STORIES]
    logging.set_verbosity_error()
    writer = Writer("chat", checkpoint)
    # As many tokens as may be: otherwise the quicker to end would seem the quicker to write.
    writer._model.generation_config.min_new_tokens = TOKENS
    tokenizer, model = as_one_finds_it({"gguf_file": checkpoint.gguf}, checkpoint.folder)

    prompts, sources = [], []
    for row in rows:
        article = Article(row["id"], "", tuple(row["text"].split("\n\n")), language="en")
        story = Story((article,), "")
        prompts.append(Prompts().chat([Excerpt("", "", article.text)], story.lead, Brief()))
        sources.append(Source(article.text, "en"))
    read = sum(writer.count(prompts)) / len(prompts)
    print(
        f"{STORIES} articles a round, {read:.0f} tokens read and {TOKENS} written for each; "
        f"{torch.get_num_threads()} threads, {writer.device}\n"
    )
    print(f"{'round':<8}{'float32, one by one':>21}{'as shipped':>12}{'times':>8}")
    spent = [0.0, 0.0]
    for start in range(0, len(prompts), STORIES):
        part = prompts[start : start + STORIES]
        plain = one_by_one(tokenizer, model, part)
        ours = in_batches(writer, part, sources[start : start + STORIES])
        spent = [spent[0] + plain, spent[1] + ours]
        print(
            f"{start // STORIES + 1:<8}{STORIES * TOKENS / plain:14.1f} tokens/s"
            f"{STORIES * TOKENS / ours:8.1f}/s{plain / ours:8.1f}",
            flush=True,
        )
    print(f"\n{spent[0] / spent[1]:.1f} times as fast")


if __name__ == "__main__":
    main()
