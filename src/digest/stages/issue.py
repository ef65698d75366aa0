"""From an edition to its files, and to the archive."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from digest.model import Edition
from digest.publish.archive import write_archive
from digest.publish.figures import figures, whole_days
from digest.publish.files import Written, write_edition, write_files
from digest.publish.health import write_health
from digest.publish.page import BUILT_IN, Templates
from digest.publish.place import Outputs
from digest.publish.render import render
from digest.publish.schema import SCHEMA_FILE, json_schema
from digest.stages.pages import neighbours, write_beside
from digest.stages.standing import past
from digest.store.store import Store

logger = logging.getLogger(__name__)


def publish(
    store: Store,
    edition: Edition,
    outputs: Outputs,
    site_url: str,
    schedule: str = "",
    folder: Path | None = None,
) -> Written:
    """Writes the edition's files and the list of editions; from then on it counts as published.

    With the ``schedule`` of its name, its history is written as well: a topic has none. ``folder``
    holds the reader's own templates.
    """
    templates = Templates(folder)
    files = render(edition, templates, neighbours(store, edition, outputs))
    written = write_edition(outputs, edition, files)
    store.publish_edition(edition.name, edition.slot, datetime.now(UTC))
    # Of two that list the editions, the second must see what the first has published.
    with store.alone("the outputs"):
        write_beside(store, edition, outputs, templates)
        if schedule:
            write_history(store, edition, outputs, schedule, templates)
        write_archive(outputs, site_url=site_url, templates=templates)
        write_files(outputs, Path(), {SCHEMA_FILE: json_schema()})
    templates.warn(logger)
    state = "wrote" if written.changed else "unchanged:"
    logger.info("%s %d files in %s", state, len(written.paths), written.directory)
    return replace(written, flaws=tuple(templates.flaws))


def write_history(
    store: Store,
    edition: Edition,
    outputs: Outputs,
    schedule: str,
    templates: Templates = BUILT_IN,
) -> None:
    """Writes the page on how the editions of this one's name and their feeds have done.

    It is as of the newest that was published: what came later is for the next. The caller holds the
    store's lock of the outputs.
    """
    issues, newest = past(store, edition.name, schedule, edition.timezone)
    if not newest:
        return
    from digest import frames  # pandas takes half a second, for which status should not wait

    start, end = whole_days(min(newest.edition.cutoff, newest.made_at))
    feeds = [feed.url for feed in newest.edition.health]
    days = frames.days(store, start, newest.made_at, feeds)
    health = frames.feed_health(store, start, newest.made_at, feeds)
    write_health(outputs, newest.edition, issues, figures(start, end, days, health), templates)
