"""Quotations of a text, and whether a source has them word for word."""

from __future__ import annotations

import re

from digest.summarize.reading.words import read_words

_QUOTED = re.compile(
    r"“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|»([^«»]+)«|「([^「」]+)」|『([^『』]+)』"
    r"|(?<!\w)\"([^\"]+)\"(?!\w)"
    r"|(?<![\w’'])[‘'](?=\S)([^‘’']*(?:\w['’]\w[^‘’']*)*)['’](?!\w)"
)
_LEFT_OUT = re.compile(r"\[[^\]]*\]|\(\s*…\s*\)|\.\.\.|…")


def read_quotations(text: str) -> list[str]:
    """What stands between quotation marks of any style, without the marks."""
    return [
        " ".join(next(filter(None, match.groups())).split())
        for match in _QUOTED.finditer(text)
        if any(match.groups())
    ]


class KnownWording:
    """What a source says, word for word."""

    def __init__(self, source: str) -> None:
        self._line = _line(source)

    def missing(self, claim: str) -> list[str]:
        """The quotations in ``claim`` that are not in the source, the same words in the same order.

        Marks, case, punctuation and white space do not count; ``…`` and ``[…]`` stand for anything.
        """
        return [quotation for quotation in read_quotations(claim) if not self.has(quotation)]

    def has(self, quotation: str) -> bool:
        """Whether the source has these words in this order."""
        at = 0
        for part in map(_line, _LEFT_OUT.split(quotation)):
            at = self._line.find(part, at)
            if at < 0:
                return False
            at += len(part) - 1  # The space between two words ends one and begins the other.
        return True


def _line(text: str) -> str:
    """The text's words with one space around each."""
    return "".join(f" {word.folded}" for word in read_words(text)) + " "
