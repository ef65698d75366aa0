"""What a run shows in the Prefect UI: the digest, the feeds, the figures, what was left out.

An artifact's key is the same for every run of an edition, so its page in the UI is the history of
that edition. All questions on a topic share the keys of one history, as there is no end of topics.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)

from digest.editing.health import worst_first
from digest.model import Edition, FeedHealth
from digest.publish.chart import bars
from digest.publish.files import page_address
from digest.publish.markdown import body, escape
from digest.publish.plain import cleaned, link
from digest.publish.view import view
from digest.run import Gathered, Outcome
from digest.settings import Settings
from digest.stages.gather import FeedCheck

Row = dict[str, str | int]

MOST_ROWS = 300
"""Of a table: the server keeps every run's, and nobody reads on."""
MOST_BARS = 20
"""Feeds in the chart, those with most articles."""

_LOOK_ALIKE = str.maketrans("<>", "‹›")


def show(outcome: Outcome, settings: Settings, seconds: Mapping[str, float]) -> None:
    """Keeps as artifacts what a run of the daily digest did.

    Args:
        outcome: What the run did.
        settings: All settings.
        seconds: How long each stage took, by its name.
    """
    made = outcome.edition
    shown = view(made)
    key = edition_key(made.name)
    of = escape(f"{shown.name}, {shown.date}")
    create_markdown_artifact(body(made), key=f"digest-{key}", description=of)
    _table(f"feed-health-{key}", f"How the feeds of {of} do", feed_rows(made.health))
    _table(f"figures-{key}", f"The run of {of}", figures(outcome, seconds))
    if made.left_out:
        _table(f"left-out-{key}", f"What {of} leaves out, and why", left_out_rows(made))
    create_image_artifact(
        as_image(articles_by_feed(made.health)),
        key=f"articles-by-feed-{key}",
        description=f"What each feed brought to {of}",
    )
    if page := page_address(settings.site_url, made):
        create_link_artifact(
            page,
            link_text=of,
            key=f"page-{key}",
            description="The page as it is published",
        )


def show_ingest(gathered: Gathered) -> None:
    """Keeps as an artifact how each feed answered an ingest run."""
    _table("feed-checks", "How the feeds answered", check_rows(gathered.checks))


def _table(key: str, description: str, rows: Sequence[Row]) -> None:
    description += how_much(len(rows))
    create_table_artifact(list(rows[:MOST_ROWS]), key=key, description=description)


def how_much(rows: int) -> str:
    """What is added to the description of a table that does not hold all of so many rows."""
    return f" (the first {MOST_ROWS} of {rows})" if rows > MOST_ROWS else ""


def edition_key(name: str) -> str:
    """An edition's name as part of an artifact's key, which may hold a-z, 0-9 and dashes."""
    edition, asked, _ = name.partition(".")
    return f"{edition}-topic" if asked else edition


def cell(text: str) -> str:
    """Text for a table's cell, which one of Prefect's UIs takes as it is, the other as Markdown.

    So nothing can be escaped, but a stranger's title must not become an image there: whoever looks
    at the run would ask the stranger's server for it. Angle brackets are replaced by ones that look
    alike, and a word joiner, which nobody sees, parts the brackets of an image or a link.
    """
    return text.translate(_LOOK_ALIKE).replace("](", "]\u2060(")


def feed_rows(health: Sequence[FeedHealth]) -> list[Row]:
    """A row a feed, the worst first."""
    return [
        {
            "feed": cell(feed.title),
            "how it does": feed.status,
            "why": cell(feed.reason),
            "articles": feed.articles,
            "address": link(feed.url),
        }
        for feed in worst_first(cleaned(tuple(health)))
    ]


def left_out_rows(edition: Edition) -> list[Row]:
    """A row a thing that is not in the edition, by reason."""
    return [
        {"why": cell(thing.reason), "title": cell(thing.title), "address": thing.url}
        for omission in view(edition).omissions
        for thing in omission.things
    ]


def check_rows(checks: Sequence[FeedCheck]) -> list[Row]:
    """A row a feed: those that failed first, then by what they brought."""
    ordered = sorted(checks, key=lambda check: (not check.reason, -check.new))
    return [
        {
            "feed": cell(check.feed.title or link(check.feed.url)),
            "outcome": check.outcome,
            "new entries": check.new,
            "why": cell(check.reason),
        }
        for check in cleaned(tuple(ordered))
    ]


def figures(outcome: Outcome, seconds: Mapping[str, float]) -> list[Row]:
    """The run in figures."""
    rows = [*_of_the_edition(outcome), *_of_ingest(outcome.gathered)]
    rows += [("seconds", stage, round(took, 1)) for stage, took in seconds.items()]
    return [{"of": of, "figure": figure, "value": str(value)} for of, figure, value in rows]


def _of_the_edition(outcome: Outcome) -> Iterator[tuple[str, str, object]]:
    made = outcome.edition
    summaries = [told.summary for told in made.stories]
    sent = Counter(delivery.status for delivery in outcome.deliveries)
    yield "edition", "made by this run", "yes" if outcome.made else "no, it was there already"
    yield "edition", "minutes late", made.late_minutes
    yield "stories", "told", len(made.stories)
    yield "stories", "left out", made.counts.stories - len(made.stories)
    yield "articles", "in the window", made.counts.articles
    yield "articles", "waiting for the next edition", outcome.waiting
    for method in ("extractive", "generative"):
        yield "paragraphs", method, sum(summary.method == method for summary in summaries)
    yield "paragraphs", "fallen back", sum(bool(summary.fallback) for summary in summaries)
    yield "mails", "sent", sent["sent"]
    yield "mails", "deferred", sent["deferred"]
    yield "mails", "refused", sent["refused"]


def _of_ingest(gathered: Gathered) -> Iterator[tuple[str, str, object]]:
    outcomes = Counter(check.outcome for check in gathered.checks)
    for outcome in ("read", "unchanged", "not due", "failed"):
        yield "feeds", outcome, outcomes[outcome]
    yield "feeds", "parts of the work that were not done in time", len(gathered.missing)
    yield "entries", "new", sum(check.new for check in gathered.checks)
    yield "entries", "of an article that was known", gathered.reading.known
    yield "entries", "without any text", gathered.reading.failed
    yield "pages", "asked for", gathered.reading.fetched
    yield "pages", "not used, so that the feed's text stands in", gathered.reading.from_feed


def articles_by_feed(health: Sequence[FeedHealth]) -> str:
    """A chart of what the feeds brought, as SVG."""
    most = sorted(health, key=lambda feed: -feed.articles)
    rows = [(feed.title, feed.articles) for feed in most[:MOST_BARS]]
    return bars("Articles by feed", rows, "articles in the window of this edition", alone=True)


def as_image(svg: str) -> str:
    """An address that holds the image itself, so that the UI has nowhere to ask for it."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
