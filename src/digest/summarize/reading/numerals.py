"""How numbers are written: figures with separators, words, magnitudes, units."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from math import prod

_BELOW_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_FROM_SECOND = "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"

CARDINALS = {word: value for value, word in enumerate(_BELOW_TWENTY.split())} | {
    word: 10 * value for value, word in enumerate(_TENS.split(), start=2)
}
ORDINALS = {word: value for value, word in enumerate(_FROM_SECOND.split(), start=2)}
SCALES = {
    "dozen": 12,
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}

_MAGNITUDES = SCALES | {
    **dict.fromkeys(("k", "tausend", "mil", "mille", "mila"), 10**3),
    **dict.fromkeys(
        ("m", "mn", "mln", "mio", "millionen", "millones", "millón", "millions", "milioni"), 10**6
    ),
    **dict.fromkeys(("b", "bn", "mrd", "milliarden", "milliards", "miliardi"), 10**9),
    **dict.fromkeys(("tn", "trn", "billionen"), 10**12),
}
_EAST_ASIAN = {
    **dict.fromkeys("십十", 10),
    **dict.fromkeys("백百", 10**2),
    **dict.fromkeys("천千", 10**3),
    **dict.fromkeys("만万萬", 10**4),
    **dict.fromkeys("억亿億", 10**8),
    **dict.fromkeys("조兆", 10**12),
}
_CURRENCIES = {
    "$": r"dollars?\b|dólares\b|달러|ドル|美元",
    "£": r"pounds?\b|pfund\b|파운드",
    "€": r"euros?\b|유로|ユーロ|欧元",
    "¥": r"yen\b|엔|円",
    "₩": r"(?<=llion\s)won\b|원",
}
"""Signs and words of currencies; ``won`` after anything but a magnitude is more often a verb."""


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first; never matching where there are none."""
    return f"(?:{'|'.join(sorted(map(re.escape, words), key=len, reverse=True)) or '(?!)'})"


CURRENCY_SIGNS = "".join(_CURRENCIES)
CURRENCY_WORDS = "|".join(_CURRENCIES.values())
FIGURE = r"\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+(?!\d)(?:[.,]\d{1,9})?|\d{1,20}(?:[.,]\d{1,9})?"
MAGNITUDE = rf"[\s-]?{any_of(_MAGNITUDES)}\b|[{''.join(_EAST_ASIAN)}]+"
PERCENT = (
    r"%|(?:per\s?cent|percentage|percent|prozent|procent|por\s?ciento|por\s?cento|pour\s?cent"
    r"|per\s?cento|pct|pc)\b|퍼센트|パーセント"
)
_SCALE = rf"{any_of(SCALES)}\b"
NUMBER_WORDS = (
    rf"\b(?!one\b(?![\s-]{_SCALE}))(?:(?:half\s)?an?\s{_SCALE}|{any_of(CARDINALS)}\b)"
    rf"(?:(?:[\s-]|\sand\s)(?:{_SCALE}|{any_of(CARDINALS)}\b))*"
)


def read_figure(figure: str, decimal_comma: bool = False) -> Fraction:
    """The value of digits with separators, as the language writes them.

    What cannot be a thousands separator is a decimal one: ``3,5`` is three and a half everywhere.
    """
    thousands, decimal = (".", ",") if decimal_comma else (",", ".")
    plain = re.sub(r"['’\u00a0\u202f]", "", figure)
    if re.fullmatch(rf"\d{{1,3}}(?:\{thousands}\d{{3}})+(?:\{decimal}\d+)?", plain):
        plain = plain.replace(thousands, "")
    *whole, last = re.split("[.,]", plain)
    return Fraction(f"{''.join(whole)}.{last}" if whole else last)


def read_number_words(words: str) -> Fraction:
    """The value of English number words: ``two hundred and fifty thousand``, ``half a million``."""
    total, current = Fraction(0), Fraction(0)
    for word in re.split(r"[\s-]+", words.lower()):
        if word in SCALES:
            scale = SCALES[word]
            current = (current or Fraction(1)) * scale
            if scale > 100:
                total, current = total + current, Fraction(0)
        elif word == "half":
            current = Fraction(1, 2)
        else:
            current += CARDINALS.get(word, 0)
    return total + current


def read_magnitude(magnitude: str, money: bool) -> set[int]:
    """What a magnitude may multiply by; ``5m`` may be five metres."""
    word = magnitude.strip(" -\u00a0").lower()
    if not word:
        return {1}
    if word in _MAGNITUDES:
        return {_MAGNITUDES[word]} if money or len(word) > 1 else {1, _MAGNITUDES[word]}
    return {prod(_EAST_ASIAN[sign] for sign in word)}


def read_currency(sign_or_word: str) -> str:
    """The sign of a currency; empty for an empty text."""
    if sign_or_word in CURRENCY_SIGNS:
        return sign_or_word
    return next(
        sign
        for sign, words in _CURRENCIES.items()
        if re.search(words, f"million {sign_or_word}", re.IGNORECASE)
    )
