"""Commands that keep the store safe and small: ``backup``, ``restore``, ``prune``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from digest import settings
from digest.cli.console import progress

BackupFile = Annotated[Path, typer.Argument(help="A zip file.", dir_okay=False)]


def backup(file: BackupFile) -> None:
    """Write the whole store into one file, also while others use it.

    The settings file and the subscriptions go along, for you; variables do not.
    """
    from digest.store.backup import back_up
    from digest.store.store import Store

    loaded = settings.load()
    config = Path(os.environ.get("DIGEST_CONFIG") or settings.DEFAULT_PATH)
    beside = {"config/digest.yaml": config, "config/feeds.opml": loaded.feeds}
    with Store.open(loaded.store) as store:
        manifest = back_up(store, file, beside)
    size = decimal(file.stat().st_size)
    typer.echo(f"{file}: {_rows(manifest)}, {size}, schema {manifest.schema}")


def restore(file: BackupFile) -> None:
    """Bring a backup into the store of the settings, which must be empty.

    It may be of another kind than the one that was backed up. Settings and subscriptions stay as
    they are; those of the backup lie in the file.
    """
    from digest.store.restore import restore as bring_back

    loaded = settings.load()
    manifest = bring_back(loaded.store, file)
    typer.echo(f"restored {_rows(manifest)}, as they were at {manifest.made_at:%Y-%m-%d %H:%M} UTC")


def prune(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be removed.")
    ] = False,
) -> None:
    """Remove what is older than the settings keep (retention)."""
    from digest.operate.upkeep import prune as prune_old

    loaded = settings.load()
    with progress():
        pruned = prune_old(loaded, dry_run=dry_run)
    for what, count in pruned.removed.items():
        typer.echo(f"{count:>9}  {what}")
    if not pruned.removed:
        typer.echo("The settings keep everything for ever.")
    if dry_run:
        typer.echo("Nothing was removed: that is what would be.")
    if pruned.freed:
        typer.echo(f"The store is {decimal(pruned.freed)} smaller.")


def _rows(manifest: object) -> str:
    from digest.store.portable import Manifest

    assert isinstance(manifest, Manifest)
    held = {name: table.rows for name, table in manifest.tables.items()}
    named = ", ".join(f"{held[name]} {name}" for name in ("editions", "articles", "entries"))
    return f"{sum(held.values())} rows ({named})"
