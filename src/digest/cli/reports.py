"""``digest status``, ``digest doctor`` and ``digest check``: how things stand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from digest import settings, subscriptions
from digest.addresses import without_credentials
from digest.cli.console import addressed
from digest.model import UsageError

if TYPE_CHECKING:
    from digest.model import Delivery, FeedHealth, Issue
    from digest.stages.standing import EditionStanding

SHOWN = 10
"""Slots of an edition that ``status`` shows; ``--json`` gives the whole history."""
WARNING = "yellow"
TROUBLE = "red"


def status(
    as_json: Annotated[
        bool, typer.Option("--json", help="All of it as JSON, for other programs.")
    ] = False,
) -> None:
    """What became of each edition's last slots, and which feeds and mails fail."""
    from digest.stages.standing import standing
    from digest.store.store import Store

    loaded = settings.load()
    feeds = subscriptions.read(loaded.feeds)
    with Store.open(loaded.store) as store:
        found = standing(store, loaded, feeds, datetime.now(UTC))
    if as_json:
        typer.echo(json.dumps(asdict(found), default=_plain, ensure_ascii=False, indent=2))
        return
    # No markup: titles and refusals come from outside, and may hold brackets.
    console = Console(highlight=False, markup=False)
    for edition in found.editions:
        _print_edition(console, edition)
    _print_feeds(console, found.feeds)
    for row in (*found.refusals, *found.deferred):
        kind, reader = addressed(row.recipient)
        style = TROUBLE if row.status == "refused" else WARNING
        line = f"{kind} of {row.edition} {row.slot} to {reader}: {_became(row)}"
        console.print(line, style=style, soft_wrap=True)
    held = found.held
    console.print(
        f"{held.articles} articles of {held.entries} entries and {held.editions} editions "
        f"in {found.store}",
        soft_wrap=True,
    )


def _became(row: Delivery) -> str:
    if row.status == "sending":
        return "was handed over, and the answer is not known (yet): the next run sends it again"
    return f"{row.detail} (is tried again)" if row.status == "deferred" else row.detail


def _print_edition(console: Console, edition: EditionStanding) -> None:
    zone = ZoneInfo(edition.timezone)
    console.print(
        f"{edition.name}: {edition.schedule} ({edition.timezone}), "
        f"next {edition.next_cutoff.astimezone(zone):%Y-%m-%d %H:%M}",
        style="bold",
        soft_wrap=True,
    )
    if not edition.issues:
        console.print("No edition yet: make one with `digest run`.\n")
        return
    words = (Column(name, no_wrap=True, overflow="fold") for name in ("slot", "came", "late"))
    names = ("stories", "articles", "fallback", "failing", "mails")
    figures = (Column(name, justify="right", overflow="fold") for name in names)
    table = _table(*words, *figures)
    for each in edition.issues[:SHOWN]:
        _add_issue(table, each, zone)
    console.print(table)
    console.print(f"{_in_short(edition)}\n")


def _add_issue(table: Table, issue: Issue, zone: ZoneInfo) -> None:
    from digest.publish.plain import duration

    late = duration(issue.late_minutes)
    if issue.published_at is None:
        style = TROUBLE if issue.status == "missed" else WARNING
        table.add_row(issue.slot, issue.status, late, style=style)
        return
    came = issue.published_at.astimezone(zone)
    same_day = issue.slot.startswith(f"{came:%Y-%m-%d}")
    mails = issue.sent + issue.refused
    table.add_row(
        issue.slot,
        f"{came:%H:%M}" if same_day else f"{came:%m-%d %H:%M}",
        late,
        str(issue.stories),
        str(issue.articles),
        str(issue.fallbacks or ""),
        str(issue.failing or ""),
        f"{issue.sent} of {mails}" if issue.refused else str(mails or ""),
        style=WARNING if issue.late_minutes or issue.fallbacks or issue.refused else "",
    )


def _in_short(edition: EditionStanding) -> str:
    """The whole history in a line."""
    from digest.publish.plain import counted

    record = edition.record
    parts = (
        (record.published, f"{record.published} published"),
        (record.late, f"{record.late} of them late"),
        (record.missed, f"{record.missed} missed"),
        (record.due, f"{record.due} due"),
        (record.fallbacks, counted(record.fallbacks, "fallback")),
        (record.sent, f"{counted(record.sent, 'mail')} taken"),
        (record.refused, f"{record.refused} refused"),
    )
    told = ", ".join(words for number, words in parts if number)
    return f"Of the last {len(edition.issues)}: {told}."


def _print_feeds(console: Console, feeds: Sequence[FeedHealth]) -> None:
    ill = [feed for feed in feeds if feed.status != "ok"]
    console.print(f"{len(feeds)} feeds, {len(feeds) - len(ill)} of them fine", style="bold")
    if not ill:
        return
    table = _table(*(Column(name, overflow="fold") for name in ("feed", "how it does", "why")))
    for feed in ill:
        style = {"failing": TROUBLE, "silent": WARNING}.get(feed.status, "")
        table.add_row(feed.title, feed.status, feed.reason, style=style)
    console.print(table)


def _table(*columns: Column) -> Table:
    return Table(*columns, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)


def _plain(value: object) -> str:
    """A time as JSON has it."""
    assert isinstance(value, datetime)
    return value.isoformat()


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Ask no feed.")] = False,
) -> None:
    """Look whether everything is there that an edition needs, and say how to mend what is not."""
    from digest.operate.doctor.examine import examine

    console = Console(highlight=False, markup=False)
    failed = 0
    for finding in examine(Path.cwd(), offline):
        failed += finding.status == "failed"
        line = Table.grid(Column(width=8), Column(width=9), Column(overflow="fold"))
        style = {"warning": WARNING, "failed": TROUBLE}.get(finding.status, "green")
        told = [finding.found, *([f"→ {finding.mend}"] if finding.mend else [])]
        line.add_row(Text(finding.status, style), finding.check, Text("\n".join(told)))
        console.print(line)
    if failed:
        raise typer.Exit(1)


def check() -> None:
    """Read the settings and the subscriptions, and say everything that is wrong with them."""
    from digest.stages.carry import channel, mail_server
    from digest.stages.order import Order, plan
    from digest.stages.proof import proof
    from digest.store.store import Store
    from digest.summarize.checkpoints import find
    from digest.summarize.registry import look_up
    from digest.summarize.writing.endpoint import EndpointPolicy

    loaded = settings.load()
    feeds = subscriptions.read(loaded.feeds)
    now = datetime.now(UTC)
    Store.open(loaded.store).close()
    for model in filter(None, (loaded.checker, loaded.multilingual_encoder)):
        find(model)
    for name, edition in loaded.editions.items():
        planned = plan(loaded, feeds, Order(name), now)
        look_up(planned.summarizer, EndpointPolicy(**loaded.endpoint.model_dump()))
        if edition.recipients:
            mail_server(loaded.mail)
        typer.echo(
            f"{name}: {edition.schedule!r} in {edition.timezone}, {len(planned.feeds)} feeds, "
            f"{without_credentials(planned.summarizer)}; the last that is due is {planned.slot}"
        )
    for name in loaded.channels:
        channel(loaded, name)
    if loaded.templates and (flaws := proof(loaded.templates)):
        raise UsageError("the templates cannot be used:\n" + "\n".join(f"  {f}" for f in flaws))
    typer.echo("The settings are in order.")
