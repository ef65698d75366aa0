"""Who said it: what a source has one person or body say, and whether a claim has another say so;
English only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from digest.summarize.reading.names import read_names
from digest.summarize.reading.quotations import KnownWording, read_quotations
from digest.summarize.reading.words import STEM, Word, read_words, terms

_SAYS = re.compile(
    r"sa(?:id|ys)|t(?:old|ells)|add(?:ed|s)|call(?:ed|s)|warn(?:ed|s)|claim(?:ed|s)|insist(?:ed|s)"
    r"|announce[ds]|argue[ds]|explain(?:ed|s)|describe[ds]|comment(?:ed|s)|tweet(?:ed|s)"
)
_SAID_BY = frozenset({"said", "says", "added", "adds"})
"""Of these verbs, those whose subject may follow."""
_ACCORDING = re.compile(r"according to (?:the |an? )?(?:[a-z'’]+ ){0,2}$", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,]*(?:(?:also|later|then|had|has)\s+)?")
"""What may stand between a speaker and the verb: no mark of a quotation."""
_OFFICES = re.compile(
    r"chancellor|council|court|government|judge|king|mayor|minister|ministry|office|police|pope"
    r"|president|queen|secretary"
)
"""Who is called so has another name as well, or speaks through somebody."""
_SAME = 0.6
"""The part of what is said that a sentence of the source has to have."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Another speaker than the claim's."""

    said: str
    """As the claim calls its speaker."""
    known: str
    """As the source calls its own."""


@dataclass(frozen=True, slots=True)
class _Speaker:
    text: str
    stems: frozenset[str]


class KnownSpeakers:
    """Who says what in a source."""

    def __init__(self, source: Iterable[str]) -> None:
        self._sentences = [_Said(sentence) for sentence in source]

    def exchanged(self, claim: str) -> list[Attribution]:
        """Where the claim has somebody say what in the source only others say.

        Nothing where the claim names more than one speaker, where a sentence of the source that
        says much the same names the claim's or none, or where any names both: one may speak for
        the other.
        """
        speakers = list(_speakers(claim))
        if len(speakers) != 1:
            return []
        [speaker] = speakers
        if f"the {speaker.text}".casefold() in claim.casefold():
            return []  # A body, for which many may speak.
        same = [sentence for sentence in self._sentences if sentence.has(claim, speaker)]
        if not same or not all(each.speakers for each in same):
            return []
        known = same[0].speakers[0]
        about = [each for each in self._sentences if each.names & speaker.stems]
        if any(each in same or each.names & known.stems for each in about):
            return []
        return [Attribution(speaker.text, known.text)]


class _Said:
    """A sentence of the source; most claims name no speaker, and ask for nothing of it."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def speakers(self) -> list[_Speaker]:
        return list(_speakers(self._text))

    @cached_property
    def names(self) -> frozenset[str]:
        return _stems(word for name in read_names(self._text) for word in name)

    @cached_property
    def _wording(self) -> KnownWording:
        return KnownWording(self._text)

    @cached_property
    def _terms(self) -> frozenset[str]:
        return terms(self._text)

    def has(self, claim: str, speaker: _Speaker) -> bool:
        """Whether it says what the claim has its speaker say."""
        if quoted := read_quotations(claim):
            return any(self._wording.has(each) for each in quoted)
        own = terms(claim) - terms(speaker.text)
        said = {term for term in own if not _SAYS.fullmatch(term)}
        return len(said & self._terms) >= max(2, _SAME * len(said))


def _speakers(sentence: str) -> Iterator[_Speaker]:
    words = read_words(sentence)
    for name in read_names(sentence):
        if _speaks(name, words, sentence) and not _OFFICES.fullmatch(name[-1].folded):
            text = sentence[name[0].start : name[-1].end]
            yield _Speaker(text, _stems(name))


def _stems(words: Iterable[Word]) -> frozenset[str]:
    return frozenset(word.folded[:STEM] for word in words)


def _speaks(name: list[Word], words: list[Word], sentence: str) -> bool:
    """Whether a verb of saying stands next to a name, as in “Lee also said” and “said Lee”."""
    before = [word for word in words if word.end <= name[0].start]
    after = [word for word in words if word.start >= name[-1].end]
    if _ACCORDING.search(sentence[: name[0].start]):
        return True
    if before and before[-1].text in _SAID_BY:
        return bool(_BETWEEN.fullmatch(sentence, before[-1].end, name[0].start))
    says = next((word for word in after[:3] if _SAYS.fullmatch(word.text)), None)
    return says is not None and bool(_BETWEEN.fullmatch(sentence, name[-1].end, says.start))
