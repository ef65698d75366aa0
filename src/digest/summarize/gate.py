"""Nothing generated is printed unless its sources say it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from digest.model import Story, Summary
from digest.summarize.base import Brief, Summarizer
from digest.summarize.verify import verify_sentences

Mode = Literal["enforce", "shadow", "off"]
"""``enforce`` replaces what fails, ``shadow`` only logs it, ``off`` does not look."""

logger = logging.getLogger(__name__)


def summarize(
    stories: Sequence[Story],
    brief: Brief,
    summarizer: Summarizer,
    fallback: Summarizer,
    mode: Mode = "enforce",
) -> list[Summary]:
    """One summary a story; those that fail come from ``fallback`` and say why."""
    summaries = summarizer.summarize(stories, brief)
    if summarizer is fallback:
        return summaries
    reasons = [_reason(*pair, mode) for pair in zip(stories, summaries, strict=True)]
    failed = [index for index, reason in enumerate(reasons) if reason]
    replacements = fallback.summarize([stories[index] for index in failed], brief)
    for index, replacement in zip(failed, replacements, strict=True):
        summaries[index] = replace(replacement, fallback=reasons[index])
    return summaries


def source_text(story: Story) -> str:
    """All that a summary of the story may say: headlines, outlets and texts of its articles."""
    return "\n\n".join(
        f"{article.title}\n{article.source}\n{article.text}" for article in story.articles
    )


def _reason(story: Story, summary: Summary, mode: Mode) -> str:
    """Why the summary cannot be printed; empty where it can."""
    if not summary.sentences:
        return summary.fallback or f"{summary.model} wrote nothing"
    if mode == "off":
        return ""
    verdict = verify_sentences(
        source_text(story),
        [sentence.text for sentence in summary.sentences],
        story.lead.language or "en",
    )
    found = next((reason for s in verdict.sentences for reason in s.reasons), "")
    if not found:
        return ""
    logger.info("%s: what %s wrote does not hold: %s", story.headline, summary.model, found)
    return f"what {summary.model} wrote did not hold: {found}" if mode == "enforce" else ""
