"""Prompts read one by one are continued as ever."""

from typing import Any

import pytest
import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

from digest.summarize.writing.prefill import read

SIZES: dict[str, Any] = {
    "vocab_size": 300,
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "initializer_range": 0.5,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}


@pytest.fixture(scope="module")
def model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**SIZES)).eval()


@pytest.fixture
def prompts() -> tuple[torch.Tensor, torch.Tensor]:
    """Of 2, 9 and 30 tokens, padded on the left."""
    torch.manual_seed(1)
    tokens = torch.randint(3, 300, (3, 30))
    mask = torch.ones_like(tokens)
    for row, length in enumerate((2, 9, 30)):
        tokens[row, :-length] = mask[row, :-length] = 0
    return tokens, mask


@torch.inference_mode()
def test_what_is_written_does_not_depend_on_how_the_prompts_were_read(
    model: LlamaForCausalLM, prompts: tuple[torch.Tensor, torch.Tensor]
) -> None:
    tokens, mask = prompts
    order = {"do_sample": False, "max_new_tokens": 20, "min_new_tokens": 20}
    together = model.generate(input_ids=tokens, attention_mask=mask, **order)
    kept = read(model, tokens, mask, 20)
    apart = model.generate(input_ids=tokens, attention_mask=mask, past_key_values=kept, **order)
    assert torch.equal(together, apart)
    assert len(set(apart[:, 30:].flatten().tolist())) > 10, "it writes more than one thing"


@torch.inference_mode()
def test_nothing_that_was_kept_is_copied_while_writing(
    model: LlamaForCausalLM, prompts: tuple[torch.Tensor, torch.Tensor]
) -> None:
    kept = read(model, *prompts, 20)
    assert kept
    before = [layer.keys.data_ptr() for layer in kept.layers]
    tokens, mask = prompts
    model.generate(input_ids=tokens, attention_mask=mask, past_key_values=kept, max_new_tokens=20)
    assert [layer.keys.data_ptr() for layer in kept.layers] == before
    assert kept.get_seq_length() > 30


@torch.inference_mode()
def test_a_model_that_forgets_early_tokens_reads_as_it_always_does(
    prompts: tuple[torch.Tensor, torch.Tensor],
) -> None:
    forgetful = MistralForCausalLM(MistralConfig(**SIZES, sliding_window=8)).eval()
    assert read(forgetful, *prompts, 20) is None


@torch.inference_mode()
def test_a_model_with_a_state_instead_of_keys_reads_as_it_always_does(
    prompts: tuple[torch.Tensor, torch.Tensor],
) -> None:
    recurrent = MambaConfig(vocab_size=300, hidden_size=48, num_hidden_layers=2, state_size=4)
    assert read(MambaForCausalLM(recurrent).eval(), *prompts, 20) is None
