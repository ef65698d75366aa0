"""How the feeds of an edition did before it: the figures of the page of health, from frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from digest.model import FeedHealth
from digest.publish.chart import written
from digest.publish.plain import cleaned, counted, link, site
from digest.publish.timeline import day_name, timeline

if TYPE_CHECKING:
    import pandas as pd

DAYS = 30
"""Whole days, UTC, that the page looks back."""

_STANDING = ("failing", "silent", "moved", "unsteady", "fine")
"""The worst first. An unsteady feed is one that is fine and has failed in those days."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of the days that the page looks back."""

    days: pd.DataFrame
    """A row for each of them, the oldest first: the columns of ``frames.days``."""
    feeds: pd.DataFrame
    """What is known of each feed and day: the columns of ``frames.feed_health``."""


def whole_days(until: datetime) -> tuple[datetime, datetime]:
    """The midnights, UTC, at which the last ``DAYS`` whole days before a time begin and end.

    The day that is under way is none of them: asked again later, it would not be what it was.
    """
    end = until.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return end - timedelta(days=DAYS), end


def figures(start: datetime, end: datetime, days: pd.DataFrame, feeds: pd.DataFrame) -> Figures:
    """The figures from ``start`` up to, and not including, ``end``.

    Args:
        start: A midnight, UTC.
        end: Another.
        days: From ``frames.days``; other days in it are passed over, those it lacks are empty.
        feeds: From ``frames.feed_health``; the same.
    """
    import pandas as pd

    every = pd.date_range(start, end, freq="D", inclusive="left", unit="us")
    counts = dict.fromkeys(["articles", "checks", "failures"], 0)
    whole = days.set_index("day").reindex(every).fillna(counts).astype(dict.fromkeys(counts, int))
    inside = feeds[feeds["day"].between(start, end, inclusive="left")]
    return Figures(whole.rename_axis("day").reset_index(), inside)


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed in the table."""

    title: str
    url: str
    """Empty where it must not be a link."""
    lines: tuple[str, ...]
    """What is wrong, and since when."""
    checks: int
    failures: int
    seconds: str
    """What an answer took on average; empty where none came, as ``slowest`` is."""
    slowest: str
    articles: int


def feed_rows(health: Sequence[FeedHealth], figures: Figures) -> list[tuple[str, list[FeedRow]]]:
    """(how they do, feeds) the worst first; none is empty. Those that failed most come first."""
    by_feed = {str(row.Index): row for row in _rows(_by_feed(figures.feeds))}
    standing: dict[str, list[FeedRow]] = {name: [] for name in _STANDING}
    for feed, shown in zip(health, cleaned(tuple(health)), strict=True):
        row = _row(shown, by_feed.get(feed.url))
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


def _row(feed: FeedHealth, known: Any) -> FeedRow:
    title, url = feed.title or site(feed.url), link(feed.url)
    reason = (feed.reason,) if feed.reason else ()
    if known is None:
        return FeedRow(title, url, reason, 0, 0, "", "", 0)
    return FeedRow(
        title=title,
        url=url,
        lines=(*reason, *_since(feed, known)),
        checks=int(known.checks),
        failures=int(known.failures),
        seconds=_seconds(known.mean),
        slowest=_seconds(known.slowest),
        articles=int(known.articles),
    )


def _since(feed: FeedHealth, known: Any) -> Iterator[str]:
    """Until when all was well with a feed that fails or is silent."""
    if feed.status == "failing" and known.checks:
        yield f"Last good answer: {_date(known.answered) or f'none in {DAYS} days'}"
    if feed.status == "silent":
        yield f"Newest article: {_date(known.told) or f'none in {DAYS} days'}"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with what it says."""

    title: str
    words: str
    svg: Markup


def charts(figures: Figures) -> Iterator[Chart]:
    """Articles a day; failures and response times, once a whole day of checks is known."""
    days = figures.days

    def chart(title: str, column: str, unit: str, words: str, *, trouble: bool = False) -> Chart:
        values = list(zip(days["day"].dt.date, days[column], strict=True))
        return Chart(title, words, timeline(title, values, unit, words, trouble=trouble))

    yield chart("Articles a day", "articles", "articles", _arrivals(days))
    if not days["checks"].any():
        return
    yield chart("Failed checks a day", "failures", "checks", _failed(days), trouble=True)
    if not days["median_seconds"].notna().any():
        return
    usual = written(days["median_seconds"].median())
    words = f"On a usual day, half of the feeds answer within {usual} s."
    yield chart("Time to answer of half of the feeds", "median_seconds", "seconds", words)
    most = written(days["slowest_seconds"].max())
    words = f"The slowest of all took {most} s, on {_peak(days, 'slowest_seconds')}."
    yield chart("The slowest answer of each day", "slowest_seconds", "seconds", words)


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
            _date(row.day),
            row.articles,
            row.checks,
            row.failures,
            _seconds(row.median_seconds),
            _seconds(row.slowest_seconds),
        )
        for row in _rows(figures.days[::-1])
    ]


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    """A row as a tuple that has the columns' names."""
    return iter(table.itertuples())


def _arrivals(days: pd.DataFrame) -> str:
    articles = counted(int(days["articles"].sum()), "article")
    return f"{articles} in {len(days)} days, {written(days['articles'].median())} on a typical day."


def _failed(days: pd.DataFrame) -> str:
    failures, checks = int(days["failures"].sum()), counted(int(days["checks"].sum()), "check")
    if not failures:
        return f"None of {checks} failed."
    most = int(days["failures"].max())
    return f"{failures} of {checks} failed, {most} of them on {_peak(days, 'failures')}."


def _peak(days: pd.DataFrame, column: str) -> str:
    """The first day of the highest value."""
    return day_name(days["day"][days[column] == days[column].max()].min())


def _date(day: Any) -> str:
    """A time as its date, and no time as nothing."""
    return f"{day:%Y-%m-%d}" if day == day else ""


def _seconds(value: Any) -> str:
    return f"{value:.2f}" if value == value else ""
