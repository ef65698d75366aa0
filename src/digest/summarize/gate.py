"""Nothing generated is printed unless its sources say it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from digest.model import Sentence, Story, Summary
from digest.summarize.base import Brief, Summarizer
from digest.summarize.choosing.agreement import notes_on
from digest.summarize.models import Vectors
from digest.summarize.reading.antecedents import points_back
from digest.summarize.reading.facts import KnownFacts, Passage, passage, passages
from digest.summarize.reading.sentences import count_words
from digest.summarize.verifying.planted import gives_orders
from digest.summarize.verifying.verify import Demand, Verifier

Mode = Literal["enforce", "shadow", "off"]
"""``enforce`` drops what fails, ``shadow`` only logs it, ``off`` does not look."""

ENOUGH = 0.5
"""The part of a paragraph's words that must hold. Where less does, the rest is hardly the news
any more, and there is little reason to trust it either."""

DEMAND = Demand(found=0.5, likely=0.75)
"""More than people ask for who judge summaries: to print a sentence that is wrong is taken to be
three times as bad as to leave out one that is right."""

logger = logging.getLogger(__name__)


def summarize(
    stories: Sequence[Story],
    brief: Brief,
    summarizer: Summarizer,
    fallback: Summarizer,
    mode: Mode = "enforce",
    verifier: Verifier | None = None,
    encode: Callable[[Sequence[str]], Vectors] | None = None,
) -> list[Summary]:
    """One summary a story, without the sentences that fail, which its notes tell of.

    Where too little is left, it comes from ``fallback`` and says why. With ``encode``, which gives
    texts their vectors, notes also tell in what numbers the outlets of a written paragraph differ.
    """
    summaries = summarizer.summarize(stories, brief)
    if summarizer is fallback:
        return summaries
    verifier = verifier or Verifier()
    judged = [_judged(*pair, mode, verifier) for pair in zip(stories, summaries, strict=True)]
    failed = [index for index, summary in enumerate(judged) if summary.fallback]
    replacements = fallback.summarize([stories[index] for index in failed], brief)
    for index, replacement in zip(failed, replacements, strict=True):
        why, passing = judged[index].fallback, judged[index].passing
        judged[index] = replace(replacement, fallback=why, passing=passing)
    if not encode:
        return judged
    return [
        summary
        if summary.method == "extractive"
        else replace(summary, notes=(*notes_on(story, summary.sentences, encode), *summary.notes))
        for story, summary in zip(stories, judged, strict=True)
    ]


def _judged(story: Story, summary: Summary, mode: Mode, verifier: Verifier) -> Summary:
    """What of the summary can be printed, or why it cannot, or why it may be doubted."""
    if not summary.sentences:
        return replace(summary, fallback=summary.fallback or f"{summary.model} wrote nothing")
    if mode == "off":
        return replace(summary, doubt="nothing of it was looked up in the articles")
    against = _against(story, summary.sentences, verifier)
    found = next((reason for reason in against if reason), "")
    if not found:
        return summary
    logger.info("%s: what %s wrote does not hold: %s", story.headline, summary.model, found)
    if mode == "shadow":
        return replace(summary, doubt=found)
    kept = _kept(summary.sentences, against, story.lead.language or "en")
    if _words(kept) < ENOUGH * _words(summary.sentences):
        return replace(summary, fallback=f"what {summary.model} wrote did not hold: {found}")
    dropped = len(summary.sentences) - len(kept)
    told = "A sentence was" if dropped == 1 else f"{dropped} sentences were"
    note = f"{told} left out of what {summary.model} wrote: {found}."
    return replace(summary, sentences=kept, notes=(*summary.notes, note))


def _against(story: Story, sentences: Sequence[Sentence], verifier: Verifier) -> list[str]:
    """The first reason against each sentence; empty where it holds."""
    language = story.lead.language or "en"
    texts = [sentence.text for sentence in sentences]
    verdict = verifier.verify(passages(story), texts, language, DEMAND)
    return [
        next(iter(judged.reasons), "")
        or _obeyed(sentence)
        or next(_uncited(sentence, story, language), "")
        for judged, sentence in zip(verdict.sentences, sentences, strict=True)
    ]


def _obeyed(sentence: Sentence) -> str:
    """Why a sentence may come from an order that an article gives to its reader."""
    if gives_orders(sentence.text) or not any(gives_orders(c.text) for c in sentence.sources):
        return ""
    return "only a sentence that gives orders says so"


def _uncited(sentence: Sentence, story: Story, language: str) -> Iterator[str]:
    """The facts that a reader who follows the sentence's citations would not find: not in the
    cited sentences, nor in the headlines and outlets above them."""
    cited = [
        passage(article, "\n".join(c.text for c in sentence.sources if c.article == article.url))
        for article in story.articles
        if any(citation.article == article.url for citation in sentence.sources)
    ]
    missing = KnownFacts(cited or [Passage("")], language, exact=True).missing(sentence.text)
    return (f"{fact} is not in the sentences it cites" for fact in missing)


def _kept(
    sentences: Sequence[Sentence], against: Sequence[str], language: str
) -> tuple[Sentence, ...]:
    """The sentences that hold, without those that lean on one that does not."""
    kept: list[Sentence] = []
    before_is_kept = True
    for sentence, reason in zip(sentences, against, strict=True):
        leans = not before_is_kept and points_back(sentence.text, language)
        before_is_kept = not reason and not leans
        if before_is_kept:
            kept.append(sentence)
    return tuple(kept)


def _words(sentences: Sequence[Sentence]) -> int:
    return sum(count_words(sentence.text) for sentence in sentences)
