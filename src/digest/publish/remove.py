"""Old editions taken out of the outputs, and out of their archive."""

from __future__ import annotations

from datetime import datetime

from digest.publish.archive import write_archive
from digest.publish.page import BUILT_IN, Templates
from digest.publish.place import Outputs, place
from digest.publish.reading import listing


def remove_editions(
    outputs: Outputs,
    limit: datetime,
    site_url: str = "",
    dry_run: bool = False,
    templates: Templates = BUILT_IN,
) -> dict[str, int]:
    """Removes the editions that were cut off up to ``limit``; how many there are.

    Each can be written again from the store. ``site_url`` and ``templates`` are as for
    ``write_archive``; with ``dry_run`` they are only counted.

    Raises:
        DigestError: the place refuses, and why.
    """
    old = [card.path for card in listing(outputs).cards if card.cutoff <= limit]
    if old and not dry_run:
        there = place(outputs)
        for folder in old:
            with there.writing(folder):
                there.remove(folder)
        write_archive(outputs, site_url=site_url, templates=templates)
    return {"editions' folders": len(old)}
