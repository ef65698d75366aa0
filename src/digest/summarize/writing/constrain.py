"""Names and numbers are written only as they stand in the source.

While a model writes, each piece that would begin or continue a capitalised word or a number must
lead to one of the source's. It raises the share of sentences that hold, and costs no ROUGE
(``benchmarks/constrained.py``). That a name is in the source does not yet make what is said of it
true: that is still verified.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessor

from digest.summarize.reading.words import FUNCTION_WORDS, is_english
from digest.summarize.writing.authors import Source

_WORD = re.compile(r"\d+(?:[.,:]\d+)*\w*|[^\W\d_]\w*")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_BEGINS = re.compile(r"(?:^|[.!?][\"”’)]*)\s*$")
_TAIL = 20
"""Characters before a word that tell whether it begins a sentence."""


@dataclass(slots=True)
class Node:
    """A place inside a word: which pieces may follow, and whether the word may end here."""

    following: dict[int, Node] = field(default_factory=dict)
    ends: bool = False
    free: bool = False
    """Whether it may become any other word as well: the "i" of iPhone."""


_ANYWHERE = Node(free=True)
"""Outside the words of a source."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text has got to: inside a word of the source or not, and what stands before."""

    inside: Node | None = None
    tail: str = ""


class Pieces:
    """The pieces of a tokenizer's vocabulary, as text."""

    def __init__(self, tokenizer: Any, size: int) -> None:
        self._tokenizer = tokenizer
        self._size = size

    @cached_property
    def texts(self) -> list[str]:
        """Each behind an "a", because alone some tokenizers give it without its space; marks of the
        model are no text."""
        anchor = self._ids(["a"])[0][-1]
        decode = self._tokenizer.batch_decode
        pairs = [[anchor, n] for n in range(self._size)]
        behind = decode(pairs, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        before = len(self._tokenizer.decode([anchor], skip_special_tokens=True))
        return [text[before:] for text in behind]

    @cached_property
    def joining(self) -> Tensor:
        """(size,): whether a piece continues a word."""
        return torch.tensor([bool(re.match(r"\w", text)) for text in self.texts])

    @cached_property
    def numbered(self) -> Tensor:
        """(size,): whether a piece has a digit."""
        return torch.tensor([bool(re.search("[0-9]", text)) for text in self.texts])

    @cached_property
    def capitalised(self) -> Tensor:
        """(size,): whether a piece has a capital."""
        return torch.tensor([bool(re.search("[A-Z]", text)) for text in self.texts])

    def of(self, words: Sequence[str]) -> Iterator[list[int]]:
        """The pieces of each word, behind a space and behind a bracket."""
        for before, opening in (("a", "a "), ("(", "(")):
            start, *found = self._ids([before, *(opening + word for word in words)])
            yield from (ids[len(start) :] for ids in found if ids[: len(start)] == start)

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        return list(self._tokenizer(list(texts), add_special_tokens=False)["input_ids"])


class Vocabulary:
    """What may be written of one source at each place."""

    def __init__(self, source: Source, pieces: Pieces) -> None:
        # A capital inside a sentence marks a name; in German it does not.
        names = is_english(source.language)
        facts = r"[A-Z0-9]" if names else r"[0-9]"
        self._pieces = pieces
        self._free = ~(pieces.numbered | pieces.capitalised) if names else ~pieces.numbered
        self._parting = self._free & ~pieces.joining
        self._inside, self._first = Node(), Node()
        words = set(_WORD.findall(source.text))
        # "4.6bn" may become "4.6 billion": whether that is right is verified.
        words |= {number for word in words for number in _NUMBER.findall(word)}
        marked = {word for word in words if re.search(facts, word)}
        self._add(sorted(marked), self._inside, self._first)
        if names:
            small = words - marked | FUNCTION_WORDS
            self._add(sorted(word.capitalize() for word in small), self._first)

    def allowed(self, place: Place) -> Tensor:
        """(size,): which pieces may come next."""
        here = place.inside or _ANYWHERE
        if here.free:
            allowed = self._free.clone()
        else:
            allowed = self._parting.clone() if here.ends else torch.zeros_like(self._free)
        if here.free or here.ends:
            # What joins a word would make another one of it.
            joins = bool(re.search(r"\w$", place.tail))
            words = self._root(place).following
            allowed[[n for n in words if not (joins and self._pieces.joining[n])]] = True
        allowed[list(here.following)] = True
        return allowed

    def after(self, place: Place, piece: int) -> Place:
        """Where the text has got to with one more piece."""
        here = place.inside or _ANYWHERE
        node = here.following.get(piece) or self._root(place).following.get(piece)
        return Place(node, (place.tail + self._pieces.texts[piece])[-_TAIL:])

    def _root(self, place: Place) -> Node:
        return self._first if _BEGINS.search(place.tail) else self._inside

    def _add(self, words: Sequence[str], *roots: Node) -> None:
        for ids in self._pieces.of(words):
            # A space that is a piece of its own begins no word.
            begins = (at for at, piece in enumerate(ids) if self._pieces.texts[piece].strip())
            begin = next(begins, None)
            if begin is None:  # A word that this vocabulary cannot write.
                continue
            for node in roots:
                free = True
                for piece in ids[begin:]:
                    free = free and bool(self._free[piece])
                    node = node.following.setdefault(piece, Node(free=free))
                node.ends = True


class OnlyAsInSource(LogitsProcessor):
    """Shuts out the pieces that would make another name or number, row by row.

    Args:
        vocabularies: One for each text; beams of a text follow each other.
        start: Tokens before what is written.
    """

    def __init__(self, vocabularies: Sequence[Vocabulary], start: int) -> None:
        self._vocabularies = vocabularies
        self._start = start
        # By the text so far: beams change their rows.
        self._places: dict[tuple[int, ...], Place] = {}

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """``scores`` (rows, size) with minus infinity where a piece is shut out."""
        beams = len(scores) // len(self._vocabularies)
        for row, ids in enumerate(input_ids[:, self._start :].tolist()):
            number = row // beams
            vocabulary = self._vocabularies[number]
            place = Place()
            if ids:
                before = self._places.get((number, *ids[:-1]), Place())
                place = vocabulary.after(before, ids[-1])
                self._places[(number, *ids)] = place
            allowed = vocabulary.allowed(place).to(scores.device)
            scores[row, : len(allowed)].masked_fill_(~allowed, -torch.inf)
        return scores
