"""Who did what to whom: two names and the words between them, and whether a source has them the
other way round; English only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from digest.summarize.reading.names import read_names
from digest.summarize.reading.words import FUNCTION_WORDS, STEM, read_words

_REACH = 4
"""Words between the two names."""
_PARTS = frozenset(",;:.–—()\"“”'‘’")


@dataclass(frozen=True, slots=True)
class Deed:
    """``left`` did to ``right``, in the order of the text."""

    left: str
    right: str
    what: str
    """The stem of the first content word between them, most often the verb."""
    passive: bool
    text: str


def read_deeds(sentence: str) -> Iterator[Deed]:
    """The pairs of neighbouring names with a verb and nothing that parts them between."""
    for left, right in pairwise(read_names(sentence)):
        between = sentence[left[-1].end : right[0].start]
        words = [word.folded for word in read_words(between)]
        content = [word for word in words if word not in FUNCTION_WORDS]
        if content and len(words) <= _REACH and not _PARTS.intersection(between):
            yield Deed(
                left=left[-1].folded,
                right=right[-1].folded,
                what=content[0][:STEM],
                passive="by" in words,
                text=sentence[left[0].start : right[-1].end],
            )


class KnownDeeds:
    """Who did what in a source."""

    def __init__(self, source: Iterable[str]) -> None:
        self._deeds = [deed for sentence in source for deed in read_deeds(sentence)]

    def reversed(self, claim: str) -> list[tuple[str, str]]:
        """What the claim says of two names, and where the source says only the contrary."""
        return [
            (deed.text, contrary.text)
            for deed in read_deeds(claim)
            if deed.left != deed.right and (contrary := self._contrary(deed))
        ]

    def _contrary(self, deed: Deed) -> Deed | None:
        """The source's deed with the names exchanged, unless it also has one as it is."""
        pair = {deed.left, deed.right}
        told = [
            known
            for known in self._deeds
            if known.what == deed.what and {known.left, known.right} == pair
        ]
        contrary = [
            known for known in told if (known.left == deed.left) == (known.passive != deed.passive)
        ]
        return contrary[0] if contrary and contrary == told else None
