"""The words that a text is found by: ``templates/search.js`` makes the same of a question."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from unicodedata import normalize

import regex

SHARDS = 64
"""Parts of the index: a word is in the one that its first letters name."""

_ACCENTS = regex.compile(r"[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]+")
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
    | {"ı": "i", "ς": "σ"}
)
"""What has no accent that could be taken off, and is written without one all the same."""

_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    r"\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff"  # Chinese and Japanese
)
_WORD = regex.compile(
    rf"((?:(?=[{_UNSPACED}])[\p{{L}}\p{{N}}\p{{M}}])+)|(?:(?![{_UNSPACED}])[\p{{L}}\p{{N}}\p{{M}}])+"
)
_BEGINS_DENSE = regex.compile(rf"[{_UNSPACED}\uac00-\ud7a3]")
_ASCII_WORD = regex.compile(r"[a-z0-9]+")


def words(text: str) -> Iterator[str]:
    """The words of a text in their order, without case and accents.

    Scripts that put no spaces between words give every two neighbouring characters, and the last
    one of a run by itself: so a single character is the beginning of one of them.
    """
    plain = _folded(text)
    if plain.isascii():
        yield from _ASCII_WORD.findall(plain)
        return
    for found in _WORD.finditer(plain):
        run = found[1]
        if run:
            yield from (run[at : at + 2] for at in range(len(run)))
        else:
            yield found[0]


def shard(word: str) -> int:
    """Where in the index a word is: words that begin alike are together.

    So the beginning of a word can be asked for: three letters, or one character where a character
    says as much (Korean, and scripts without spaces).
    """
    return _shard(word[:1] if _BEGINS_DENSE.match(word) else word[:3])


@cache
def _shard(letters: str) -> int:
    number = 0
    for letter in letters:
        number = (number * 31 + ord(letter)) % SHARDS
    return number


def _folded(text: str) -> str:
    """NFKD takes ligatures and widths apart, NFC puts Korean syllables and kana together again."""
    if text.isascii():
        return text.lower()
    bare = _ACCENTS.sub("", normalize("NFKD", text))
    return normalize("NFC", bare).lower().translate(_LETTERS)
