"""With a real, tiny classifier, taught here that only what speaks of Seoul is supported."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digest.model import UsageError
from digest.summarize.reading.facts import Passage
from digest.summarize.verifying.checker import CheckerModel, supported_label
from digest.summarize.verifying.verify import Verifier

WORDS = "the a ministers met in seoul on monday weather was fine and they agreed it rained . , all"
SOURCE = "The ministers met in Seoul, and they agreed on it all. On Monday it rained."
CLAIM = "The ministers met in Seoul."
Build = Callable[..., Path]


@pytest.fixture(scope="module")
def taught() -> tuple[Any, Any]:
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS.split()]
    read = Tokenizer(models.WordLevel({w: i for i, w in enumerate(vocabulary)}, "[UNK]"))
    read.normalizer = normalizers.Lowercase()
    read.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    read.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=read, pad_token="[PAD]", unk_token="[UNK]", model_max_length=24
    )
    torch.manual_seed(0)
    size = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2}
    config = BertConfig(
        vocab_size=len(vocabulary),
        num_hidden_layers=1,
        max_position_embeddings=24,
        num_labels=3,
        **size,
    )
    model = BertForSequenceClassification(config)
    premises = ["The ministers met in Seoul.", "Seoul was fine.", "They met in Seoul and agreed."]
    others = ["The weather was fine.", "On Monday it rained.", "The ministers met and agreed."]
    batch = tokenizer([*premises, *others], [CLAIM] * 6, padding=True, return_tensors="pt")
    told = torch.tensor([0, 0, 0, 1, 1, 1])
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(80):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(**batch).logits, told).backward()
        optimizer.step()
    return tokenizer, model.eval()


@pytest.fixture
def build(taught: tuple[Any, Any], tmp_path: Path) -> Build:
    """Saves it with its three labels in the order and under the names wanted."""

    def saved(*labels: str) -> Path:
        import torch

        tokenizer, model = taught
        tokenizer.save_pretrained(tmp_path)
        model.save_pretrained(tmp_path)
        order = [("entailment", "neutral", "contradiction").index(label) for label in labels]
        other = type(model)(model.config)
        other.load_state_dict(model.state_dict())
        with torch.no_grad():
            other.classifier.weight.copy_(model.classifier.weight[order])
            other.classifier.bias.copy_(model.classifier.bias[order])
        other.config.id2label = dict(enumerate(labels))
        other.save_pretrained(tmp_path)
        return tmp_path

    return saved


def verdicts(checker: CheckerModel, source: str, *claims: str) -> list[bool]:
    verdict = Verifier(checker=checker).verify([Passage(source)], claims)
    return [sentence.supported for sentence in verdict.sentences]


@pytest.mark.parametrize(
    "labels",
    [("entailment", "neutral", "contradiction"), ("contradiction", "neutral", "entailment")],
)
def test_the_model_judges_whatever_the_order_of_its_labels(
    build: Build, labels: tuple[str, ...]
) -> None:
    checker = CheckerModel(str(build(*labels)))
    assert verdicts(checker, SOURCE, CLAIM) == [True]
    [sentence] = (
        Verifier(checker=checker)
        .verify(
            [Passage("The weather was fine and it rained on the ministers.")],
            ["The ministers met."],
        )
        .sentences
    )
    assert not sentence.supported
    assert sentence.score < 0.5
    assert sentence.reasons[0].startswith(f"{checker.name} finds it in the article with only ")


def test_a_long_article_is_read_in_pieces_and_one_is_enough(build: Build) -> None:
    checker = CheckerModel(str(build("entailment", "neutral", "contradiction")))
    filler = "On Monday it rained and it was fine. " * 12
    assert verdicts(checker, f"{filler}They met in Seoul. {filler}", CLAIM) == [True]
    assert verdicts(checker, filler, "The ministers met.") == [False]


def test_a_number_that_the_source_lacks_fails_whatever_the_model_says(build: Build) -> None:
    checker = CheckerModel(str(build("entailment", "neutral", "contradiction")))
    [sentence] = (
        Verifier(checker=checker)
        .verify([Passage(SOURCE)], ["The 17 ministers met in Seoul."])
        .sentences
    )
    assert sentence.reasons == ("the number 17 is not in the article",)


def test_a_classifier_of_something_else_is_refused(build: Build) -> None:
    folder = build("entailment", "neutral", "contradiction")
    config = json.loads((folder / "config.json").read_text())
    config["id2label"] = {"0": "joy", "1": "anger", "2": "fear"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(UsageError, match=r"is no classifier of supported sentences: .*joy, anger"):
        verdicts(CheckerModel(str(folder)), SOURCE, CLAIM)


def test_a_model_that_is_not_there_is_found_out_at_once() -> None:
    with pytest.raises(UsageError, match=r"no model .* does not exist"):
        CheckerModel("/nowhere")


def test_weights_that_cannot_be_read_say_so(build: Build, tmp_path: Path) -> None:
    folder = build("entailment", "neutral", "contradiction")
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken, ignore=shutil.ignore_patterns("broken"))
    (broken / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(UsageError, match="cannot be loaded"):
        verdicts(CheckerModel(str(broken)), SOURCE, CLAIM)


@pytest.mark.parametrize(
    ("labels", "index"),
    [
        ({0: "CONTRADICTION", 1: "NEUTRAL", 2: "ENTAILMENT"}, 2),
        ({0: "entailment", 1: "not_entailment"}, 0),
        ({0: "unsupported", 1: "supported"}, 1),
        ({0: "LABEL_0", 1: "LABEL_1"}, 1),
        ({0: "LABEL_0"}, 0),
        ({0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}, None),
        ({0: "negative", 1: "positive"}, None),
    ],
)
def test_the_label_that_says_supported_is_known_by_its_name(
    labels: dict[int, str], index: int | None
) -> None:
    assert supported_label(labels) == index
