"""Words as they are compared: folded, with or without their endings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from digest.summarize.reading.sentences import UNSPACED

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s$|['’]$", re.IGNORECASE)
STEM = 6
"""Letters by which two words are taken for forms of one: crude, but the same in every language."""

_ENGLISH = (
    "a about after all also an and any are as at be because been before being both but by can "
    "could did do does during each for from had has have having he her here him his how i if in "
    "into is it its just may me might more most my no nor not of off on one only or other our out "
    "over own said say says shall she should so some such than that the their them then there "
    "these they this those through to too under until up us was we were what when where which "
    "while who whom whose why will with would you your"
)
FUNCTION_WORDS = frozenset(_ENGLISH.split())


def is_english(language: str) -> bool:
    """Whether a language tag says English, or nothing."""
    return language.partition("-")[0] in ("en", "")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text and where it stands there."""

    text: str
    start: int
    end: int

    @property
    def possessive(self) -> bool:
        """Whether it ends in an apostrophe and an s."""
        return bool(_POSSESSIVE.search(self.text))

    @property
    def capitalised(self) -> bool:
        """Whether it has a capital anywhere: ``Seoul``, ``McIlroy``, ``iPhone``, ``UN``."""
        return any(letter.isupper() for letter in self.text)

    @property
    def folded(self) -> str:
        """The word as ``fold`` gives it."""
        return fold(self.text)


def read_words(text: str) -> list[Word]:
    """The words of a text in order; hyphens part words, apostrophes inside them do not."""
    return [Word(found.group(), found.start(), found.end()) for found in _WORD.finditer(text)]


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """A word without case, accents and a possessive ending."""
    letters = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", word).casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)


def terms(text: str) -> frozenset[str]:
    """What a text is about: the stems of its content words, and for scripts whose words are not
    parted or bear particles, every two neighbouring characters."""
    return frozenset(_terms(text))


def _terms(text: str) -> Iterator[str]:
    for word in read_words(text):
        folded = word.folded
        if UNSPACED.match(folded):
            yield from (folded[at : at + 2] for at in range(max(1, len(folded) - 1)))
        elif folded not in FUNCTION_WORDS:
            yield folded[:STEM]
