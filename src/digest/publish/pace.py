"""How long it takes to read what an edition tells."""

from __future__ import annotations

import re
from collections.abc import Iterable

from digest.model import Told

WORDS_A_MINUTE = 230
"""A little below the 238 at which adults read English non-fiction in silence, as some of an
edition may not be in their first language. Brysbaert (2019), How many words do we read per minute?,
Journal of Memory and Language 109, 104047: a review of 190 studies. Readers of other languages with
spaces need about as long for the same message."""
CHARACTERS_A_MINUTE = 500
"""Of Chinese and Japanese, which put no spaces between words: in the middle of the 400 to 600 that
are usually given for adults who read Japanese in silence."""

_CHARACTER = re.compile(
    "[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def minutes_to_read(stories: Iterable[Told]) -> int:
    """Whole minutes for headlines and paragraphs, at least one; 0 for no story at all."""
    texts = [f"{told.story.headline} {told.summary.text}" for told in stories]
    return max(1, round(sum(map(_minutes, texts)))) if texts else 0


def _minutes(text: str) -> float:
    rest, characters = _CHARACTER.subn(" ", text)
    words = sum(any(map(str.isalnum, word)) for word in rest.split())
    return words / WORDS_A_MINUTE + characters / CHARACTERS_A_MINUTE
