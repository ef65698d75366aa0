"""Commands that write files besides the editions' own: e-books, and templates to change."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from digest.model import UsageError


def epub(
    edition: Annotated[
        str, typer.Option("--edition", help="Which edition's.", show_default="the first")
    ] = "",
    date: Annotated[
        str, typer.Option(help="That of one day, as 2026-11-23.", show_default="the last one")
    ] = "",
    week: Annotated[
        str, typer.Option(help="Those of a week, as 2026-W47.", show_default=False)
    ] = "",
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], help="Those from this day on.", show_default=False
        ),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=["%Y-%m-%d"], help="Those up to this day.", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", dir_okay=False, help="The file.", show_default="by its days"
        ),
    ] = None,
) -> None:
    """Write one or more published editions as an e-book (EPUB), with a chapter an edition."""
    from digest import settings
    from digest.publish.epub import epub as book
    from digest.publish.page import Templates
    from digest.store.store import Store

    loaded = settings.load()
    name = edition or loaded.edition("")[0]
    since, until = _limits(date, week, first, last)
    with Store.open(loaded.store) as store:
        if since or until:
            found = store.published_within(name, since, until)
        else:
            found = store.published(name, 1)
    if not found:
        raise UsageError(f"no such edition of {name} is published: see `digest status`")
    chosen = [stored.edition for stored in found]
    templates = Templates(loaded.templates)
    days = "-to-".join(dict.fromkeys((chosen[-1].slot, chosen[0].slot)))
    file = output or Path(f"{name}-{week or days}.epub")
    file.write_bytes(book(chosen, templates))
    for flaw in templates.flaws:
        typer.echo(f"a built-in template stood in for yours: {flaw}", err=True)
    typer.echo(file)


def _limits(date: str, week: str, first: datetime | None, last: datetime | None) -> tuple[str, str]:
    """From which slot to which is asked for; empty where there is no limit."""
    if sum(map(bool, (date, week, first or last))) > 1:
        raise UsageError("--date, --week, and --from with --to exclude each other")
    if date:
        return date, date
    if week:
        try:
            first = datetime.strptime(f"{week}-1", "%G-W%V-%u")  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            raise UsageError(f"{week} is no week: write it as 2026-W47") from None
        last = first + timedelta(days=6)
    return f"{first:%Y-%m-%d}" if first else "", f"{last:%Y-%m-%d}" if last else ""


def templates(
    copy: Annotated[
        Path | None,
        typer.Option("--copy", file_okay=False, help="Copy them to this folder, to be changed."),
    ] = None,
    names: Annotated[
        list[str] | None, typer.Argument(help="Only these.", show_default="all")
    ] = None,
) -> None:
    """Name the built-in templates, or copy them, to make your own (setting `templates`)."""
    from digest.publish.page import BUILT_IN
    from digest.summarize.writing.prompts import TEMPLATE, built_in

    there = [*BUILT_IN.names(), TEMPLATE]
    if unknown := sorted(set(names or ()) - set(there)):
        raise UsageError(f"there is no template {unknown[0]}: {', '.join(there)}")
    for name in names or there:
        if copy is None:
            typer.echo(name)
            continue
        file = copy / name
        if file.exists():
            raise UsageError(f"{file} is there already, and stays as it is")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(built_in() if name == TEMPLATE else BUILT_IN.text(name), "utf-8")
        typer.echo(file)
