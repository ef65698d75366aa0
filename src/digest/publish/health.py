"""How an edition and its feeds have done: ``health.html`` beside its slots.

It follows from what the store knew when the newest edition was made and not from the clock, so that
publishing one again gives the same bytes. When exactly each was published is therefore not on it,
but whether it was late is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from digest.model import Edition, Issue
from digest.publish.document import DOCUMENT
from digest.publish.figures import Figures, charts, day_rows, feed_rows
from digest.publish.files import Written, edition_folder, write_composed
from digest.publish.masthead import date
from digest.publish.page import BUILT_IN, Templates
from digest.publish.place import Outputs, place
from digest.publish.plain import Moment, counted, duration, moment
from digest.publish.view import view

PAGE = "health.html"


@dataclass(frozen=True, slots=True)
class Row:
    """A slot on the page."""

    slot: str
    cutoff: Moment
    date: str
    status: str
    """``in time``, ``12 min late`` or ``missed``."""
    issue: Issue
    there: bool
    """Whether its files are in the outputs."""


def write_health(
    outputs: Outputs,
    newest: Edition,
    issues: Sequence[Issue],
    figures: Figures,
    templates: Templates = BUILT_IN,
) -> Written:
    """Writes the page of the edition to which ``newest`` belongs.

    Args:
        outputs: Where to. Of the editions, those are linked to that lie there.
        newest: The newest one that was published.
        issues: What became of the last slots, newest first.
        figures: How its feeds did.
        templates: Whose.

    Raises:
        UsageError: the edition's name cannot be the name of a folder.
        DigestError, PassingError: as ``write_edition``.
    """
    folder = edition_folder(newest.name, newest.slot).parent
    documents = [folder / issue.slot / DOCUMENT for issue in issues if issue.status == "published"]

    def compose() -> dict[str, bytes]:
        found = place(outputs).read(documents)
        there = {path.parent.name for path, content in found.items() if isinstance(content, bytes)}
        return {PAGE: health_page(newest, issues, figures, there, templates)}

    return write_composed(outputs, folder, compose)


def health_page(
    newest: Edition,
    issues: Sequence[Issue],
    figures: Figures,
    there: Collection[str],
    templates: Templates = BUILT_IN,
) -> bytes:
    """The page as HTML; ``there`` are the slots that can be linked to."""
    zone = ZoneInfo(newest.timezone)
    feeds = feed_rows(newest.health, figures)
    return templates.page(
        "health.html",
        view=view(newest),
        rows=[_row(issue, zone, there) for issue in issues],
        standfirst=_standfirst(issues),
        mailed=any(issue.sent or issue.refused for issue in issues),
        ill=[group for group in feeds if group[0] != "fine"],
        fine=[row for standing, rows in feeds if standing == "fine" for row in rows],
        charts=list(charts(figures)),
        days=day_rows(figures),
        checked=bool(figures.days["checks"].any()),
    )


def _row(issue: Issue, zone: ZoneInfo, there: Collection[str]) -> Row:
    cutoff = moment(issue.cutoff, zone)
    late = f"{duration(issue.late_minutes)} late" if issue.late_minutes else "in time"
    status = late if issue.status == "published" else issue.status
    return Row(
        issue.slot, cutoff, date(issue.slot, cutoff), status, issue, there=issue.slot in there
    )


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
