"""From a name in the settings to a summarizer, and what happens where there is none."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.model import Story, UsageError
from digest.summarize.base import Brief
from digest.summarize.choosing.extractive import ExtractiveSummarizer
from digest.summarize.gate import summarize
from digest.summarize.models import Encoder
from digest.summarize.registry import look_up, summarizer_for, summarizer_or_absent
from digest.summarize.writing.endpoint import EndpointPolicy

Tell = Callable[..., Story]
POLICY = EndpointPolicy(retries=0)
CLOSED = "endpoint:http://ada:secret@127.0.0.1:9/v1#tiny"


def test_each_kind_of_name_gives_its_summarizer(encoder: Encoder, bart: Path, llama: Path) -> None:
    assert isinstance(summarizer_for("extractive", encoder), ExtractiveSummarizer)
    names = [
        summarizer_for(spec, encoder).name
        for spec in (f"seq2seq:{bart}", f"chat:{llama}", "endpoint:http://localhost/v1#m")
    ]
    assert [name.partition("-")[0] for name in names] == ["seq2seq", "chat", "chat"]
    assert names[2].endswith(":http://localhost/v1#m")


def test_another_order_is_another_summarizer(encoder: Encoder, llama: Path, tmp_path: Path) -> None:
    plain = summarizer_for(f"chat:{llama}", encoder, tmp_path).name
    (tmp_path / "chat.jinja").write_text("<article>{{ articles[0].text }}</article>")
    fence = "{% for a in articles %}<article>{{ a.text }}</article>{% endfor %}"
    (tmp_path / "chat.jinja").write_text(fence)
    assert summarizer_for(f"chat:{llama}", encoder, tmp_path).name != plain


def test_where_the_model_is_missing_sentences_are_chosen_and_say_so(
    encoder: Encoder, story: Tell, caplog: pytest.LogCaptureFixture
) -> None:
    fallback = summarizer_for("extractive", encoder)
    missing = summarizer_or_absent("chat:/no/such/model", encoder, None, POLICY)
    [summary] = summarize([story()], Brief(), missing, fallback)
    [plain] = fallback.summarize([story()], Brief())
    assert (summary.method, summary.sentences) == ("extractive", plain.sentences)
    assert summary.fallback == "chat:/no/such/model is not there"
    assert summary.passing
    assert "/no/such/model does not exist" in caplog.text


def test_where_the_server_does_not_run_sentences_are_chosen_and_no_password_is_told(
    encoder: Encoder, story: Tell, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        away = summarizer_or_absent(CLOSED, encoder, None, POLICY)
        [summary] = summarize([story()], Brief(), away, summarizer_for("extractive", encoder))
    assert summary.fallback == "tiny gave no paragraph: its server cannot be reached"
    assert (summary.method, summary.passing) == ("extractive", True)
    assert "secret" not in caplog.text + away.name


def test_a_model_is_looked_up_in_words(llama: Path) -> None:
    found = look_up(f"chat:{llama}", POLICY)
    assert str(llama) in found
    assert found.endswith(("float32", "bfloat16"))
    assert look_up("extractive", POLICY) == "sentences are chosen and not written"


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("chat:/no/such/model", "does not exist"),
        (CLOSED, r"^http://127.0.0.1:9/v1#tiny cannot be used: its server cannot be reached"),
        ("endpoint:ftp://x#m", "such as endpoint:http"),
    ],
)
def test_what_is_missing_is_told_with_what_to_do(spec: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as told:
        look_up(spec, POLICY)
    assert "secret" not in str(told.value)
