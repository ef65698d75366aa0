"""Sentences and words of a text, by language."""

from __future__ import annotations

import re
from collections.abc import Iterable

import sentencex

UNSPACED = re.compile(
    "[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)
"""Thai, kana, Han and Hangul: scripts whose length is counted in characters."""

ENDED = re.compile(r"[.!?…。！？؟۔][\"'”’»)\]」』]*$")
"""The end of a whole sentence, with what closes after its mark."""

CHARACTERS_A_WORD = 2.5
"""Characters of such a script that take the room and reading time of one English word."""


def split(text: str, language: str = "en") -> list[str]:
    """The sentences of one paragraph or text, stripped, none empty."""
    code = language.split("-")[0] or "en"
    found = (
        sentence
        for line in text.splitlines()
        if line.strip()
        for sentence in sentencex.segment(code, line)
    )
    return [stripped for sentence in found if (stripped := sentence.strip())]


def split_paragraphs(paragraphs: Iterable[str], language: str = "en") -> list[tuple[int, str]]:
    """(paragraph index, sentence) for every sentence of an article, in order."""
    return [
        (index, sentence)
        for index, paragraph in enumerate(paragraphs)
        for sentence in split(paragraph, language)
    ]


def count_words(text: str) -> int:
    """Words between white space; an unspaced script counts by ``CHARACTERS_A_WORD``."""
    unspaced = len(UNSPACED.findall(text))
    spaced = len(UNSPACED.sub(" ", text).split()) if unspaced else len(text.split())
    return spaced + round(unspaced / CHARACTERS_A_WORD)
