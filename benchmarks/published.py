"""Whether published sentences have facts that what they cite lacks: there must be none.

    python benchmarks/published.py [--summarizer SPEC] [--articles N]

Tells the articles beside the repository as an edition would, through the gate, and looks each
number, name and quotation of each sentence up in the sentences that it cites and the headlines and
outlets above them. By patterns of its own, cruder and stricter than those of ``verify``: a number
is its figures, a name each word with a capital inside a sentence and one that opens it and that no
article writes small, a quotation what stands in double marks. What it finds is listed, to be judged
by a person.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

import cases
from digest.model import Article, Sentence, Story
from digest.summarize.base import Brief
from digest.summarize.gate import summarize
from digest.summarize.models import Encoder
from digest.summarize.registry import summarizer_for
from digest.summarize.verifying.verify import Verifier

SHARED = Path(__file__).resolve().parents[2] / "shared/eval"
SETS = (SHARED / "summaries.jsonl.gz", SHARED / "summaries_train.jsonl.gz")
BRIEF = Brief(words=60)
BATCH = 50
"""Articles told in one go."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w’']*(?:-[A-Z][\w’']*)*")
_OPENING = re.compile(r"^\W*([A-Z][\w’']*(?:-[A-Z][\w’']*)*)")
_QUOTATION = re.compile(r"[“\"]([^“”\"]+)[”\"]")
_POSSESSIVE = re.compile(r"[’']s\b")
_WORD = re.compile(r"\w+")
_SAME_LETTERS = 4
"""So many first letters make American and America, or Police and police, one."""


def articles() -> Iterator[Article]:
    """Of both sets, in order; a set that is not there has none."""
    for path in SETS:
        if path.exists():
            for row in cases.read(path):
                yield Article(row["id"], "", tuple(row["text"].split("\n\n")), language="en")


def facts(text: str, small: Collection[str]) -> Iterator[tuple[str, str]]:
    """Kind and wording of all that can be looked up; ``small`` words may open a sentence."""
    bare = _POSSESSIVE.sub("", text)
    opening = [word for word in _OPENING.findall(bare) if word.lower() not in small]
    yield from (("number", found) for found in _NUMBER.findall(text))
    yield from (("name", found) for found in [*opening, *_NAME.findall(bare)])
    yield from (("quotation", found) for found in _QUOTATION.findall(text))


def has(cited: str, kind: str, fact: str) -> bool:
    """Whether the cited text has it."""
    if kind == "number":
        return fact in _NUMBER.findall(cited)
    words = [word.lower() for word in _WORD.findall(cited)]
    wanted = [word.lower() for word in _WORD.findall(fact)]
    if kind == "quotation":
        return f" {' '.join(wanted)} " in f" {' '.join(words)} "
    known = {word[:_SAME_LETTERS] for word in words}
    return all(word[:_SAME_LETTERS] in known for word in wanted)


def cited_text(sentence: Sentence, story: Story) -> str:
    """What a reader who follows the citations sees."""
    cited = {source.article for source in sentence.sources}
    heads = (f"{a.title} {a.source}" for a in story.articles if a.url in cited)
    return "\n".join([*heads, *(source.text for source in sentence.sources)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--summarizer", default="extractive")
    parser.add_argument("--articles", type=int, default=None)
    asked = parser.parse_args()
    stories = [Story((article,), "") for article in articles()][: asked.articles]
    if not stories:
        sys.exit(f"skipped: there are no articles at {SHARED}")
    small = {word for story in stories for word in _WORD.findall(story.lead.text) if word.islower()}
    encoder = Encoder()
    extractive = summarizer_for("extractive", encoder)
    chosen = extractive
    if asked.summarizer != "extractive":
        chosen = summarizer_for(asked.summarizer, encoder)
    looked_up: Counter[str] = Counter()
    lacking: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    for start in range(0, len(stories), BATCH):
        batch = stories[start : start + BATCH]
        summaries = summarize(batch, BRIEF, chosen, extractive, verifier=Verifier(encoder))
        for story, summary in zip(batch, summaries, strict=True):
            outcomes["paragraphs as written"] += not (summary.fallback or summary.notes)
            outcomes["with sentences left out"] += bool(summary.notes)
            outcomes["replaced by extractive ones"] += bool(summary.fallback)
            outcomes["sentences"] += len(summary.sentences)
            for sentence in summary.sentences:
                cited = cited_text(sentence, story)
                for kind, fact in facts(sentence.text, small):
                    looked_up[kind] += 1
                    if not has(cited, kind, fact):
                        lacking[kind] += 1
                        print(f"{kind} {fact!r} in {sentence.text!r}\n   cites {cited!r}")
    print(f"{len(stories)} articles told by {chosen.name}")
    print(", ".join(f"{number} {what}" for what, number in outcomes.items()))
    for kind in ("number", "name", "quotation"):
        print(f"{kind + 's':<12}{looked_up[kind]:6} looked up{lacking[kind]:6} lacking")


if __name__ == "__main__":
    main()
