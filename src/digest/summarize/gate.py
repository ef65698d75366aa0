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
    judged = [_judged(*pair, mode) for pair in zip(stories, summaries, strict=True)]
    failed = [index for index, summary in enumerate(judged) if summary.fallback]
    replacements = fallback.summarize([stories[index] for index in failed], brief)
    for index, replacement in zip(failed, replacements, strict=True):
        judged[index] = replace(replacement, fallback=judged[index].fallback)
    return judged


def source_text(story: Story) -> str:
    """All that a summary of the story may say: headlines, outlets and texts of its articles."""
    return "\n\n".join(
        f"{article.title}\n{article.source}\n{article.text}" for article in story.articles
    )


def _judged(story: Story, summary: Summary, mode: Mode) -> Summary:
    """The summary with the reason why it cannot be printed, or why it may be doubted, if any."""
    if not summary.sentences:
        return replace(summary, fallback=summary.fallback or f"{summary.model} wrote nothing")
    if mode == "off":
        return replace(summary, doubt="nothing of it was looked up in the articles")
    verdict = verify_sentences(
        source_text(story),
        [sentence.text for sentence in summary.sentences],
        story.lead.language or "en",
    )
    found = next((reason for s in verdict.sentences for reason in s.reasons), "")
    if not found:
        return summary
    logger.info("%s: what %s wrote does not hold: %s", story.headline, summary.model, found)
    if mode == "shadow":
        return replace(summary, doubt=found)
    return replace(summary, fallback=f"what {summary.model} wrote did not hold: {found}")
