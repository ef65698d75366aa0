"""A part of the index of words: a line a word, with the numbers of the stories that say it.

The numbers are sorted and written as the gaps between them, each gap in digits of five bits, the
lowest first; a digit with the sixth bit set is followed by another of the same gap (the variable
length of source maps). So 12,000 stories of 120 words take about two bytes for each of a story's
words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from string import ascii_letters, digits

_DIGITS = ascii_letters + digits + "-_"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_MORE = 32


def encode(numbers: Iterable[int]) -> str:
    """Ascending numbers from 0 on, each once, as text."""
    return "".join(_gap(b - a) for a, b in pairwise((0, *numbers)))


def decode(text: str) -> list[int]:
    """The numbers that ``encode`` wrote."""
    numbers = []
    number, shift = 0, 0
    for digit in text:
        value = _VALUES[digit]
        number += (value & (_MORE - 1)) << shift
        if value & _MORE:
            shift += 5
        else:
            shift = 0
            numbers.append(number)
    return numbers


@cache
def _gap(gap: int) -> str:
    text = ""
    while gap >= _MORE:
        text += _DIGITS[_MORE | gap & (_MORE - 1)]
        gap >>= 5
    return text + _DIGITS[gap]


def merged(
    lines: str, added: Mapping[str, Sequence[int]], moved: Sequence[int | None] | None = None
) -> str:
    """The lines with more numbers in them.

    Args:
        lines: As they were, by word.
        added: For each word the numbers of new stories, ascending.
        moved: What the stories that were there are called now, by their former numbers; ``None``
            for one that is gone. Left out where all of them keep their numbers.
    """
    held = dict(line.split(" ") for line in lines.splitlines())
    for word in held if moved is not None else held.keys() & added.keys():
        before = decode(held[word])
        if moved is not None:
            before = [now for number in before if (now := moved[number]) is not None]
        held[word] = encode(sorted({*before, *added.get(word, ())}))
    for word in added.keys() - held.keys():
        held[word] = encode(added[word])
    return "".join(f"{word} {held[word]}\n" for word in sorted(held) if held[word])
