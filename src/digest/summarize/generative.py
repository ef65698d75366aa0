"""Paragraphs written by a model: any sequence-to-sequence or chat model of ``transformers``.

Whether the articles say what it writes is not judged here but by ``gate``; here every sentence is
linked to the sentences that come closest to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, cast

from digest.model import Citation, Sentence, Story, Summary, UsageError
from digest.summarize import checkpoints
from digest.summarize.base import Brief
from digest.summarize.prompts import Excerpt, chat_prompt, cut
from digest.summarize.sentences import ENDED, count_words, split, split_paragraphs
from digest.summarize.support import SourceSentences

if TYPE_CHECKING:
    from digest.summarize.writer import Kind, Writer

METHOD_VERSION = 1
"""Raised whenever the same story would give another paragraph, so that the cache forgets."""
TOKENS_TO_SPARE = 1.25
"""How many more tokens than the word budget takes, so that the last sentence can end."""

_MARKUP = re.compile(r"^\s*(?:#+|[-*•>]|\d+[.)])\s+|\*\*|__")
_ANNOUNCEMENT = re.compile(r":\s*$")


class GenerativeSummarizer:
    """Writes with ``seq2seq:MODEL`` or ``chat:MODEL``; loads the model at the first story.

    MODEL is ``smollm2`` (packaged), a folder, a ``.gguf`` file, or ``owner/name[@revision]``.
    """

    def __init__(self, spec: str) -> None:
        """Raises UsageError where ``spec`` is not of that form."""
        kind, _, self._wanted = spec.partition(":")
        if kind not in ("seq2seq", "chat") or not self._wanted:
            raise UsageError(
                f"no summarizer {spec!r}: a model is named as seq2seq:MODEL or chat:MODEL, where "
                f"MODEL is owner/name on the hub, a folder, or smollm2 (as chat)"
            )
        self._kind = cast("Kind", kind)

    @cached_property
    def _checkpoint(self) -> checkpoints.Checkpoint:
        return checkpoints.find(self._wanted)

    @cached_property
    def _writer(self) -> Writer:
        from digest.summarize.writer import Writer

        return Writer(self._kind, self._checkpoint)

    @property
    def name(self) -> str:
        """Method, model and revision. Looks the model's files up, but does not load them."""
        return f"{self._kind}-{METHOD_VERSION}:{self._checkpoint}"

    @property
    def loaded(self) -> bool:
        """Whether the weights have been read yet."""
        return "_writer" in self.__dict__

    def summarize(self, stories: Sequence[Story], brief: Brief) -> list[Summary]:
        """One paragraph a story, written in batches; see ``base.Summarizer``.

        Raises:
            UsageError: the model is missing or cannot be loaded.
        """
        if not stories:
            return []
        longest = max(self._tokens(story, brief) for story in stories)
        prompts = [self._prompt(story, brief, longest) for story in stories]
        written = iter(self._writer.write([p for p in prompts if p], longest))
        return [
            self._summary(story, next(written), brief)
            if prompt
            else self._nothing("its first sentence is longer than the model can read")
            for story, prompt in zip(stories, prompts, strict=True)
        ]

    def _tokens(self, story: Story, brief: Brief) -> int:
        """How many tokens the paragraph may take, by how many the story's own words take."""
        [taken] = self._writer.count([story.lead.text])
        a_word = taken / max(1, count_words(story.lead.text))
        return min(ceil(TOKENS_TO_SPARE * brief.words * a_word), self._writer.context // 2)

    def _prompt(self, story: Story, brief: Brief, longest: int) -> str:
        """What the model is to read; empty where nothing of the story fits."""

        def prompt(excerpts: Sequence[Excerpt]) -> str:
            if self._kind == "chat":
                return chat_prompt(excerpts, story.lead, brief)
            return " ".join(excerpt.text for excerpt in excerpts)

        heads = [Excerpt(a.source, a.title, "") for a in story.articles]
        room = self._writer.room(prompt(heads), longest)
        excerpts = cut(story, room, self._writer.count)
        return self._writer.plain(prompt(excerpts)) if excerpts else ""

    def _summary(self, story: Story, written: str, brief: Brief) -> Summary:
        texts = list(_within(brief, _sentences(written, story.lead.language)))
        if not texts:
            return self._nothing(f"it wrote no whole sentence of at most {brief.words} words")
        places = [
            Citation(article.url, index, text)
            for article in story.articles
            for index, (_, text) in enumerate(
                split_paragraphs(article.paragraphs, article.language)
            )
        ]
        source = SourceSentences([place.text for place in places])
        cited = (
            Sentence(text, tuple(places[index] for index in source.support(text).sentences))
            for text in texts
        )
        return Summary(tuple(cited), "generative", str(self._checkpoint))

    def _nothing(self, why: str) -> Summary:
        model = str(self._checkpoint)
        return Summary((), "generative", model, f"{model} gave no paragraph: {why}")


def _sentences(written: str, language: str) -> list[str]:
    """The whole sentences of what a model wrote, each once: headings, announcements (``Here is the
    summary:``) and an end that was cut off are none."""
    lines = (_MARKUP.sub("", line) for line in written.splitlines())
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
