"""How the feeds of an edition did before it: the figures of the page of health, from frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from markupsafe import Markup

from digest.model import FeedHealth
from digest.publish.chart import written
from digest.publish.plain import cleaned, counted, link, site
from digest.publish.timeline import timeline

if TYPE_CHECKING:
    import pandas as pd

DAYS = 30
"""Whole days, UTC, that the page looks back."""

_STANDING = ("failing", "silent", "moved", "unsteady", "fine")
"""The worst first. An unsteady feed is one that is fine and has failed in those days."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of the days from ``start`` up to, and not including, ``end``."""

    start: datetime
    end: datetime
    days: pd.DataFrame
    """A row for each of them: the columns of ``frames.days``, with ``day`` as the index."""
    feeds: pd.DataFrame
    """The columns of ``frames.feed_health``."""


def whole_days(until: datetime) -> tuple[datetime, datetime]:
    """The midnights, UTC, at which the last ``DAYS`` whole days before a time begin and end.

    The day that is under way is none of them: asked again later, it would not be what it was.
    """
    end = until.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return end - timedelta(days=DAYS), end


def figures(start: datetime, end: datetime, days: pd.DataFrame, feeds: pd.DataFrame) -> Figures:
    """The figures from frames that may hold other days as well."""
    import pandas as pd

    every = pd.date_range(start, end, freq="D", inclusive="left", unit="us")
    counts = dict.fromkeys(["articles", "checks", "failures"], 0)
    days = days.set_index("day").reindex(every).fillna(counts).astype(dict.fromkeys(counts, int))
    return Figures(start, end, days, feeds[feeds["day"].between(start, end, inclusive="left")])


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed in the table."""

    title: str
    url: str
    """Empty where it must not be a link."""
    reason: str
    checks: int
    failures: int
    last_answer: str
    """The day of its last good answer; empty where there was none."""
    newest: str
    """The day of its newest article; the same."""
    seconds: str
    """What an answer took on average."""
    slowest: str
    articles: int


def feed_rows(health: Sequence[FeedHealth], figures: Figures) -> list[tuple[str, list[FeedRow]]]:
    """(how they do, feeds) the worst first; none is empty. Those that failed most come first."""
    by_feed = _by_feed(figures.feeds)
    standing: dict[str, list[FeedRow]] = {name: [] for name in _STANDING}
    for feed, shown in zip(health, cleaned(tuple(health)), strict=True):
        row = _row(shown, by_feed.loc[feed.url] if feed.url in by_feed.index else None)
        calm = "unsteady" if row.failures else "fine"
        standing[calm if feed.status == "ok" else feed.status].append(row)
    for rows in standing.values():
        rows.sort(key=lambda row: (-row.failures, row.title.casefold(), row.url))
    return [(name, rows) for name, rows in standing.items() if rows]


def _by_feed(feeds: pd.DataFrame) -> pd.DataFrame:
    """The days of each feed in one row."""
    answers = feeds["checks"] - feeds["failures"]
    known = feeds.assign(
        answers=answers,
        seconds=feeds["mean_seconds"] * answers,
        answered=feeds["day"].where(answers > 0),
        told=feeds["day"].where(feeds["articles"] > 0),
    )
    summed = known.groupby("feed").agg(
        checks=("checks", "sum"),
        failures=("failures", "sum"),
        answers=("answers", "sum"),
        seconds=("seconds", "sum"),
        slowest=("slowest_seconds", "max"),
        answered=("answered", "max"),
        told=("told", "max"),
        articles=("articles", "sum"),
    )
    return summed.assign(mean=summed["seconds"] / summed["answers"])


def _row(feed: FeedHealth, known: pd.Series | None) -> FeedRow:
    title, url = feed.title or site(feed.url), link(feed.url)
    if known is None:
        return FeedRow(title, url, feed.reason, 0, 0, "", "", "", "", 0)
    return FeedRow(
        title,
        url,
        feed.reason,
        int(known["checks"]),
        int(known["failures"]),
        _date(known["answered"]),
        _date(known["told"]),
        _seconds(known["mean"]),
        _seconds(known["slowest"]),
        int(known["articles"]),
    )


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with what it says."""

    title: str
    words: str
    svg: Markup


def charts(figures: Figures) -> Iterator[Chart]:
    """Articles a day; failures and response times, once a whole day of checks is known."""
    days = figures.days
    yield _chart("Articles a day", days["articles"], "articles", _arrivals(days))
    if not days["checks"].any():
        return
    yield _chart("Failed checks a day", days["failures"], "checks", _failed(days), trouble=True)
    if days["median_seconds"].notna().any():
        typical, slowest = days["median_seconds"], days["slowest_seconds"]
        usual = f"On a usual day, half of the feeds answer within {written(typical.median())} s."
        yield _chart("Time to answer of half of the feeds", typical, "seconds", usual)
        most = f"It took {written(slowest.max())} s, on {_date(slowest.idxmax())}."
        yield _chart("The slowest answer of each day", slowest, "seconds", most)


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day in the table of the figures behind the charts."""

    day: str
    articles: int
    checks: int
    failures: int
    seconds: str
    slowest: str


def day_rows(figures: Figures) -> list[DayRow]:
    """The newest day first."""
    return [
        DayRow(
            _date(day),
            int(row["articles"]),
            int(row["checks"]),
            int(row["failures"]),
            _seconds(row["median_seconds"]),
            _seconds(row["slowest_seconds"]),
        )
        for day, row in figures.days[::-1].iterrows()
    ]


def _chart(
    title: str, values: pd.Series, unit: str, words: str, *, trouble: bool = False
) -> Chart:
    return Chart(title, words, timeline(title, values, unit, words, trouble=trouble))


def _arrivals(days: pd.DataFrame) -> str:
    articles = counted(int(days["articles"].sum()), "article")
    return f"{articles} in {len(days)} days, {written(days['articles'].median())} on a usual one."


def _failed(days: pd.DataFrame) -> str:
    failures, checks = int(days["failures"].sum()), int(days["checks"].sum())
    if not failures:
        return f"None of {counted(checks, 'check')} failed."
    worst = days["failures"].idxmax()
    return f"{failures} of {counted(checks, 'check')} failed, most of them on {_date(worst)}."


def _date(day: pd.Timestamp) -> str:
    return f"{day:%Y-%m-%d}" if day == day else ""


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value == value else ""
