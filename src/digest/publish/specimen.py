"""A made-up edition with one of everything that a template may have to show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from digest.model import (
    Article,
    Citation,
    Counts,
    Edition,
    FeedHealth,
    LeftOut,
    Reason,
    Sentence,
    Story,
    Summary,
    Told,
    Undelivered,
)

_CUTOFF = datetime(2026, 1, 2, 7, tzinfo=UTC)
_DATED = Article(
    "https://herald.example/ferry",
    "The last ferry",
    ("The ferry between Port Alder and Lowmere stops running on Sunday.",),
    source="Herald",
    author="Mina Alder",
    published=_CUTOFF - timedelta(hours=3),
    language="en",
)
_UNDATED = Article(
    "https://almina.example/", "العبارة الأخيرة", (), language="ar", origin="summary"
)
_SENTENCE = Sentence(
    _DATED.text, (Citation(_DATED.url, 0, _DATED.text), Citation(_UNDATED.url, 0, _UNDATED.title))
)


def _told(*articles: Article, summary: Summary) -> Told:
    return Told(Story(articles, articles[0].title, 2.0, (Reason("outlets", 2.0, ""),)), summary)


SPECIMEN = Edition(
    name="specimen",
    slot="2026-01-02",
    title="A specimen",
    timezone="Europe/London",
    start=_CUTOFF - timedelta(days=1),
    cutoff=_CUTOFF,
    stories=(
        _told(
            _DATED,
            _UNDATED,
            summary=Summary((_SENTENCE,), "extractive", "a model", "a reason", notes=("a note",)),
        ),
        _told(_DATED, summary=Summary((_SENTENCE,), "generative", "a model", doubt="a reason")),
        _told(_UNDATED, summary=Summary((), "extractive", "a model")),
    ),
    health=(
        FeedHealth("https://herald.example/feed", "Herald", "ok", "", 2),
        FeedHealth("https://gone.example/feed", "Gone", "failing", "answers 404 Not Found"),
        FeedHealth("https://still.example/feed", "Still", "silent", "nothing new for 20 days"),
        FeedHealth("https://new.example/feed", "New", "moved", "read from elsewhere now", 1),
    ),
    left_out=(LeftOut("story", "Rain", "https://herald.example/rain", "below the most told"),),
    counts=Counts(4, 3, 4),
    topic="ferries",
    late_minutes=30,
    undelivered=(Undelivered("a…@away.example", "2026-01-01", "the server refused it (550)"),),
)
