"""A sentence without what only tied it to the text around it.

Only what can be left out without a doubt: what is left is still made of the sentence's own words,
in their order, and says the same.
"""

from __future__ import annotations

import re

from digest.summarize.reading.sentences import count_words
from digest.summarize.reading.words import is_english

MIN_WORDS = 5
"""A sentence is not made shorter than this."""

_CONNECTIVE = re.compile(
    r"^(?:(?:However|Meanwhile|Also|In addition|Moreover|Furthermore|Besides|Nevertheless|"
    r"Nonetheless|Indeed|In fact|Of course|Additionally|Finally|Lastly|Overall|As a result|"
    r"For example|For instance)\s?,|But,?|And,?)\s+(?=\w)"
)
# What a place, a day and an agency say before the news: "SEOUL, Nov 4 (Reuters) - ", "(CNN) -- ".
_DATELINE = re.compile(
    r"^(?:[A-Z][A-Z.'’ ]+(?:[,/][^()—–]{0,30})?)?\((?:[A-Z][\w.]*\s?){1,2}\)\s?[-—–]+\s+"
)
# "(right)", "(AFP)", "(middle row)": a few words that count, deny and quote nothing.
_ASIDE = re.compile(
    r"\s*\((?!(?:[^()]*\s)?(?:not?|non|without|except|up|down|one|two|three|four|five|six|seven|eight|"
    r"nine|ten|allegedly|reportedly|alleged)\b)[^\W\d]+(?:[\s-][^\W\d]+){0,2}\)"
)
_QUOTES = re.compile(r"[\"“”„«»‘]|(?<!\w)'")


def trim(sentence: str, language: str = "en") -> str:
    """The sentence without dateline, leading connective and asides in brackets; English only.

    Its first letter becomes a capital. What has a quotation in it keeps its brackets.
    """
    if not is_english(language):
        return sentence
    shorter = _CONNECTIVE.sub("", _DATELINE.sub("", sentence))
    if not _QUOTES.search(shorter):
        shorter = re.sub(r"\s{2,}", " ", _ASIDE.sub("", shorter)).strip()
    if shorter == sentence or count_words(shorter) < MIN_WORDS:
        return sentence
    return shorter[:1].upper() + shorter[1:]
