"""The stages by themselves: JSON Lines in and out, without settings, store or server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.cli.jsonl import Row, read_rows, text_of, write_rows
from digest.model import Article, Entry, Sentence, Story, Summary, UsageError

ROWS_A_BATCH = 256
"""Stories summarized in one go: enough to fill the encoder's batches, few enough for memory."""


WORDS_A_SENTENCE = 12
"""Of a short one: with so many for each, it is the words that limit a paragraph."""


def parse(
    files: Annotated[list[Path], typer.Argument(help="Feeds: RSS, Atom, RDF or JSON Feed.")],
    url: Annotated[str, typer.Option(help="Where the feed came from, for relative links.")] = "",
) -> None:
    """Feeds to entries, one a line; a file that is no feed gives a line with its error."""
    write_rows(row for file in files for row in _parsed(file, url))


def _parsed(file: Path, url: str) -> Iterator[Row]:
    from digest.ingest.parse import parse_feed
    from digest.ingest.parsed import NotAFeed

    try:
        feed = parse_feed(file.read_bytes(), url)
    except OSError as error:
        yield {"file": str(file), "error": f"cannot be read: {error.strerror}"}
    except NotAFeed as error:
        yield {"file": str(file), "error": str(error)}
    else:
        yield from ({"file": str(file), **_entry(entry)} for entry in feed.entries)


def _entry(entry: Entry) -> Row:
    row = asdict(entry)
    for field in ("published", "updated"):
        row[field] = row[field] and row[field].isoformat()
    return row


def extract(
    page: Annotated[Path | None, typer.Argument(help="A page's HTML; none with --jsonl.")] = None,
    url: Annotated[str, typer.Option(help="Where the page came from.")] = "",
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read {"url", "html"} rows from standard input.')
    ] = False,
) -> None:
    """Pages to articles: title, text, author, date, language; in the order read, on all cores."""
    from digest.ingest.pool import extract_many

    if jsonl == (page is not None):
        raise UsageError("name one page, or give --jsonl and the pages on standard input")
    pages: Iterable[tuple[Row, bytes | str, str]]
    if page is not None:
        try:
            pages = [({"url": url}, page.read_bytes(), url)]
        except OSError as error:
            raise UsageError(f"{page} cannot be read: {error.strerror}") from None
    else:
        rows = read_rows(texts=("url", "html"))
        pages = ((_without(row, "html"), text_of(row["html"]), text_of(row["url"])) for row in rows)
    write_rows(row | _article(found) for row, found in extract_many(pages))


def _article(found: Any) -> Row:
    if found is None:
        return dict.fromkeys(("title", "text", "author", "language"), "") | {"published": None}
    return {
        "title": found.title,
        "text": found.text,
        "author": found.author,
        "published": found.published and found.published.isoformat(),
        "language": found.language,
        "canonical_url": found.url,
    }


def group(
    within: Annotated[
        str, typer.Option(help="Only group rows that agree in this field.", metavar="FIELD")
    ] = "",
) -> None:
    """Articles to events: adds "story", a number that articles telling the same event share."""
    import numpy as np

    from digest.editing import group as grouping
    from digest.summarize.models import Encoder

    rows = list(read_rows("id", *([within] if within else []), texts=("title", "text")))
    articles = [_read_article(row) for row in rows]
    openings = [grouping.opening(article) for article in articles]
    vectors = dict(zip(openings, Encoder().encode(openings), strict=True))
    parts: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        parts[str(row[within]) if within else ""].append(index)
    events = (
        [part[index] for index in event]
        for part in parts.values()
        for event in grouping.group(
            [articles[index] for index in part],
            lambda texts: np.stack([vectors[text] for text in texts]),
        )
    )
    for number, event in enumerate(sorted(events), start=1):
        for index in event:
            rows[index]["story"] = number
    write_rows(rows)


def summarize(
    words: Annotated[int, typer.Option(min=1, help="At most so many words a story.")] = 120,
    sentences: Annotated[
        int | None,
        typer.Option(min=1, help="At most so many sentences.", show_default="as the words allow"),
    ] = None,
    topic: Annotated[str, typer.Option(help="What the reader asks about.")] = "",
    summarizer: Annotated[
        str,
        typer.Option(
            help="extractive, seq2seq:MODEL, chat:MODEL or endpoint:URL#MODEL.", metavar="SPEC"
        ),
    ] = "extractive",
    multilingual_encoder: Annotated[
        str,
        typer.Option(
            help="Reads what is not in English: a hub's name or a folder.", metavar="MODEL"
        ),
    ] = "",
) -> None:
    """Stories to paragraphs: each sentence with the source sentences that support it."""
    from digest import settings
    from digest.summarize.base import Brief, Summarizer
    from digest.summarize.choosing.extractive import ExtractiveSummarizer
    from digest.summarize.gate import summarize as summarize_stories
    from digest.summarize.models import Encoder
    from digest.summarize.registry import summarizer_for
    from digest.summarize.verifying.verify import Verifier
    from digest.summarize.writing.endpoint import EndpointPolicy

    encoder = Encoder()
    verifier = Verifier(encoder)
    multilingual = Encoder(multilingual_encoder) if multilingual_encoder else None
    fallback = ExtractiveSummarizer(encoder, multilingual=multilingual)
    chosen: Summarizer = fallback
    if summarizer != "extractive":
        # A server's key is in the environment; a file of settings need not be there.
        asked = settings.parse("", settings.DEFAULT_PATH).endpoint
        policy = EndpointPolicy(**asked.model_dump())
        chosen = summarizer_for(summarizer, encoder, policy=policy)
    brief = Brief(words, sentences or max(1, words // WORDS_A_SENTENCE), topic)
    rows = read_rows("id")
    while batch := list(islice(rows, ROWS_A_BATCH)):
        told = [_parts(row) for row in batch]
        stories = [_story(parts) for parts in told]
        summaries = summarize_stories(
            stories, brief, chosen, fallback, verifier=verifier, encode=encoder.encode
        )
        write_rows(
            _without(row, "title", "text", "url", "articles") | _summary(summary, parts)
            for row, summary, parts in zip(batch, summaries, told, strict=True)
        )


def verify(
    checker: Annotated[
        str, typer.Option(help="A model that judges: a name on a hub or a folder.", metavar="MODEL")
    ] = "",
) -> None:
    """Summaries to verdicts: is each sentence of "summary" supported by "source"?

    "published", the time of the source, says what its yesterday is.
    """
    from digest.ingest.dates import parse_date
    from digest.summarize.reading.facts import Passage
    from digest.summarize.reading.sentences import split
    from digest.summarize.verifying.checker import CheckerModel
    from digest.summarize.verifying.verify import Verifier

    verifier = Verifier(checker=CheckerModel(checker) if checker else None)

    def verdicts() -> Iterator[Row]:
        for row in read_rows(texts=("source", "summary")):
            language = row.get("language") or "en"
            published = parse_date(str(row.get("published") or ""))
            source = Passage(text_of(row["source"]), published.date() if published else None)
            claims = split(text_of(row["summary"]), language)
            verdict = verifier.verify([source], claims, language)
            yield _without(row, "source", "summary") | {
                "supported": verdict.supported,
                "score": round(verdict.score, 4),
                "sentences": [
                    {
                        "text": sentence.text,
                        "supported": sentence.supported,
                        "reasons": list(sentence.reasons),
                        "evidence": list(sentence.evidence),
                    }
                    for sentence in verdict.sentences
                ],
            }

    write_rows(verdicts())


def _parts(row: Row) -> list[Row]:
    """The articles of a story, each with an id; the row itself where it is one article."""
    parts = row.get("articles") or [row]
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise UsageError(f"row {row['id']!r}: articles is no list of objects")
    for part in parts:
        if "text" not in part or not isinstance(part["text"], str | None):
            raise UsageError(f"row {row['id']!r}: an article has no text")
    return [{"id": part.get("url", row["id"])} | part for part in parts]


def _story(parts: Iterable[Row]) -> Story:
    articles = tuple(_read_article(part) for part in parts)
    return Story(articles, articles[0].title)


def _read_article(row: Row) -> Article:
    from digest.ingest.dates import parse_date
    from digest.ingest.language import language_of

    text = text_of(row["text"])
    return Article(
        url=str(row["id"]),
        title=text_of(str(row.get("title") or "")),
        paragraphs=tuple(line.strip() for line in text.splitlines() if line.strip()),
        source=str(row.get("source") or ""),
        published=parse_date(str(row.get("published") or "")),
        language=language_of(text, str(row.get("language") or "")),
    )


def _summary(summary: Summary, parts: Iterable[Row]) -> Row:
    ids = {str(part["id"]): part["id"] for part in parts}
    return {
        "summary": summary.text,
        "sentences": [_sentence(sentence, ids) for sentence in summary.sentences],
        "method": summary.method,
        "model": summary.model,
        "fallback": summary.fallback or None,
        "notes": list(summary.notes),
    }


def _sentence(sentence: Sentence, ids: Mapping[str, Any]) -> Row:
    return {
        "text": sentence.text,
        "sources": [
            {"article": ids[cited.article], "sentence": cited.sentence, "text": cited.text}
            for cited in sentence.sources
        ],
    }


def _without(row: Row, *fields: str) -> Row:
    return {name: value for name, value in row.items() if name not in fields}
