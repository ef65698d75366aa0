"""An edition as a reader meets it: sources numbered, times local, notes in words.

The page, the Markdown and the plain text are three ways of writing the same ``View``, so that they
cannot disagree about what a number points to or which day it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from digest.model import (
    Article,
    Citation,
    Edition,
    FeedHealth,
    LeftOut,
    Reason,
    Story,
    Summary,
    Told,
)
from digest.publish.masthead import date, standfirst, titled
from digest.publish.pace import minutes_to_read
from digest.publish.plain import (
    Moment,
    Tongue,
    cleaned,
    counted,
    distinct,
    link,
    moment,
    outlet,
    site,
    tongue,
)


@dataclass(frozen=True, slots=True)
class Source:
    """An article that tells a story, under the number its sentences are marked with."""

    number: int
    outlet: str
    title: str
    url: str
    """Empty where it must not be a link."""
    tongue: Tongue
    published: Moment | None = None
    shortened: bool = False
    """Only the feed's summary of it could be read."""


@dataclass(frozen=True, slots=True)
class Ref:
    """What a sentence rests on: a source and the words that stand there."""

    source: Source
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a paragraph."""

    text: str
    tongue: Tongue
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A story on the page."""

    key: str
    formerly: tuple[str, ...]
    """Other keys under which it is found there."""
    headline: str
    url: str
    tongue: Tongue
    lines: tuple[Line, ...]
    sources: tuple[Source, ...]
    outlets: tuple[str, ...]
    facts: tuple[str, ...]
    """How many outlets tell it, when the first of them did, how long it takes to read."""
    notes: tuple[str, ...]
    """What a careful reader should know about this paragraph, in sentences."""
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Omission:
    """Things left out for one reason."""

    reason: str
    things: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class View:
    """An edition on the page."""

    name: str
    """Title and topic in one, for where it stands among others."""
    title: str
    topic: str
    tongue: Tongue
    timezone: str
    start: Moment
    cutoff: Moment
    date: str
    """The edition's day, with the time where a day has more than one."""
    standfirst: str
    """One sentence on what the page holds, or why it holds nothing."""
    stories: tuple[Item, ...]
    feeds: tuple[tuple[str, tuple[FeedHealth, ...]], ...]
    """(status, feeds): failing first, then silent, moved and ok; none is empty."""
    omissions: tuple[Omission, ...]
    undelivered: tuple[str, ...]
    """Whom an earlier edition did not reach, a sentence each."""
    method: str
    """How the paragraphs that nobody wrote came about; empty where there are none."""


def view(edition: Edition) -> View:
    """The edition as every readable file shows it."""
    edition = cleaned(edition)
    zone = ZoneInfo(edition.timezone)
    start, cutoff = moment(edition.start, zone), moment(edition.cutoff, zone)
    return View(
        name=titled(edition.title, edition.topic),
        title=edition.title,
        topic=edition.topic,
        tongue=tongue(edition.language),
        timezone=edition.timezone,
        start=start,
        cutoff=cutoff,
        date=date(edition.slot, cutoff),
        standfirst=standfirst(
            len(edition.stories),
            edition.counts,
            edition.topic,
            start,
            edition.late_minutes,
            minutes_to_read(edition.stories),
        ),
        stories=tuple(_item(told, edition.language, cutoff, zone) for told in edition.stories),
        feeds=_by_status(edition.health),
        omissions=_by_reason(edition.left_out),
        undelivered=tuple(
            f"The edition of {each.slot} did not reach {each.recipient}: {each.reason}"
            for each in edition.undelivered
        ),
        method=_method([told.summary for told in edition.stories]),
    )


def _item(told: Told, language: str, cutoff: Moment, zone: ZoneInfo) -> Item:
    story, summary = told.story, told.summary
    sources = _sources(told, zone)
    by_url = {article.url: source for article, source in zip(_cited(told), sources, strict=True)}
    spoken = tongue(story.lead.language or language)
    outlets = distinct(source.outlet for source in sources)
    return Item(
        key=story.key,
        formerly=told.formerly,
        headline=story.headline,
        url=link(story.lead.url),
        tongue=spoken,
        lines=tuple(
            Line(
                sentence.text,
                _spoken(sentence.sources, by_url, summary, spoken),
                _refs(sentence.sources, by_url),
            )
            for sentence in summary.sentences
        ),
        sources=sources,
        outlets=outlets,
        facts=(
            counted(len(outlets), "outlet"),
            *_first_told(story, cutoff, zone),
            *([f"{minutes_to_read([told])} min"] if summary.sentences else []),
        ),
        notes=_notes(summary, sources),
        reasons=story.reasons,
    )


def _first_told(story: Story, cutoff: Moment, zone: ZoneInfo) -> Iterator[str]:
    """By the articles' own dates, if there are any; the day only where it is not the edition's."""
    dated = [article.published for article in story.articles if article.published]
    if dated:
        first = moment(min(dated), zone)
        yield f"first told {first.clock if first.day == cutoff.day else first}"


def _cited(told: Told) -> tuple[Article, ...]:
    """The story's articles, and after them any other that its paragraph cites.

    A paragraph kept from an earlier edition may cite the same text under an address it has left.
    """
    known = {article.url for article in told.story.articles}
    elsewhere = distinct(
        citation.article
        for sentence in told.summary.sentences
        for citation in sentence.sources
        if citation.article not in known
    )
    return told.story.articles + tuple(Article(url, "", ()) for url in elsewhere)


def _sources(told: Told, zone: ZoneInfo) -> tuple[Source, ...]:
    return tuple(
        Source(
            number=number,
            outlet=outlet(article),
            title=article.title or outlet(article),
            url=link(article.url),
            tongue=tongue(article.language),
            published=moment(article.published, zone) if article.published else None,
            shortened=article.origin == "summary",
        )
        for number, article in enumerate(_cited(told), start=1)
    )


def _refs(citations: Sequence[Citation], by_url: dict[str, Source]) -> tuple[Ref, ...]:
    """One reference a source, however many of its sentences are cited; the best support first."""
    words: dict[str, list[str]] = {}
    for citation in citations:
        words.setdefault(citation.article, []).append(citation.text)
    return tuple(Ref(by_url[url], " … ".join(said)) for url, said in words.items())


def _spoken(
    citations: Sequence[Citation], by_url: dict[str, Source], summary: Summary, story: Tongue
) -> Tongue:
    """A sentence taken from an article speaks its language, a written one the story's."""
    if summary.method == "generative" or not citations:
        return story
    source = by_url[citations[0].article].tongue
    return source if source.code and source.primary != story.primary else story


def _notes(summary: Summary, sources: Sequence[Source]) -> tuple[str, ...]:
    notes = [*summary.notes]
    if not summary.sentences:
        why = summary.fallback or "the articles gave no text to tell"
        notes.append(f"No paragraph: {why.rstrip('.')}.")
    elif summary.fallback:
        notes.append(f"Not the summary asked for: {summary.fallback.rstrip('.')}.")
    if summary.sentences and summary.method == "generative":
        checked = (
            f"Read it with care: {summary.doubt.rstrip('.')}."
            if summary.doubt
            else "Its numbers, dates, names and quotations were looked up in the articles."
        )
        notes.append(f"Written by {summary.model}. {checked}")
    shortened = distinct(source.outlet for source in sources if source.shortened)
    if shortened:
        notes.append(f"Only the feed’s summary could be read: {', '.join(shortened)}.")
    return tuple(notes)


def _by_status(health: Sequence[FeedHealth]) -> tuple[tuple[str, tuple[FeedHealth, ...]], ...]:
    named = [
        FeedHealth(link(f.url), f.title or site(f.url), f.status, f.reason, f.articles)
        for f in health
    ]
    groups = (
        (status, tuple(feed for feed in named if feed.status == status))
        for status in ("failing", "silent", "moved", "ok")
    )
    return tuple((status, feeds) for status, feeds in groups if feeds)


def _by_reason(left_out: Sequence[LeftOut]) -> tuple[Omission, ...]:
    order = {reason: rank for rank, reason in enumerate(distinct(x.reason for x in left_out))}
    ranked = sorted(left_out, key=lambda thing: order[thing.reason])
    return tuple(
        Omission(
            reason[:1].upper() + reason[1:],
            tuple(LeftOut(x.kind, x.title or site(x.url), link(x.url), x.reason) for x in things),
        )
        for reason, things in groupby(ranked, key=lambda thing: thing.reason)
    )


def _method(summaries: Sequence[Summary]) -> str:
    models = distinct(s.model for s in summaries if s.method == "extractive" and s.sentences)
    if not models:
        return ""
    return (
        "Unless a story says otherwise, its sentences are the articles’ own, "
        f"chosen by {' and '.join(models)}."
    )
