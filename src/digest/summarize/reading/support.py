"""Which sentences of a source say what a sentence claims, by the words and facts they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from digest.summarize.reading.names import asked_as, known_as, read_names
from digest.summarize.reading.quantities import Quantity, is_known, known_readings, read_quantities
from digest.summarize.reading.quotations import KnownWording, read_quotations
from digest.summarize.reading.relative import Reading
from digest.summarize.reading.words import read_words, terms

WORTH_A_SECOND = 0.1
"""The part of a claim's words that a second sentence must add to be named as well."""
MOST = 3
"""Sentences that a claim may rest on; the third only if it has a number, name or quotation of the
claim that the others lack."""
_WORTH_OF_A_FACT = 2
"""A number, name or quotation in words: the reader of a citation looks for those first."""


@dataclass(frozen=True, slots=True)
class Support:
    """What a claim rests on."""

    score: float
    """The part of the claim's words found in these sentences together, 0 to 1."""
    sentences: tuple[int, ...]
    """Indices into the source's sentences, best first: at most ``MOST``, none if nothing is
    shared."""


class SourceSentences:
    """The sentences of a source, ready to be asked about many claims."""

    def __init__(self, sentences: Sequence[str], language: str = "en") -> None:
        self._sentences = [_Sentence(sentence, language) for sentence in sentences]
        self._language = language

    def support(self, claim: str) -> Support:
        """The sentence that has most of the claim's words and facts, and those that add most to it.

        Of sentences that do equally well the first is taken. A claim without a content word has
        nothing to be supported and scores 1.
        """
        wanted = terms(claim)
        if not wanted:
            return Support(1.0, ())
        asked = list(self._facts(claim))
        had = [
            frozenset(number for number, fact in enumerate(asked) if fact(sentence))
            for sentence in self._sentences
        ]
        chosen: list[int] = []
        open_terms, open_facts = wanted, frozenset(range(len(asked)))
        for least, only_facts in ((0.0, False), (WORTH_A_SECOND * len(wanted), False), (0.0, True)):
            added = [
                len(open_terms & sentence.terms) + _WORTH_OF_A_FACT * len(open_facts & facts)
                if open_facts & facts or not only_facts
                else 0
                for sentence, facts in zip(self._sentences, had, strict=True)
            ]
            most = max(added, default=0)
            if most > least:
                chosen.append(added.index(most))
                open_terms -= self._sentences[chosen[-1]].terms
                open_facts -= had[chosen[-1]]
        return Support(1 - len(open_terms) / len(wanted), tuple(chosen))

    def _facts(self, claim: str) -> Iterator[Callable[[_Sentence], bool]]:
        """Of each number, part of a name and quotation of a claim, whether a sentence has it."""

        def named(word: str) -> Callable[[_Sentence], bool]:
            # Who looks for the UK is not shown Britain, unless no sentence has the UK.
            exact, other = asked_as(word, exact=True), asked_as(word, exact=False)
            if any(not sentence.names.isdisjoint(exact) for sentence in self._sentences):
                return lambda sentence: not sentence.names.isdisjoint(exact)
            return lambda sentence: not sentence.other_names.isdisjoint(other)

        def counted(quantity: Quantity) -> Callable[[_Sentence], bool]:
            return lambda sentence: is_known(quantity, claim, sentence.readings)

        def quoted(quotation: str) -> Callable[[_Sentence], bool]:
            return lambda sentence: sentence.wording.has(quotation)

        for name in read_names(claim, self._language):
            yield from (named(word.folded) for word in name)
        yield from map(counted, read_quantities(claim, self._language))
        yield from map(quoted, read_quotations(claim))


class _Sentence:
    """A sentence of the source; what is dear to find out is found out when it is asked for."""

    def __init__(self, text: str, language: str) -> None:
        self._text = text
        self._language = language

    @cached_property
    def terms(self) -> frozenset[str]:
        return terms(self._text)

    @cached_property
    def names(self) -> frozenset[str]:
        return self._known(exact=True)

    @cached_property
    def other_names(self) -> frozenset[str]:
        return self._known(exact=False)

    def _known(self, *, exact: bool) -> frozenset[str]:
        words = read_words(self._text)
        return frozenset(form for word in words for form in known_as(word.folded, exact=exact))

    @cached_property
    def readings(self) -> frozenset[Reading]:
        return known_readings(read_quantities(self._text, self._language))

    @cached_property
    def wording(self) -> KnownWording:
        return KnownWording(self._text)
