"""How an edition has done, as a page of the archive: ``health.html`` beside its slots.

It follows from the editions that were published and not from the clock, so that publishing one
again gives the same bytes. When exactly each was published is therefore not on it, but whether it
was late is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from digest.model import Edition, Issue
from digest.publish.chart import bars
from digest.publish.files import Written, edition_folder, write_files
from digest.publish.page import page
from digest.publish.place import Outputs
from digest.publish.plain import Moment, counted, duration, moment
from digest.publish.view import View, date, view

PAGE = "health.html"
CHARTED = 14
"""Slots that a chart shows."""


@dataclass(frozen=True, slots=True)
class Row:
    """A slot on the page."""

    slot: str
    cutoff: Moment
    date: str
    status: str
    """``in time``, ``12 min late`` or ``missed``."""
    issue: Issue


def write_health(outputs: Outputs, newest: Edition, issues: Sequence[Issue]) -> Written:
    """Writes the page of the edition to which ``newest`` belongs; ``issues``, newest first.

    Raises:
        UsageError: the edition's name cannot be the name of a folder.
        DigestError, PassingError: as ``write_edition``.
    """
    folder = edition_folder(newest.name, newest.slot).parent
    return write_files(outputs, folder, {PAGE: health_page(newest, issues)})


def health_page(newest: Edition, issues: Sequence[Issue]) -> bytes:
    """The page as HTML."""
    shown = view(newest)
    rows = [_row(issue, ZoneInfo(newest.timezone)) for issue in issues]
    return page(
        "health.html",
        view=shown,
        rows=rows,
        standfirst=_standfirst(issues),
        mailed=any(issue.sent or issue.refused for issue in issues),
        charts=list(_charts(rows)),
        ill=_ill(shown),
        well=sum(len(feeds) for status, feeds in shown.feeds if status == "ok"),
    )


def _row(issue: Issue, zone: ZoneInfo) -> Row:
    cutoff = moment(issue.cutoff, zone)
    late = f"{duration(issue.late_minutes)} late" if issue.late_minutes else "in time"
    status = late if issue.status == "published" else issue.status
    return Row(issue.slot, cutoff, date(issue.slot, cutoff), status, issue)


def _standfirst(issues: Sequence[Issue]) -> str:
    missed = sum(issue.status == "missed" for issue in issues)
    late = sum(bool(issue.late_minutes) for issue in issues)
    editions = counted(len(issues), "edition")
    if not (missed or late):
        return f"{editions}, all in time." if len(issues) > 1 else f"{editions}, in time."
    came = [f"{late} came late"] * bool(late)
    lost = [counted(missed, "was missed", "were missed")] * bool(missed)
    news = " The news of a missed one is in the next." if missed else ""
    return f"Of {editions}, {' and '.join(came + lost)}.{news}"


def _ill(shown: View) -> list[tuple[str, Sequence[object]]]:
    return [(status, feeds) for status, feeds in shown.feeds if status != "ok"]


def _charts(rows: Sequence[Row]) -> Iterator[Markup]:
    """Stories and articles always; what should not be there, where there is any."""

    def chart(title: str, unit: str, figure: Callable[[Issue], int]) -> Markup:
        return bars(title, [(row.date, figure(row.issue)) for row in rows[:CHARTED]], unit)

    yield chart("Stories told", "stories", lambda issue: issue.stories)
    yield chart("Articles in the window", "articles", lambda issue: issue.articles)
    if any(row.issue.late_minutes for row in rows[:CHARTED]):
        yield chart("Lateness", "minutes", lambda issue: issue.late_minutes)
    if any(row.issue.failing for row in rows[:CHARTED]):
        yield chart("Failing feeds", "feeds", lambda issue: issue.failing)
