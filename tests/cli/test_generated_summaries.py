"""``digest summarize --summarizer``: what a model writes is printed only if the article says it."""

from __future__ import annotations

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import BartConfig, BartForConditionalGeneration, PreTrainedTokenizerFast

from digest.summarize.choosing.extractive import WEIGHTS_ALONE

TEXT = (
    "The mayor of Lowmere opened a bridge over the Salt on Monday. It cost 40 million and took "
    "three years. Two ferries that crossed the river before will stop in May."
)


@pytest.fixture(scope="module")
def babbler(tmp_path_factory):
    """A folder with a small BART that was never trained, so that it writes anything."""
    folder = tmp_path_factory.mktemp("model")
    words = Tokenizer(models.WordLevel(unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    marks = ["<pad>", "<s>", "</s>", "<unk>"]
    words.train_from_iterator([TEXT], trainers.WordLevelTrainer(special_tokens=marks))
    PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=256,
    ).save_pretrained(folder)
    torch.manual_seed(7)
    layers = {
        f"{part}_{size}": number
        for part in ("encoder", "decoder")
        for size, number in (("layers", 1), ("attention_heads", 2), ("ffn_dim", 16))
    }
    config = BartConfig(
        vocab_size=words.get_vocab_size(),
        d_model=16,
        max_position_embeddings=256,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
        forced_eos_token_id=2,
        **layers,
    )
    BartForConditionalGeneration(config).save_pretrained(folder)
    return folder


def test_what_a_model_makes_up_is_replaced_and_labelled_with_the_reason(project, babbler):
    row = {"id": 3, "title": "Lowmere has a bridge", "text": TEXT, "mark": "x"}
    [told] = project.rows("summarize", "--summarizer", f"seq2seq:{babbler}", given=[row])
    assert (told["id"], told["mark"], told["method"]) == (3, "x", "extractive")
    assert str(babbler) in told["fallback"]
    assert told["model"] == WEIGHTS_ALONE
    for sentence in told["sentences"]:
        assert sentence["text"] in TEXT
        assert sentence["sources"][0]["article"] == 3
