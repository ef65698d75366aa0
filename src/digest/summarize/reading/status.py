"""Words that turn a statement round or take it back: not, planned, alleged; English only.

What such a word governs is taken to be the next content word, if it follows closely: ``did not
*agree*``, ``denied *stealing*``, ``is expected to *resign*``, ``allegedly *attacked*``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Literal

from digest.summarize.reading.verbs import base
from digest.summarize.reading.words import FUNCTION_WORDS, Word, read_words, terms

Status = Literal["denied", "planned", "alleged"]

_MARKERS: dict[Status, re.Pattern[str]] = {
    "denied": re.compile(
        r"not|never|cannot|\w+n['’]t|den(?:y|ies|ied|ying)|refus(?:e|es|ed|ing)|fail(?:s|ed)?"
    ),
    "planned": re.compile(
        r"may|might|could|would|plan(?:s|ned|ning)?|propos(?:e|es|ed|ing)|consider(?:s|ed|ing)?"
        r"|hop(?:e|es|ed|ing)|aim(?:s|ed|ing)?|expected|likely|intend(?:s|ed|ing)?|wants?|threatens?"
    ),
    "alleged": re.compile(r"alleged(?:ly)?|alleg(?:e|es|ing)|accus(?:e|es|ed|ing)|suspected"),
}
_HEDGES: dict[Status, re.Pattern[str]] = {
    "denied": re.compile(
        r"no|without|none|nobody|nothing|neither|nor|unable|unlikely|unless|if|only|little|few|hardly"
        r"|lack(?:s|ed|ing)?|reject\w*|declin\w*|block\w*|rul(?:e|es|ed|ing)|avoid\w*|ban(?:s|ned)?"
        r"|stop\w*|prevent\w*|escap\w*|miss(?:es|ed)?|oppos\w+|against|short|despite|although|though"
    ),
    "planned": re.compile(
        r"no|unlikely|unless|will|to|set|due|should|can|bid|talks?|if|for|claim\w*|believ\w+|warn\w*"
        r"|reported(?:ly)?|apparently"
    ),
    "alleged": re.compile(
        r"no|will|to|if|claim\w*|charg\w+|suspicion|believ\w+|reported(?:ly)?|apparently|trial|court"
        r"|case|deny|denies|denied|guilty|convicted"
    ),
}
"""Words that may say the same as a marker: where a claim has one, nothing was left out for sure."""
_DENIAL = re.compile(
    r"(?:is|are|was|were|has|have|had|do|does|did|will|would|can|could|should) not"
    r"|(?:\w+ )?\w+n['’]t"
)
_AUXILIARY = re.compile(r"will|would|was|were|is|are|has|have|had|can|could|should|did|do|be|been")
_NO_DENIAL = frozenset({"fewer", "less", "longer", "more", "doubt"})
"""Behind which “no” denies nothing: “no fewer than ten were hurt”."""
_REACH = 3
"""Words from a marker to what it governs."""
SAME = 0.33
"""The part of a claim's content words that a sentence has to have which says otherwise."""


@dataclass(frozen=True, slots=True)
class Change:
    """A word whose status differs between a claim and its source."""

    word: str
    status: Status
    lost: bool
    """Whether the source has the marker and the claim lacks it; else the claim added it."""


class KnownStatus:
    """Of which words a source says that they did not happen, or may, or are said to have."""

    def __init__(self, source: Iterable[str]) -> None:
        self._known = defaultdict[tuple[str, ...], list[_Known]](list)
        for sentence in source:
            about = terms(sentence)
            for word in _governed(sentence):
                known = _Known(word.status, about)
                self._known[word.stem,].append(known)
                self._known[word.stem, word.follower].append(known)

    def changes(self, claim: str) -> list[Change]:
        """The words of ``claim`` of which the source says otherwise wherever it has them: that they
        did not happen, are only planned or alleged; or that they did where the claim denies it.

        A word with the one that follows it, as in “took bribes”, counts before the word alone, and
        only sentences that are much about the same.
        """
        words = _read(claim)
        about = terms(claim)
        markers = {_marker(word) for word in words} - {None}
        found = []
        for word in _governed(claim):
            together = self._known.get((word.stem, word.follower))
            known = together or self._known.get((word.stem,), [])
            if all(len(about & each.about) < SAME * len(about) for each in known):
                continue
            match list({each.status for each in known}):
                case [None] if word.is_denied:
                    found.append(Change(word.text, "denied", lost=False))
                case [str(only)] if word.status != only and not _hedged(words, only, markers):
                    found.append(Change(word.text, only, lost=True))
        return found


@dataclass(frozen=True, slots=True)
class _Known:
    status: Status | None
    about: frozenset[str]
    """What the sentence speaks of."""


def _hedged(words: list[Word], lost: Status, markers: set[Status | None]) -> bool:
    # What may happen is no denial of what will not: nothing but a denial stands for another.
    likely = {lost} if lost == "denied" else markers
    return bool(markers & likely) or any(_HEDGES[lost].fullmatch(word.text) for word in words)


@dataclass(frozen=True, slots=True)
class _Governed:
    """A lower-case content word of a sentence."""

    stem: str
    text: str
    status: Status | None
    is_denied: bool
    """Right behind “did not” or “hasn't”: elsewhere it may be another word that is denied."""
    follower: str = ""
    """The stem of the next one; empty for the last."""


def _governed(sentence: str) -> list[_Governed]:
    found: list[_Governed] = []
    open_marker: Status | None = None
    since = 0
    words = _read(sentence)
    # Nobody has done more than somebody who did.
    texts = [word.text for word in words]
    compares = "than" in texts
    for at, word in enumerate(words):
        since += 1
        if marker := _marker(word):
            open_marker, since = marker, 0
        elif word.folded not in FUNCTION_WORDS:
            if word.text.islower():
                status = open_marker if since <= _REACH else None
                denied = bool(_DENIAL.fullmatch(" ".join(texts[max(0, at - 2) : at])))
                if not compares and _of_nothing(texts, at):
                    status, denied = "denied", True
                found.append(_Governed(base(word.folded), word.text, status, denied))
            open_marker = None
    return [
        replace(word, follower=following.stem) if following else word
        for word, following in zip_longest(found, found[1:])
    ]


def _of_nothing(words: list[str], verb: int) -> bool:
    """Whether the words before a verb are “no”, one or two words, and at least one auxiliary, as in
    “no plants will *close*”."""
    at = verb
    while at and _AUXILIARY.fullmatch(words[at - 1]):
        at -= 1
    subject = words[max(0, at - 3) : at]
    return at < verb and "no" in subject[:-1] and _NO_DENIAL.isdisjoint(subject)


def _read(sentence: str) -> list[Word]:
    """Its words, the first without its capital: elsewhere May is a month, and Will a name."""
    first, *others = read_words(sentence) or [Word("", 0, 0)]
    return [replace(first, text=first.text.lower()), *others]


def _marker(word: Word) -> Status | None:
    return next((status for status, each in _MARKERS.items() if each.fullmatch(word.text)), None)
