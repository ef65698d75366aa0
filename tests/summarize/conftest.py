"""Real, tiny models, built here and wired to know one paragraph by heart.

Only tests that use them wait for torch.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from digest.model import Article, Story

if TYPE_CHECKING:
    import torch
    from transformers import BartForConditionalGeneration, PreTrainedTokenizerFast

FIRST = "Ministers met in Seoul on Tuesday."
SECOND = "Defence budget rises to 25 billion dollars!"
LEARNED = f"{FIRST} {SECOND}"
ARTICLE = (
    "The weather was fine. The two ministers met for a meeting in Seoul on Tuesday.",
    "Seoul's defence budget rises to 25 billion dollars. A submarine is to be built.",
)
CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def tokenizer(*, chat: bool) -> PreTrainedTokenizerFast:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    marks = ["<pad>", "<s>", "</s>", "<|user|>", "<|assistant|>", "<|end|>"]
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    trained.train_from_iterator(
        [LEARNED, *ARTICLE] * 3,
        trainers.BpeTrainer(
            vocab_size=600,
            special_tokens=marks,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=trained,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="<|end|>" if chat else "</s>",
        additional_special_tokens=marks[3:],
        chat_template=CHAT_TEMPLATE if chat else None,
        model_max_length=1024,
    )


def small_bart(words: PreTrainedTokenizerFast) -> BartForConditionalGeneration:
    import torch
    from transformers import BartConfig, BartForConditionalGeneration

    torch.manual_seed(0)
    return BartForConditionalGeneration(
        BartConfig(
            vocab_size=len(words),
            d_model=48,
            encoder_layers=1,
            decoder_layers=2,
            encoder_attention_heads=4,
            decoder_attention_heads=4,
            encoder_ffn_dim=96,
            decoder_ffn_dim=96,
            max_position_embeddings=1024,
            init_std=1.0,
            tie_word_embeddings=False,
            pad_token_id=words.pad_token_id,
            bos_token_id=words.bos_token_id,
            eos_token_id=words.eos_token_id,
            decoder_start_token_id=words.bos_token_id,
            forced_eos_token_id=words.eos_token_id,
        )
    )


def wire(weights: dict[str, torch.Tensor], chain: list[int], embedding: str) -> None:
    """After each token of the chain the next one, whatever was read: the layers add nothing to the
    embedding of the last token, and the output rows are the embeddings of the tokens before."""
    assert len(set(chain)) == len(chain)
    for name, weight in weights.items():
        if name.endswith(("o_proj.weight", "down_proj.weight", "out_proj.weight", "fc2.weight")):
            weight.zero_()
        if "embed_positions" in name:
            weight.zero_()
    rows = weights["lm_head.weight"].zero_()
    for token, following in itertools.pairwise(chain):
        rows[following] = weights[embedding][token]


@pytest.fixture(scope="session")
def untaught_bart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = tokenizer(chat=False)
    return saved(small_bart(words), words, tmp_path_factory.mktemp("untaught"))


@pytest.fixture(scope="session")
def bart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    words = tokenizer(chat=False)
    model = small_bart(words)
    text = words(LEARNED)["input_ids"]
    with torch.no_grad():
        chain = [words.bos_token_id, *text, words.eos_token_id]
        wire(model.state_dict(), chain, "model.decoder.embed_tokens.weight")
    return saved(model, words, tmp_path_factory.mktemp("bart"))


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    words = tokenizer(chat=True)
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(words),
            hidden_size=48,
            intermediate_size=96,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=2048,
            initializer_range=1.0,
            pad_token_id=words.pad_token_id,
            bos_token_id=words.bos_token_id,
            eos_token_id=words.eos_token_id,
        )
    )
    chain = words(f"<|assistant|>{LEARNED}<|end|>")["input_ids"]
    with torch.no_grad():
        wire(model.state_dict(), chain, "model.embed_tokens.weight")
    return saved(model, words, tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder that knows next to nothing."""
    from transformers import BertConfig, BertModel

    words = tokenizer(chat=False)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        pad_token_id=words.pad_token_id,
    )
    return saved(BertModel(config), words, tmp_path_factory.mktemp("bert"))


def saved(model: Any, words: PreTrainedTokenizerFast, folder: Path) -> Path:
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


@pytest.fixture
def story() -> Callable[..., Story]:
    """Makes a story of two articles, the first of them as long as is wanted."""

    def make(number: int = 0, length: int = 1) -> Story:
        lead = Article(f"https://a.example/{number}", "Talks", ARTICLE * length, "A", language="en")
        other = Article(
            f"https://b.example/{number}",
            "More talks",
            ("Rain fell. Nobody came.",),
            "B",
            language="en",
        )
        return Story((lead, other), "Talks")

    return make


@pytest.fixture
def learned() -> str:
    """What the tiny models write on anything they read: two sentences."""
    return LEARNED
