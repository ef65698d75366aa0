"""Learns which words have a capital only where they open a sentence, and writes
``weights/small_words.txt``.

    python benchmarks/train_small_words.py [ARTICLES.jsonl[.gz] …]

Rows are ``{"text"}`` or ``{"source"}``: an English article. Without arguments it reads the sets
beside the repository with which the shipped list was made. The idea is that of truecasing (Lita,
Ittycheriah, Roukos & Kambhatla 2003, "tRuEcasIng", https://aclanthology.org/P03-1020): a word is
what it mostly is inside sentences.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import cases
from digest.summarize.reading.names import opens
from digest.summarize.reading.words import read_words

ROOT = Path(__file__).resolve().parents[1]
SETS = [
    ROOT.parent / f"shared/eval/{name}.jsonl.gz"
    for name in ("summaries", "summaries_train", "support")
]
WORDS = ROOT / "src/digest/summarize/weights/small_words.txt"
ARTICLES = 2
"""In so many at least: a name without its capital is mostly a slip in one."""
TIMES = 2
"""As often at least as with a capital inside a sentence. Headlines in capitals are among these, so
more would lose common words."""


def small_words(texts: Iterable[str]) -> list[str]:
    """In the order of the alphabet."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    articles: Counter[str] = Counter()
    for text in texts:
        words = [word for word in read_words(text) if word.text.isalpha()]
        without = [word.folded for word in words if word.text.islower()]
        large.update(
            word.folded for word in words if word.text[0].isupper() and not opens(word, text)
        )
        small.update(without)
        articles.update(set(without))
    return sorted(
        word
        for word, times in small.items()
        if articles[word] >= ARTICLES and times >= TIMES * large[word]
    )


def main(paths: Sequence[str]) -> None:
    given = [Path(path) for path in paths] or SETS
    if missing := [str(path) for path in given if not path.exists()]:
        sys.exit(f"skipped: there are no articles at {', '.join(missing)}")
    # Several summaries of one article are several rows.
    texts = {row.get("text") or row["source"] for row in cases.read(*given)}
    words = small_words(texts)
    WORDS.write_text("\n".join(words) + "\n", encoding="utf-8")
    print(f"{len(words)} words of {len(texts)} articles written to {WORDS.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
