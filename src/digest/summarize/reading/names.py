"""Names of people, places and bodies in a text, as far as capitals give them away.

Languages without capitals have none here; of those that write every noun with a capital only what
is hardly a noun counts.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from itertools import pairwise

from digest.summarize.reading.quantities import read_quantities
from digest.summarize.reading.words import FUNCTION_WORDS, STEM, Word, is_english, read_words

_NOUNS_WITH_CAPITALS = frozenset({"de", "lb", "nds", "gsw"})
_FORMS_OF_ADDRESS = frozenset({"mr", "mrs", "ms", "miss", "dr", "sir", "dame", "lord", "lady"})
_PEOPLES = (
    ("america", "american", "us", "usa", "states"),
    ("britain", "british", "briton", "uk", "kingdom"),
    ("denmark", "danish", "dane"),
    ("england", "english"),
    ("finland", "finnish", "finn"),
    ("france", "french"),
    ("germany", "german"),
    ("greece", "greek"),
    ("ireland", "irish"),
    ("netherlands", "dutch", "holland"),
    ("norway", "norwegian"),
    ("peru", "peruvian"),
    ("philippines", "filipino", "philippine"),
    ("poland", "polish", "pole"),
    ("portugal", "portuguese"),
    ("scotland", "scottish", "scot"),
    ("spain", "spanish", "spaniard"),
    ("sweden", "swedish", "swede"),
    ("switzerland", "swiss"),
    ("thailand", "thai"),
    ("turkey", "turkish", "turk"),
    ("ukraine", "ukrainian"),
    ("wales", "welsh"),
)
_COUNTRY = {name: people[0] for people in _PEOPLES for name in people}
"""Countries whose people are not called after them by an ending alone."""
_OF_A_PEOPLE = re.compile(r"(?<=\w{3})(?:ians?|ans?|n|ese|ish|is?|(?<=[ei]n)e)$")
_OF_A_COUNTRY = re.compile(r"(?<=\w{3})(?:ia|a|e|y|s)$")

_LAND, _PEOPLE = "land of ", "people of "

_SPACE = re.compile(r"\s?[-–]?\s?")
_LINK = re.compile(
    r"\s?[-–]?\s?|\s(?:of|for|and|the|de|du|des|der|die|del|della|di)(?:\s(?:the|la|los))?\s"
)
_OPENING = re.compile(r"""(?:^|[.!?:;…]|\s['‘"“„«»(\[-])\s*['‘"“„«»(\[]*\s*$""")
_WINDOW = 3
"""Words from one part of a name to the next in the source: ``the president, Mr Lee``."""
_LONGEST = 8
"""Words that an acronym may stand for."""


class KnownNames:
    """What a source calls people, places and bodies."""

    def __init__(self, source: str, language: str = "en", *, exact: bool = False) -> None:
        """What is known from ``source``.

        Args:
            source: The text.
            language: Its language.
            exact: Whether a name has to stand there in all its parts. Otherwise Britain may be
                called the UK, and a person by a first name that the source leaves out.
        """
        self._language = language
        self._exact = exact
        words = read_words(source)
        folded = [word.folded for word in words]
        self._acronyms = frozenset(word.folded for word in words if word.text.isupper())
        self._stems = frozenset(word[:STEM] for word in folded)
        self._forms = frozenset(form for word in folded for form in known_as(word, exact=exact))
        self._pairs = frozenset(
            (word, other)
            for at, word in enumerate(folded)
            for other in folded[at + 1 : at + 1 + _WINDOW]
        )
        self._common = frozenset(word.folded for word in words if not word.capitalised)
        runs = [_without_opener(run, source, self._common) for run in _runs(words, source, _SPACE)]
        self._first = frozenset(word.folded for run in runs for word in run[:-1]) - frozenset(
            run[-1].folded for run in runs if run
        )
        self._initials = frozenset(
            _initials(run[start:end])
            for run in _runs(words, source, _LINK)
            for start in range(len(run))
            for end in range(start + 2, min(start + _LONGEST, len(run)) + 1)
        )

    def missing(self, claim: str) -> list[str]:
        """The names in ``claim`` that the source does not have, or has only in pieces."""
        words = read_words(claim)
        shortened = {
            word
            for run in _runs(words, claim, _LINK)
            if len(run) > 1 and _initials(run) in self._acronyms
            for word in run
        }
        return [
            " ".join(word.text for word in name)
            for run in _runs(words, claim, _SPACE)
            if (name := self._read(run, claim))
            and not shortened.issuperset(name)
            and not self._has(name, opening=opens(name[0], claim))
        ]

    def _read(self, run: list[Word], claim: str) -> list[Word]:
        named = _names_only(run, claim, self._language)
        return _without_opener(named, claim, self._common)

    def _has(self, name: list[Word], opening: bool) -> bool:
        unknown = [word for word in name if not self._knows(word)]
        if unknown:
            return opening and unknown == name[:1] and self._may_open(unknown[0], len(name) == 1)
        return all(self._joins(left, right) for left, right in pairwise(name))

    def _may_open(self, word: Word, alone: bool) -> bool:
        """Whether an unknown word may have its capital from the beginning of the sentence alone, or
        belong to the name after it."""
        if not is_english(self._language) or is_small(word):
            return True
        return not self._exact and (not alone or word.folded[:STEM] in self._stems)

    def _joins(self, left: Word, right: Word) -> bool:
        """Whether both may belong to one name: not if the source has the left one only as the first
        part of other names."""
        neighbours = right.start <= left.end + len(" - ")
        known = (left.folded, right.folded) in self._pairs
        return known or not neighbours or left.folded not in self._first

    def _knows(self, word: Word) -> bool:
        acronym = word.text.isupper() and word.folded in self._initials
        return acronym or not self._forms.isdisjoint(asked_as(word.folded, exact=self._exact))


def read_names(text: str, language: str = "en") -> list[list[Word]]:
    """The names in a text, each as its words, in order."""
    runs = _runs(read_words(text), text, _SPACE)
    return [name for run in runs if (name := _names_only(run, text, language))]


def _runs(words: list[Word], text: str, link: re.Pattern[str]) -> list[list[Word]]:
    """Capitalised words with nothing between two of them but ``link``."""
    runs: list[list[Word]] = []
    last: Word | None = None
    for word in filter(lambda word: word.capitalised, words):
        if last and not last.possessive and link.fullmatch(text, last.end, word.start):
            runs[-1].append(word)
        else:
            runs.append([word])
        last = word
    return runs


def _names_only(run: list[Word], claim: str, language: str) -> list[Word]:
    """The words of a run that are part of a name, as far as one can tell."""
    if language.split("-")[0] in _NOUNS_WITH_CAPITALS:
        named = run[1:] if opens(run[0], claim) else run
        return named if len(named) > 1 else [word for word in named if word.text.isupper()]
    return [
        word
        for word in run
        if word.folded not in _FORMS_OF_ADDRESS
        and (word.text.isupper() or word.folded not in FUNCTION_WORDS)
        and not read_quantities(word.text, language)
    ]


def _without_opener(name: list[Word], text: str, common: frozenset[str]) -> list[Word]:
    """Without a word that has its capital from the sentence's beginning: ``Former US`` …"""
    opener = len(name) > 1 and name[0].folded in common and opens(name[0], text)
    return name[1:] if opener else name


def opens(word: Word, text: str) -> bool:
    """Whether a word of a text begins a sentence or a quotation, where any word has a capital."""
    return bool(_OPENING.search(text[: word.start]))


def _initials(run: list[Word]) -> str:
    return "".join(word.text[0] for word in run).casefold()


def known_as(word: str, *, exact: bool) -> set[str]:
    """What a source is known to have that has this word, for ``asked_as``.

    The word itself, whether one or many, and country and people for each other, as Korea and
    Korean; not one country for another, because then Maria would be Marie. Unless ``exact``,
    Britain and the UK as well.
    """
    lands, peoples = _lands(word), _peoples(word)
    return _itself(word, exact=exact) | _marked(_LAND, lands) | _marked(_PEOPLE, peoples)


def asked_as(word: str, *, exact: bool) -> set[str]:
    """Of what a source has to have something, for ``known_as``, that shall have this word."""
    lands, peoples = _lands(word), _peoples(word)
    return _itself(word, exact=exact) | _marked(_LAND, peoples) | _marked(_PEOPLE, lands | peoples)


def _itself(word: str, *, exact: bool) -> set[str]:
    """One or many of it; unless ``exact``, its country by whatever name."""
    one_or_many = {word, word.removesuffix("s")}
    return one_or_many if exact else one_or_many | {_COUNTRY.get(word, word)}


def _lands(word: str) -> set[str]:
    """The word as a country, with and without what its people may leave out."""
    return {word, _OF_A_COUNTRY.sub("", word)}


def _peoples(word: str) -> set[str]:
    """The word as a people, without its ending; nothing where it has none."""
    return {_OF_A_PEOPLE.sub("", word)} - {word}


def _marked(mark: str, stems: set[str]) -> set[str]:
    return {mark + stem for stem in stems}


def is_small(word: Word) -> bool:
    """Whether an English word has its capital only from the beginning of a sentence."""
    shouted = word.text.isupper() and len(word.text) > 1
    return not shouted and (word.folded in _small_words() or word.folded in FUNCTION_WORDS)


@cache
def _small_words() -> frozenset[str]:
    """As ``weights/small_words.txt`` has them (``benchmarks/train_small_words.py``)."""
    text = (files("digest.summarize") / "weights/small_words.txt").read_text("utf-8")
    return frozenset(text.split())
