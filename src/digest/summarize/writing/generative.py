"""Paragraphs written by a model, on this machine or behind an address.

Whether the articles say what it writes is not judged here but by ``gate``; here every sentence is
linked to the sentences that come closest to it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from digest.model import Story, Summary, UsageError
from digest.summarize.base import Brief
from digest.summarize.reading.facts import passages
from digest.summarize.reading.sentences import ENDED, count_words, split
from digest.summarize.writing.authors import Failed, Model, Source, Writer
from digest.summarize.writing.citing import cite
from digest.summarize.writing.excerpts import ARTICLES, Excerpt, cut
from digest.summarize.writing.prompts import Prompts

METHOD_VERSION = 2
"""Raised whenever the same story would give another paragraph, so that the cache forgets."""
TOKENS_TO_SPARE = 1.25
"""How many more tokens than the word budget takes, so that the last sentence can end."""

_MARKUP = re.compile(r"^\s*(?:#+|[-*•>]|\d+[.)])\s+|\*\*|__")
_ANNOUNCEMENT = re.compile(r":\s*$")
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)

logger = logging.getLogger(__name__)


class GenerativeSummarizer:
    """Has a model write; it is loaded at the first story."""

    def __init__(self, model: Model, prompts: Prompts | None = None) -> None:
        self._model = model
        self._prompts = prompts or Prompts()
        self._broken = False

    @property
    def name(self) -> str:
        """Method, model and revision, and the template of its order if it takes one."""
        told = f"/{self._prompts.version}" if self._model.kind == "chat" else ""
        return f"{self._model.kind}-{METHOD_VERSION}{told}:{self._model.name}"

    @property
    def loaded(self) -> bool:
        """Whether the weights have been read yet."""
        return self._model.loaded

    def summarize(self, stories: Sequence[Story], brief: Brief) -> list[Summary]:
        """One paragraph a story, written in batches; see ``base.Summarizer``."""
        if not stories:
            return []
        if not self._broken:
            try:
                return self._written(self._model.writer, stories, brief)
            except UsageError as error:
                # Loading takes half a minute: not again for the next batch.
                self._broken = True
                logger.warning("%s", error)
        return [self._nothing(Failed("it cannot be loaded", passing=True)) for _ in stories]

    def _written(self, writer: Writer, stories: Sequence[Story], brief: Brief) -> list[Summary]:
        longest = max(_tokens(writer, story, brief) for story in stories)
        prompts = [self._prompt(writer, story, brief, longest) for story in stories]
        told = [(prompt, _source(s)) for prompt, s in zip(prompts, stories, strict=True) if prompt]
        drafts = iter(writer.write([p for p, _ in told], longest, [source for _, source in told]))
        return [
            self._summary(story, next(drafts), brief)
            if prompt
            else self._nothing(Failed("none of its sentences is short enough for it to read"))
            for story, prompt in zip(stories, prompts, strict=True)
        ]

    def _prompt(self, writer: Writer, story: Story, brief: Brief, longest: int) -> str:
        """What the model is to read; empty where nothing of the story fits."""

        def prompt(excerpts: Sequence[Excerpt]) -> str:
            if self._model.kind == "chat":
                return self._prompts.chat(excerpts, story.lead, brief)
            return " ".join(excerpt.text for excerpt in excerpts)

        heads = [Excerpt(a.source, a.title, "") for a in story.articles[:ARTICLES]]
        excerpts = cut(story, writer.room(prompt(heads), longest), writer.count)
        return writer.plain(prompt(excerpts)) if excerpts else ""

    def _summary(self, story: Story, draft: str | Failed, brief: Brief) -> Summary:
        if isinstance(draft, Failed):
            return self._nothing(draft)
        texts = list(_within(brief, whole_sentences(draft, story.lead.language)))
        if not texts:
            too_long = f"it wrote no whole sentence of at most {brief.words} words"
            return self._nothing(Failed(too_long))
        return Summary(cite(story, texts), "generative", self._model.shown)

    def _nothing(self, failed: Failed) -> Summary:
        why = f"{self._model.shown} gave no paragraph: {failed.why}"
        return Summary((), "generative", self._model.shown, why, passing=failed.passing)


def _source(story: Story) -> Source:
    """All that a summary of the story may say."""
    return Source("\n\n".join(each.text for each in passages(story)), story.lead.language)


def _tokens(writer: Writer, story: Story, brief: Brief) -> int:
    """How many tokens the paragraph may take, by how many the story's own words take."""
    [taken] = writer.count([story.lead.text])
    a_word = taken / max(1, count_words(story.lead.text))
    return min(ceil(TOKENS_TO_SPARE * brief.words * a_word), writer.context // 2)


def whole_sentences(written: str, language: str) -> list[str]:
    """The whole sentences of what a model wrote, each once: thoughts, headings, announcements
    (``Here is the summary:``) and an end that was cut off are none."""
    lines = (_MARKUP.sub("", line) for line in _THOUGHTS.sub("", written).splitlines())
    paragraph = [line for line in lines if not _ANNOUNCEMENT.search(line)]
    found = split("\n".join(paragraph), language or "en")
    return list(dict.fromkeys(sentence for sentence in found if ENDED.search(sentence)))


def _within(brief: Brief, sentences: Iterable[str]) -> Iterator[str]:
    """The first sentences that keep to the brief's length."""
    words = 0
    for number, sentence in enumerate(sentences, 1):
        words += count_words(sentence)
        if words > brief.words or number > brief.sentences:
            return
        yield sentence
