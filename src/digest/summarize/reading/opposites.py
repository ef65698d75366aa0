"""Words that cannot both be true: a rise and a fall, backed and opposed; English only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from digest.summarize.reading.verbs import base
from digest.summarize.reading.words import read_words

_PAIRS = """
accept agree approve back endorse support uphold / oppose refuse reject
gain grow increase jump rise soar surge ~add ~climb ~growth ~higher ~improve ~more ~up
/ cut decline decrease drop fall plunge reduce shrink slump ~down ~fewer ~less ~loss ~lower
arrest detain jail ~custody ~hold ~imprison ~prison / acquit ~clear ~free ~release
forbid ~ban ~outlaw ~prohibit ~stop / allow permit ~let ~legal
win beat defeat ~victory ~first / lose ~loss
praise welcome ~applaud ~hail / condemn criticise criticize denounce ~attack ~blame
convict ~guilty / acquit ~clear ~innocent
hire appoint ~join ~name / dismiss sack ~fire
get receive ~win / forgo waive
"""
"""A pair has its two sides around the slash. What has a wave before it belongs to a side, but has
other meanings, too, and is no evidence by itself."""


@dataclass(frozen=True, slots=True)
class Turned:
    """A word of a claim, and what its source has in its place."""

    word: str
    opposite: str


def _read_pairs() -> Iterator[tuple[str, tuple[int, int], bool]]:
    """Stem, pair and side, and whether it is evidence, of each word."""
    for number, pair in enumerate(_PAIRS.strip().replace("\n/", " /").splitlines()):
        for side, words in enumerate(pair.split("/")):
            for word in words.split():
                yield base(word.lstrip("~")), (number, side), not word.startswith("~")


_SIDES = defaultdict[str, list[tuple[tuple[int, int], bool]]](list)
for _stem, _place, _evidence in _read_pairs():
    _SIDES[_stem].append((_place, _evidence))


class KnownOpposites:
    """Which side of each pair of opposites a source speaks of."""

    def __init__(self, source: Iterable[str]) -> None:
        self._said: set[tuple[int, int]] = set()
        self._evidence: dict[tuple[int, int], str] = {}
        for sentence in source:
            for word in read_words(sentence):
                for place, evidence in _SIDES.get(base(word.folded), ()):
                    self._said.add(place)
                    if evidence:
                        self._evidence.setdefault(place, word.text)

    def turned(self, claim: str) -> list[Turned]:
        """The words of ``claim`` of which the source has the contrary, and nothing on their side.

        Nothing where the claim has both sides itself, as in “rose after a fall”, or denies one.
        """
        sides = [
            (word.text, *each)
            for word in read_words(claim)
            for each in _SIDES.get(base(word.folded), ())
        ]
        own = {place for _, place, _ in sides}
        found = []
        for word, (pair, side), evidence in sides:
            contrary = self._evidence.get((pair, 1 - side))
            alone = (pair, side) not in self._said and (pair, 1 - side) not in own
            if evidence and contrary and alone:
                found.append(Turned(word, contrary))
        return found
