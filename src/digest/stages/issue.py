"""From an edition to its files, and to the archive."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from digest.model import Edition
from digest.publish.archive import write_archive
from digest.publish.files import Written, write_edition, write_files
from digest.publish.health import write_health
from digest.publish.page import Templates
from digest.publish.place import Outputs
from digest.publish.render import render
from digest.publish.schema import SCHEMA_FILE, json_schema
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
    written = write_edition(outputs, edition, render(edition, templates))
    store.publish_edition(edition.name, edition.slot, datetime.now(UTC))
    if schedule:
        write_history(store, edition, outputs, schedule)
    # Of two that list the editions, the second must see what the first has published.
    with store.alone("the outputs"):
        write_archive(outputs, site_url=site_url)
        write_files(outputs, Path(), {SCHEMA_FILE: json_schema()})
    for flaw in templates.flaws:
        logger.warning("%s; the built-in templates are used instead", flaw)
    state = "wrote" if written.changed else "unchanged:"
    logger.info("%s %d files in %s", state, len(written.paths), written.directory)
    return replace(written, flaws=tuple(templates.flaws))


def write_history(store: Store, edition: Edition, outputs: Outputs, schedule: str) -> None:
    """Writes the page on how the editions of this one's name have done, as of the newest."""
    issues, newest = past(store, edition.name, schedule, edition.timezone)
    if newest:
        write_health(outputs, newest.edition, issues)
