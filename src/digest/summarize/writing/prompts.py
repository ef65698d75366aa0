"""What a chat model is told to do: the template ``chat.jinja``, with the articles in it as data.

A file of the same name in the reader's own folder of templates stands in for the built-in one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, PackageLoader

from digest.model import Article
from digest.sandbox import Folder, flaw_of, sandbox
from digest.summarize.base import Brief
from digest.summarize.writing.excerpts import Excerpt

TEMPLATE = "chat.jinja"

_FENCED = re.compile(r"<article\b[^>]*>(.*?)</article>", re.DOTALL)
_TAG = re.compile(r"<\s*/?\s*article\b(?:[^<>\n]*>)?", re.IGNORECASE)
_MARK = re.compile(
    r"""<[|｜][^<>|｜\n]{1,40}[|｜]>  # ChatML, Llama 3, Phi; DeepSeek
    |</?(?:s|think|tool_call|tool_response)>|<(?:start|end)_of_turn>  # Gemma
    |\[/?(?:INST|SYSTEM_PROMPT)\]|<</?SYS>>  # Mistral, Llama 2""",
    re.IGNORECASE | re.VERBOSE,
)
"""How chat models part those who speak; a server does not say which it goes by."""
_BUILT_IN = PackageLoader("digest.summarize")
_SPECIMEN = (
    Excerpt("The Harbour Post", "Ferry runs again", "The ferry to Lowmere runs again. It is late."),
    Excerpt("Inland News", "Lowmere has its ferry back", "Nobody waved."),
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prompts:
    """Orders to a chat model, from the template in ``folder`` where there is one.

    Where that one goes wrong, the log says how, and the built-in one is taken.
    """

    folder: Path | None = None

    def chat(self, excerpts: Sequence[Excerpt], lead: Article, brief: Brief) -> str:
        """The order to write about these excerpts in the language of ``lead``."""
        if own := self._own():
            try:
                return _filled(own, excerpts, lead, brief)
            except Exception as problem:  # a template can go wrong in every way a program can
                assert self.folder
                flaw = flaw_of(problem, TEMPLATE, self.folder)
                logger.warning("%s; the built-in template is used instead", flaw)
        return _filled(sandbox(_BUILT_IN, autoescape=False), excerpts, lead, brief)

    @property
    def version(self) -> str:
        """Eight digits that differ wherever the template makes other orders of the same."""
        order = self.chat(_SPECIMEN, _lead("en"), Brief(topic="ferries"))
        return sha256(order.encode()).hexdigest()[:8]

    def flaws(self) -> tuple[str, ...]:
        """What is wrong with the reader's own template: file, line, what. Tried on made-up stories,
        with and without a topic and a known language."""
        own = self._own()
        if not own:
            return ()
        assert self.folder
        for language, topic in (("en", "ferries"), ("", "")):
            try:
                _filled(own, _SPECIMEN, _lead(language), Brief(topic=topic))
            except Exception as problem:
                return (flaw_of(problem, TEMPLATE, self.folder),)
        return ()

    def _own(self) -> Environment | None:
        if self.folder and (self.folder / TEMPLATE).is_file():
            return sandbox(Folder(self.folder), _BUILT_IN, autoescape=False)
        return None


def built_in() -> str:
    """The text of the built-in template."""
    environment = sandbox(_BUILT_IN, autoescape=False)
    return _BUILT_IN.get_source(environment, TEMPLATE)[0]


def as_data(text: str) -> str:
    """A text without what could end its fence or pass for a mark between speakers.

    Each becomes a space: what stands on both sides of it cannot join to another.
    """
    return _MARK.sub(" ", _TAG.sub(" ", text))


def _lead(language: str) -> Article:
    return Article("https://harbour.example/1", "", (), language=language)


def _filled(
    environment: Environment, excerpts: Sequence[Excerpt], lead: Article, brief: Brief
) -> str:
    articles = [_harmless(excerpt) for excerpt in excerpts]
    order = (
        environment.get_template(TEMPLATE)
        .render(
            articles=articles,
            language=lead.language,
            sentences=brief.sentences,
            words=brief.words,
            topic=as_data(brief.topic),
        )
        .strip()
    )
    fenced = _FENCED.findall(order)
    if not all(any(article.text in part for part in fenced) for article in articles):
        raise ValueError("does not put each article's text between <article> and </article>")
    return order


def _harmless(excerpt: Excerpt) -> Excerpt:
    data = Excerpt(as_data(excerpt.outlet), as_data(excerpt.title), as_data(excerpt.text))
    # It stands in an attribute.
    return replace(data, outlet=re.sub(r'["<>\s]+', " ", data.outlet))
