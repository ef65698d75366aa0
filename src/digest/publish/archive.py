"""All editions at a glance: ``index.html`` with a search for people, feeds for feed readers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from operator import itemgetter
from pathlib import Path

from markupsafe import Markup

from digest.publish.card import Card, path_of
from digest.publish.files import Written, put_fresh
from digest.publish.health import PAGE
from digest.publish.notes import NOTES
from digest.publish.page import BUILT_IN, Templates
from digest.publish.place import Outputs, place
from digest.publish.plain import clean
from digest.publish.reading import documents, listing
from digest.publish.search import Indexed, index
from digest.publish.syndication import MOST_ENTRIES, feeds


def write_archive(
    outputs: Outputs,
    title: str = "Digest",
    site_url: str = "",
    templates: Templates = BUILT_IN,
    anew: bool = False,
) -> Written:
    """Write the list, the search and the feeds of what is in ``outputs``, newest edition first.

    A ``digest.json`` that cannot be read is logged and left out. In a folder no other writer
    changes anything meanwhile; a bucket has no lock: there the caller holds the store's.

    Args:
        outputs: Where the editions lie.
        title: What stands at the top.
        site_url: Where ``outputs`` is served from, if it is: links in the feeds are absolute then.
        templates: Of the list, its program, and the feeds' contents.
        anew: Whether the search is made from nothing, instead of adding what it lacks.

    Raises:
        DigestError: the disk or the bucket refuses; what was there before is there still.
        PassingError: the bucket cannot be reached now; the same holds.
    """
    title = clean(title)
    there = place(outputs)
    with there.writing(Path()):
        listed = listing(outputs)
        found = index(there, [_indexed(card) for card in reversed(listed.cards)], anew)
        health = _health_pages(outputs, listed.cards)
        page = _page(title, listed.cards, health, found.stamp, templates)
        newest = documents(outputs, listed.cards[:MOST_ENTRIES])
        lists = {"index.html": page} | feeds(title, site_url, newest, templates)
        there.drop(found.gone)
        writes = (*found.files, (Path(), lists))
        changed = [put_fresh(there, folder, files) for folder, files in writes]
        # Last, because what is noted is taken to be in the archive.
        put_fresh(there, NOTES.parent, {NOTES.name: listed.notes})
    paths = tuple(outputs / name for name in lists)
    return Written(outputs, paths, changed=any(changed) or bool(found.gone))


def _indexed(card: Card) -> Indexed:
    return Indexed(card.path, card.version, card.stories)


def _page(
    title: str,
    cards: Sequence[Card],
    health: Sequence[tuple[str, str]],
    stamp: str,
    templates: Templates,
) -> bytes:
    """Its program is allowed by its hash, and runs only data that lie beside the page."""
    program = templates.text("search.js")
    digest = b64encode(sha256(program.encode()).digest()).decode()
    return templates.page(
        "index.html",
        title=title,
        cards=cards,
        health=health,
        stamp=stamp,
        program=Markup(program),  # noqa: S704  # ours, or of whoever has templates of their own
        program_hash=f"'sha256-{digest}'",
    )


def _health_pages(outputs: Outputs, cards: Sequence[Card]) -> list[tuple[str, str]]:
    """(address, name of the editions) of each page of health that is there, by name."""
    names: dict[str, str] = {}
    for card in cards:
        names.setdefault(card.folder.partition("/")[0], card.name)
    pages = {path_of(folder) / PAGE: folder for folder in names}
    found = place(outputs).read(pages)
    there = (folder for path, folder in pages.items() if isinstance(found[path], bytes))
    return sorted(((f"{folder}/{PAGE}", names[folder]) for folder in there), key=itemgetter(1, 0))
