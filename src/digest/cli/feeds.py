"""``digest feeds``: the list of subscriptions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest import settings, subscriptions
from digest.addresses import without_credentials
from digest.model import DigestError, Feed

app = typer.Typer(help="The subscriptions: an OPML file.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """All subscriptions, one a line: weight, topics, address, title."""
    for feed in subscriptions.read(settings.load().feeds):
        topics = ",".join(feed.topics) or "-"
        typer.echo(f"{feed.weight:g}\t{topics}\t{without_credentials(feed.url)}\t{feed.title}")


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="The feed's address.")],
    title: Annotated[str, typer.Option(help="The outlet, as you call it.")] = "",
    language: Annotated[str, typer.Option(help="Its language, such as en or de.")] = "",
    topic: Annotated[list[str] | None, typer.Option(help="A topic; may be repeated.")] = None,
    weight: Annotated[float, typer.Option(min=0, max=100, help="How much you care for it.")] = 1.0,
) -> None:
    """Subscribe to a feed."""
    subscriptions.check_url(url)
    feed = Feed(url, title, language, tuple(topic or ()), weight)
    added = subscriptions.add(settings.load().feeds, [feed])
    shown = without_credentials(url)
    typer.echo(f"added {shown}" if added else f"{shown} is there already")


@app.command()
def remove(url: Annotated[str, typer.Argument(help="The feed's address.")]) -> None:
    """Unsubscribe from a feed. What it brought stays in the store."""
    subscriptions.remove(settings.load().feeds, url)
    typer.echo(f"removed {without_credentials(url)}")


@app.command("import")
def import_(file: Annotated[Path, typer.Argument(help="An OPML file.")]) -> None:
    """Add the feeds of another program's OPML file."""
    feeds, problems = subscriptions.read_usable(file)
    added = subscriptions.add(settings.load().feeds, feeds)
    typer.echo(f"added {len(added)} of {len(feeds)} feeds; the others were there already")
    for problem in problems:
        typer.echo(f"left out: {problem}", err=True)


@app.command()
def export() -> None:
    """Print the subscriptions as OPML, for another program."""
    feeds = subscriptions.read(settings.load().feeds)
    typer.echo(subscriptions.write(feeds).decode(), nl=False)


@app.command()
def check() -> None:
    """Ask every feed now and say how it answers; nothing is stored. Fails if one fails."""
    from digest.ingest.fetch import FetchPolicy
    from digest.stages.gather import try_feeds

    loaded = settings.load()
    feeds = subscriptions.read(loaded.feeds)
    failed = 0
    for feed, result in try_feeds(feeds, FetchPolicy(**loaded.fetch.model_dump())):
        failed += not result.works
        address = without_credentials(feed.url)
        typer.echo(f"{'ok    ' if result.works else 'FAILED'}  {address}  {result.says}")
    if failed:
        raise DigestError(f"{failed} of {len(feeds)} feeds failed")
