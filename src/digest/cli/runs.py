"""Commands that make, show and send editions."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from upath import UPath

from digest.cli.console import addressed, progress
from digest.model import Delivery, DigestError, Edition, UsageError

EditionName = Annotated[
    str, typer.Option("--edition", help="Which edition of the settings.", show_default="the first")
]
Date = Annotated[
    str,
    typer.Option(
        "--date",
        help="Which day's, as 2026-11-23 (or 2026-11-23T0700 where there are several a day).",
        show_default="the last that is due",
    ),
]

DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Write mails and posts into files below .digest/mails, and send none."
    ),
]


def run(
    edition: EditionName = "",
    date: Date = "",
    now: Annotated[
        bool, typer.Option("--now", help="Cut off now, as an edition between the scheduled ones.")
    ] = False,
    topic: Annotated[
        str, typer.Option(help="Only stories about this, as an edition of its own.")
    ] = "",
    max_stories: Annotated[
        int | None, typer.Option(min=1, max=100, help="At most so many.", show_default="settings")
    ] = None,
    deliver: Annotated[bool, typer.Option(help="Mail it to the edition's recipients.")] = True,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make it anew if it is there.")
    ] = False,
    fetch: Annotated[bool, typer.Option(help="Ask the feeds first.")] = True,
    dry_run: DryRun = False,
) -> None:
    """Make and publish an edition, here and now, without Prefect."""
    from digest import settings
    from digest.run import run as run_order
    from digest.stages.order import Order

    loaded = settings.load()
    with progress():
        order = Order(edition, date, now, topic, max_stories, deliver, rebuild, fetch)
        outcome = run_order(loaded, replace(order, dry_run=dry_run))
    report(outcome)
    _fail_if_undelivered(outcome.deliveries)


def report(outcome: object) -> None:
    """Says what a run did: whether anything is new, the paths of the files, the first paragraph."""
    from digest.run import Outcome

    assert isinstance(outcome, Outcome)
    edition, gathered = outcome.edition, outcome.gathered
    if not outcome.made:
        did = [
            f"{gathered.reading.fetched} articles fetched",
            f"{'a' if outcome.model_loaded else 'no'} model loaded",
            f"files {'written again' if outcome.written.changed else 'the same, byte for byte'}",
        ]
        if gathered.checks:
            unchanged = sum(check.outcome == "unchanged" for check in gathered.checks)
            did.insert(0, f"{unchanged} of {len(gathered.checks)} feeds say that nothing changed")
        typer.echo(f"{edition.title} of {edition.slot} is there already: {', '.join(did)}.")
    if outcome.waiting:
        typer.echo(
            f"{outcome.waiting} newer articles wait for the next edition; "
            "`digest run --now` makes one of them at once."
        )
    _tell(outcome.deliveries, edition.slot)
    for flaw in outcome.written.flaws:
        typer.echo(f"a built-in template stood in for yours: {flaw}")
    for path in (*outcome.unsent, *outcome.written.paths):
        typer.echo(_short(path))
    typer.echo("")
    typer.echo(_first_paragraph(edition))


def _short(path: Path | UPath) -> str:
    """Relative to where the person stands, if it is below; a URL as it is."""
    here = Path.cwd()
    if isinstance(path, Path) and path.is_relative_to(here):
        path = path.relative_to(here)
    return str(path)


def _first_paragraph(edition: Edition) -> str:
    if not edition.stories:
        about = f" about “{edition.topic}”" if edition.topic else ""
        return f"There was no news{about}; the page says which feeds were silent or broken."
    told = edition.stories[0]
    return f"{told.story.headline}\n\n{told.summary.text}"


def demo() -> None:
    """Serve the sample newsroom on this machine and make its digest with the Prefect flow."""
    from digest.demo import run_demo

    with progress():
        outcome = run_demo(Path.cwd())
    report(outcome)


def send(
    edition: Annotated[str, typer.Argument(help="The edition's name.")],
    to: Annotated[
        list[str],
        typer.Option("--to", help="A mail address, or a channel's name; may be repeated."),
    ],
    date: Date = "",
    dry_run: DryRun = False,
) -> None:
    """Send an edition that is published already, also to who has it."""
    from digest import settings
    from digest.stages.carry import recipient
    from digest.stages.deliver import deliver, ordered, turn, write_unsent
    from digest.store.store import Store

    loaded = settings.load()
    recipients = [recipient(loaded, each) for each in to]
    with Store.open(loaded.store) as store:
        published = store.published(edition, 1, date)
        if not published:
            of = f" of {date}" if date else ""
            raise UsageError(f"no edition {edition}{of} is published: see `digest status`")
        made = published[0].edition
        if dry_run:
            for path in write_unsent(ordered(store, made, recipients), loaded):
                typer.echo(_short(path))
            return
        # A run of this edition may be at it.
        with progress(), store.alone(turn(edition)) as still_alone:
            agenda = ordered(store, made, recipients)
            deliveries = deliver(store, agenda, loaded, still_alone)
    _tell(deliveries, made.slot)
    _fail_if_undelivered(deliveries)


def _tell(deliveries: Sequence[Delivery], slot: str) -> None:
    """A line each; one of an earlier edition says so."""
    for each in deliveries:
        kind, reader = addressed(each.recipient)
        of = "" if each.slot == slot else f" of {each.slot}"
        typer.echo(f"{kind}{of} to {reader}: {each.status} ({each.detail})")


def _fail_if_undelivered(deliveries: Sequence[Delivery]) -> None:
    failed = sum(delivery.status != "sent" for delivery in deliveries)
    if failed:
        raise DigestError(f"{failed} of {len(deliveries)} mails and posts were not taken")


def serve(
    check: Annotated[
        bool, typer.Option("--check", help="Only say what would be done, and change nothing.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve the sample newsroom, an edition every minute.")
    ] = False,
) -> None:
    """Run every edition on its schedule, with a Prefect server and a worker, until Ctrl-C."""
    from digest import settings
    from digest.demo import live_newsroom
    from digest.operate.plan import plan
    from digest.operate.serve import serve_from
    from digest.operate.supervise import alone

    project = Path.cwd()
    if check and demo:
        raise UsageError("--check is about your own settings: leave out --demo")
    if check:
        for line in plan(settings.load(), project):
            typer.echo(line)
        return
    home = project / ".digest" / ("demo-live" if demo else "serve")
    with alone(home.with_suffix(".lock")), live_newsroom(project, home) if demo else nullcontext():
        serve_from(home, settings.load(), project)
