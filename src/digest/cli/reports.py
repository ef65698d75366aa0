"""``digest status`` and ``digest check``: how things stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import typer
from rich.console import Console
from rich.table import Column, Table

from digest import settings, subscriptions

EDITIONS = 10
"""Editions that ``status`` names."""


def status() -> None:
    """How the feeds do, which editions are published, and what went wrong."""
    from digest.editing.health import feed_health, worst_first
    from digest.store.store import Store

    loaded = settings.load()
    feeds = subscriptions.read(loaded.feeds)
    now = datetime.now(UTC)
    # No markup: titles and refusals come from outside, and may hold brackets.
    console = Console(highlight=False, markup=False)
    with Store.open(loaded.store) as store:
        counts, editions = store.counts(), store.editions(EDITIONS)
        states = store.feed_states(feed.url for feed in feeds)
        deliveries = [d for e in editions for d in store.deliveries(e.edition.name, e.edition.slot)]
    patience = timedelta(days=loaded.silent_after_days)
    health = feed_health(feeds, states, (), now, patience)
    why = Column("why", overflow="fold")
    table = Table("feed", "how it does", why, title=f"{len(feeds)} feeds", title_justify="left")
    for feed in worst_first(health):
        style = {"failing": "red", "silent": "yellow"}.get(feed.status, "")
        table.add_row(feed.title, feed.status, feed.reason, style=style)
    console.print(table)

    table = Table("edition", "slot", "stories", "published", title="editions", title_justify="left")
    for each in editions:
        published = f"{each.published_at:%Y-%m-%d %H:%M} UTC" if each.published_at else "not yet"
        stories = str(len(each.edition.stories))
        table.add_row(each.edition.name, each.edition.slot, stories, published)
    console.print(table if editions else "No edition yet: make one with `digest run`.")
    for failed in (d for d in deliveries if d.status == "failed"):
        console.print(
            f"mail of {failed.edition} {failed.slot} to {failed.recipient}: {failed.detail}",
            soft_wrap=True,
        )
    console.print(
        f"{counts.articles} articles of {counts.entries} entries and {counts.editions} editions "
        f"in {loaded.store.split('@')[-1]}",
        soft_wrap=True,
    )


def check() -> None:
    """Read the settings and the subscriptions, and say everything that is wrong with them."""
    from digest.stages.issue import mail_server
    from digest.stages.order import Order, plan
    from digest.store.store import Store
    from digest.summarize.models import Encoder
    from digest.summarize.registry import summarizer_for

    loaded = settings.load()
    feeds = subscriptions.read(loaded.feeds)
    now = datetime.now(UTC)
    Store.open(loaded.store).close()
    for name, edition in loaded.editions.items():
        planned = plan(loaded, feeds, Order(name), now)
        summarizer_for(planned.summarizer, Encoder())
        if edition.recipients:
            mail_server(loaded.mail)
        typer.echo(
            f"{name}: {edition.schedule!r} in {edition.timezone}, {len(planned.feeds)} feeds, "
            f"{planned.summarizer}; the last that is due is {planned.slot}"
        )
    typer.echo("The settings are in order.")
