"""All commands together, and what they share."""

from __future__ import annotations

import logging
import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from digest.cli import deploying, feeds, filters, publishing, reports, runs, site, upkeep

app = typer.Typer(
    help="Once a day, one page of the news that matters, every sentence linked to its source.",
    epilog="Start with `digest demo`. Then `digest feeds add URL` and `digest run`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"digest {version('digest')}")
        raise typer.Exit


@app.callback()
def common(
    config: Annotated[
        Path | None,
        typer.Option(
            envvar="DIGEST_CONFIG", help="The settings file.", show_default="config/digest.yaml"
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say more of what is done.")
    ] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Say which version this is."
        ),
    ] = False,
) -> None:
    """Options that stand before the command."""
    # The settings are read where they are needed: the stage commands need none.
    if config:
        os.environ["DIGEST_CONFIG"] = str(config.absolute())
    logging.getLogger("digest").setLevel(logging.DEBUG if verbose else logging.INFO)


app.command(rich_help_panel="Read the news")(runs.run)
app.command(rich_help_panel="Read the news")(runs.demo)
app.command(rich_help_panel="Read the news")(runs.send)
app.command(rich_help_panel="Read the news")(publishing.epub)
app.command(rich_help_panel="Read the news")(site.site)
app.command(rich_help_panel="Read the news")(runs.serve)
app.command(rich_help_panel="Read the news")(deploying.deploy)
app.add_typer(feeds.app, name="feeds", rich_help_panel="Look after it")
app.command(rich_help_panel="Look after it")(reports.status)
app.command(rich_help_panel="Look after it")(reports.doctor)
app.command(rich_help_panel="Look after it")(reports.check)
app.command(rich_help_panel="Look after it")(publishing.templates)
app.command(rich_help_panel="Look after it")(upkeep.backup)
app.command(rich_help_panel="Look after it")(upkeep.restore)
app.command(rich_help_panel="Look after it")(upkeep.prune)
for _stage in (filters.parse, filters.extract, filters.group, filters.summarize, filters.verify):
    app.command(rich_help_panel="Single stages, JSON Lines in and out")(_stage)
