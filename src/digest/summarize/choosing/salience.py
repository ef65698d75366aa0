"""How likely a paragraph about an article has each of its words and pairs of words.

Two logistic regressions, one for words and one for pairs of neighbouring words, learned from
articles with paragraphs that people wrote (``benchmarks/train_salience.py``; the idea is that of
supervised concept weights: Li, Qian & Liu 2013, "Using Supervised Bigram-based ILP for Extractive
Summarization", https://aclanthology.org/P13-1099). Their weights are in ``weights/salience.json``.
Sentences are alike by the words that they share: with an encoder's vectors the paragraphs are no
better (``benchmarks/trials.py``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from digest.summarize.choosing.concepts import concepts, is_pair
from digest.summarize.reading.words import FUNCTION_WORDS, STEM
from digest.summarize.regression import Regression

Floats = NDArray[np.float64]

FEATURES = (
    "log times",
    "log sentences",
    "first, halved in 10 words",
    "first, halved in 30 words",
    "first, halved in 90 words",
    "first, halved in 300 words",
    "first, log words before",
    "in sentence 1 first",
    "in sentence 2 first",
    "in sentence 3 first",
    "highest centrality, standardised",
    "mean centrality, standardised",
    "highest centrality",
    "highest likeness to another sentence",
    "highest likeness to the opening",
    "times near the top, within 60 words",
    "log times near the top, within 150 words",
    "centrality above the mean, summed",
    "a figure",
    "all capitalised",
    "any capitalised",
    "letters a word",
    "part in quotations",
    "part after a pronoun or connective",
    "part that speaks to or of the writer",
    "log words of the article",
    "log words of its sentences",
    "place in its sentence",
    "log times of the rarer word",
    "log times of the commoner word",
)
COLUMNS = (
    *FEATURES,
    "part of function words",
    *(f"{name}, times the part of function words" for name in FEATURES),
)
"""What is known of one concept of one article: the last half tells pairs only."""

_QUOTED = re.compile(r"[\"“„«‘]|' [A-Za-z]")
_OPENS_OPEN = re.compile(r"\W*(?:I|We|He|She|They|It|But|And)\b", re.IGNORECASE)
_IN_PERSON = re.compile(r"\b(?:I|you|we|my|our)\b", re.IGNORECASE)
_INSIDE_CAPITAL = re.compile(r"(?<=[a-z,] )[A-Z]\w+")
_FUNCTION = frozenset(word[:STEM] for word in FUNCTION_WORDS)
LEARNED = 60
"""Words of the paragraphs from which the weights were learned, about."""
_CENTRE = 180.0
"""Words after which a sentence counts half in what the article is about."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of an article's concepts."""

    concepts: tuple[str, ...]
    pair: NDArray[np.bool_]
    """(concepts,)"""
    table: Floats
    """(concepts, columns), as ``COLUMNS`` names them."""


def features(sentences: Sequence[str], words: Sequence[int], budget: int = LEARNED) -> Features:
    """Of all words and pairs of an article.

    Args:
        sentences: The article's, in order; not empty.
        words: How many each has.
        budget: Words that the paragraph may have. In twice the room people tell what stands twice
            as far down.
    """
    said = [concepts(sentence) for sentence in sentences]
    names = tuple(dict.fromkeys(concept for each in said for concept in each))
    number = {name: index for index, name in enumerate(names)}
    where = np.repeat(np.arange(len(said)), [len(each) for each in said])
    which = np.array([number[concept] for each in said for concept in each], dtype=np.intp)
    pair = np.array([is_pair(name) for name in names], dtype=bool)
    if not names:
        return Features((), pair, np.zeros((0, len(COLUMNS))))

    # Each concept with each sentence that has it, once.
    cells = np.unique(which * len(said) + where)
    concept, sentence = np.divmod(cells, len(said))
    length = np.asarray(words, dtype=float)
    before = (np.cumsum(length) - length) * LEARNED / budget
    holders = np.bincount(concept, minlength=len(names))
    first = sentence[np.searchsorted(concept, np.arange(len(names)))]

    def total(of: Floats) -> Floats:
        return np.bincount(concept, of[sentence], len(names)).astype(float)

    def mean(of: Floats) -> Floats:
        return total(of) / holders

    def highest(of: Floats) -> Floats:
        top = np.full(len(names), -np.inf)
        np.maximum.at(top, concept, of[sentence])
        return top

    def flag(pattern: re.Pattern[str], *, at_start: bool = False) -> Floats:
        look = pattern.match if at_start else pattern.search
        return np.array([bool(look(text)) for text in sentences], dtype=float)

    vectors = directions(sentences)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, 0.0)
    opening = alike[0].copy()
    centre = vectors.T @ (0.5 ** (before / _CENTRE))
    centrality = vectors @ (centre / max(float(np.linalg.norm(centre)), 1e-9))
    standard = (centrality - centrality.mean()) / (centrality.std() + 1e-6)
    times = np.bincount(which, minlength=len(names)).astype(float)
    parts = [name.split(" ") for name in names]
    capitals = _inside_capitals(sentences)
    counted = {name: times[index] for index, name in enumerate(names)}
    of_words = [[counted.get(part, 1.0) for part in each] for each in parts]
    start = before[first]
    columns = [
        np.log(times),
        np.log(holders),
        0.5 ** (start / 10),
        0.5 ** (start / 30),
        0.5 ** (start / 90),
        0.5 ** (start / 300),
        np.log1p(start),
        first == 0,
        first == 1,
        first == 2,
        highest(standard),
        mean(standard),
        highest(centrality),
        highest(alike.max(axis=1)),
        highest(opening),
        total(np.exp(-before / 60)),
        np.log(total(np.exp(-before / 150)) + 0.01),
        total(np.clip(standard, 0, None)),
        np.array([any(part.isdigit() for part in each) for each in parts]),
        np.array([all(part in capitals for part in each) for each in parts]),
        np.array([any(part in capitals for part in each) for each in parts]),
        np.array([sum(map(len, each)) / len(each) for each in parts]),
        mean(flag(_QUOTED)),
        mean(flag(_OPENS_OPEN, at_start=True)),
        mean(flag(_IN_PERSON)),
        np.full(len(names), np.log(length.sum())),
        np.log(mean(length)),
        _places(said, names, number),
        np.log([min(each) for each in of_words]),
        np.log([max(each) for each in of_words]),
    ]
    function = np.array([sum(part in _FUNCTION for part in each) / len(each) for each in parts])
    table = np.column_stack([*columns, function]).astype(float)
    return Features(names, pair, np.column_stack([table, table[:, :-1] * function[:, None]]))


def directions(sentences: Sequence[str]) -> Floats:
    """(sentences, words): which words each has, in rows of unit length, or of none where it has no
    word."""
    words = [{concept for concept in concepts(each) if not is_pair(concept)} for each in sentences]
    number = {word: at for at, word in enumerate(sorted(set().union(*words)))}
    has: Floats = np.zeros((len(sentences), len(number)))
    for row, each in zip(has, words, strict=True):
        row[[number[word] for word in each]] = 1.0
    length: Floats = np.linalg.norm(has, axis=1, keepdims=True)
    return has / np.maximum(length, 1e-9)


def _inside_capitals(sentences: Sequence[str]) -> frozenset[str]:
    """Words that have a capital though no sentence begins with them."""
    return frozenset(
        concept
        for sentence in sentences
        for found in _INSIDE_CAPITAL.findall(sentence)
        for concept in concepts(found)
    )


def _places(
    said: Sequence[Sequence[str]], names: Sequence[str], number: Mapping[str, int]
) -> Floats:
    """How far into its first sentence a concept stands, from 0 to 1."""
    places = np.full(len(names), -1.0)
    for each in said:
        kinds = ([c for c in each if not is_pair(c)], [c for c in each if is_pair(c)])
        for kind in kinds:
            for at, concept in enumerate(kind):
                if places[number[concept]] < 0:
                    places[number[concept]] = at / len(kind)
    return places


@dataclass(frozen=True, slots=True)
class Salience:
    """What was learned about words and about pairs of words."""

    words: Regression
    pairs: Regression

    def of(self, sentences: Sequence[str], words: Sequence[int], budget: int) -> dict[str, float]:
        """How likely a paragraph about the article has each of its concepts.

        The arguments are those of ``features``.
        """
        found = features(sentences, words, budget)
        likely = np.where(
            found.pair, _probability(self.pairs, found.table), _probability(self.words, found.table)
        )
        return dict(zip(found.concepts, likely.tolist(), strict=True))


@cache
def shipped() -> Salience:
    """As ``weights/salience.json`` has it."""
    told = json.loads((files("digest.summarize") / "weights/salience.json").read_text("utf-8"))
    return Salience(Regression.from_json(told["words"]), Regression.from_json(told["pairs"]))


def _probability(regression: Regression, table: Floats) -> Floats:
    """(concepts,) from (concepts, columns)."""
    terms = [regression.terms[name] for name in COLUMNS]
    mean, scale, weight = np.array([(t.mean, t.scale, t.weight) for t in terms]).T
    return np.asarray(1 / (1 + np.exp(-((table - mean) / scale @ weight + regression.bias))))
