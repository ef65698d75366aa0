"""From the name of a summarizer in the settings to the summarizer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from digest.addresses import without_credentials
from digest.model import Story, Summary, UsageError
from digest.summarize import checkpoints
from digest.summarize.base import Brief, Summarizer
from digest.summarize.choosing.extractive import ExtractiveSummarizer
from digest.summarize.models import Encoder
from digest.summarize.writing.endpoint import Endpoint, EndpointPolicy
from digest.summarize.writing.generative import GenerativeSummarizer
from digest.summarize.writing.local import LocalModel
from digest.summarize.writing.prompts import Prompts

_ENDPOINT = "endpoint:"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Absent:
    """Stands in for a summarizer that cannot be had, and tells each story why."""

    name: str
    why: str
    loaded: bool = False

    def summarize(self, stories: Sequence[Story], brief: Brief) -> list[Summary]:  # noqa: ARG002
        """Summaries without sentences; see ``base.Summarizer``."""
        return [Summary((), "generative", self.name, self.why, passing=True) for _ in stories]


def summarizer_for(
    spec: str,
    encoder: Encoder,
    templates: Path | None = None,
    policy: EndpointPolicy | None = None,
) -> Summarizer:
    """``extractive``, ``seq2seq:MODEL``, ``chat:MODEL`` or ``endpoint:URL#MODEL``.

    Args:
        spec: One of these.
        encoder: For the extractive one.
        templates: The reader's own folder, in which ``chat.jinja`` may be.
        policy: How a server is asked.

    Raises:
        UsageError: there is no such model on this machine, and what to install or download.
    """
    if spec == "extractive":
        return ExtractiveSummarizer(encoder)
    model = Endpoint(spec, policy) if spec.startswith(_ENDPOINT) else LocalModel(spec)
    summarizer = GenerativeSummarizer(model, Prompts(templates))
    # Its name needs the model's files: better to miss them now than after the news was fetched.
    _ = summarizer.name
    return summarizer


def summarizer_or_absent(
    spec: str, encoder: Encoder, templates: Path | None, policy: EndpointPolicy
) -> Summarizer:
    """The same; where there is no such model, one that says so of each story."""
    try:
        return summarizer_for(spec, encoder, templates, policy)
    except UsageError as missing:
        shown = without_credentials(spec)
        logger.warning("%s cannot be used, so sentences are chosen instead: %s", shown, missing)
        return Absent(shown, f"{shown} is not there")


def look_up(spec: str, policy: EndpointPolicy, download: bool = True) -> str:
    """Where the model is, in words; a server is asked for a word. Nothing is loaded here.

    Raises:
        UsageError: it is not there, and what to install, to download or to start.
    """
    if spec == "extractive":
        return "sentences are chosen and not written"
    if spec.startswith(_ENDPOINT):
        endpoint = Endpoint(spec, policy)
        endpoint.probe()
        return f"{endpoint.name} answers"
    found = checkpoints.find(spec.partition(":")[2], download)
    from digest.summarize.devices import best_device

    return f"{spec} is {found} in {found.folder}, and runs on {best_device()}"
