"""What may be written of a source, piece by piece, by tiny models and their tokenizers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from digest.summarize.reading.words import FUNCTION_WORDS
from digest.summarize.writing.authors import Source
from digest.summarize.writing.constrain import Pieces, Place, Vocabulary
from digest.summarize.writing.local import LocalModel

SOURCE = (
    "The two ministers met in Seoul on 17 November. Pete Hegseth said the 4.6bn plan stands. "
    "Costs of $1,200 rose by 35% since McIlroy's visit by iPad."
)


@pytest.fixture(scope="module")
def pieces(llama: Path) -> Pieces:
    tokenizer: Any = AutoTokenizer.from_pretrained(llama)
    return Pieces(tokenizer, len(tokenizer))


def stopped_at(text: str, pieces: Pieces, source: Source) -> str | None:
    """What was written of the text when its next piece was not allowed; nothing if all was."""
    vocabulary, place, written = Vocabulary(source, pieces), Place(), ""
    for piece in pieces._ids([text])[0]:
        if not vocabulary.allowed(place)[piece]:
            return written
        place = vocabulary.after(place, piece)
        written += pieces.texts[piece]
    return None


@pytest.mark.parametrize(
    "text",
    [
        "Hegseth met ministers in Seoul on 17 November.",
        "Ministers said costs rose by 35% (from $1,200).",
        "They met. Costs rose, and McIlroy's visit stands.",
        "A plan of 4.6 billion is what Pete Hegseth wants.",
        "“The plan stands,” Hegseth said.",
        "nothing here is a name",
        "It is in an iPad, if it is in anything.",
    ],
)
def test_names_and_numbers_of_the_source_may_be_written(text: str, pieces: Pieces) -> None:
    assert stopped_at(text, pieces, Source(SOURCE, "en")) is None


@pytest.mark.parametrize(
    ("text", "upto"),
    [
        ("They have an iPod.", "They have an iP"),
        ("They met in Busan.", "They met in "),
        ("They met on 18 November.", "They met on 1"),
        ("They met on 1 November.", "They met on 1"),
        ("It rose by 3.5%.", "It rose by 3"),
        ("It cost $1,2000.", "It cost $1,200"),
        ("Pete Heg said so.", "Pete Heg"),
        ("Costs rose in the seouL of it.", "Costs rose in the seou"),
        ("They met in The Hague.", "They met in The H"),
        ("So they met. Busan saw it.", "So they met. Bu"),
    ],
)
def test_another_name_or_number_may_not(text: str, upto: str, pieces: Pieces) -> None:
    assert stopped_at(text, pieces, Source(SOURCE, "en")) == upto


def test_where_every_noun_has_a_capital_only_numbers_are_kept(pieces: Pieces) -> None:
    german = Source("Der Minister kam am 17. November nach Seoul.", "de-DE")
    assert stopped_at("Das Treffen war in Busan am 17.", pieces, german) is None
    assert stopped_at("Das Treffen war am 18.", pieces, german) is not None


def told(text: str) -> set[str]:
    """The names and numbers in a text, but for its last word, which may not have ended."""
    words = re.findall(r"\d+(?:[.,:]\d+)*\w*|[^\W\d_]\w*", text)
    return {word for word in words[:-1] if re.search("[A-Z0-9]", word)}


@pytest.mark.parametrize(("kind", "beams"), [("chat", 1), ("seq2seq", 1), ("seq2seq", 3)])
def test_a_model_that_babbles_names_only_what_its_own_source_names(
    kind: str, beams: int, llama: Path, untaught_bart: Path
) -> None:
    writer = LocalModel(f"{kind}:{llama if kind == 'chat' else untaught_bart}").writer
    torch.manual_seed(3)
    with torch.no_grad():
        writer._model.get_output_embeddings().weight.normal_()
    writer._model.generation_config.num_beams = beams
    prompts = ["Rain fell.", "Rain fell on Monday, they said.", "Snow."]
    sources = [Source(f"{SOURCE} Item {number}{number}.", "en") for number in range(3)]
    free = [str(text) for text in writer.write(prompts, 60)]
    kept = [str(text) for text in writer.write(prompts, 60, sources)]
    assert any(told(text) for text in free), "left alone it babbles names and numbers"
    for text, source in zip(kept, sources, strict=True):
        begin = {*re.findall(r"[a-z]\w*", source.text), *FUNCTION_WORDS}
        assert told(text) <= told(f"{source.text} 4.6 .") | {word.capitalize() for word in begin}
