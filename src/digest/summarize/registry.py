"""From the name of a summarizer in the settings to the summarizer."""

from __future__ import annotations

from digest.summarize.base import Summarizer
from digest.summarize.extractive import ExtractiveSummarizer
from digest.summarize.models import Encoder


def summarizer_for(spec: str, encoder: Encoder) -> Summarizer:
    """``extractive``, ``seq2seq:MODEL`` or ``chat:MODEL``.

    Raises:
        UsageError: there is no such model, or it is of another kind.
    """
    if spec == "extractive":
        return ExtractiveSummarizer(encoder)
    from digest.summarize.generative import GenerativeSummarizer

    summarizer = GenerativeSummarizer(spec)
    # Its name needs the model's files: better to miss them now than after the news was fetched.
    _ = summarizer.name
    return summarizer
