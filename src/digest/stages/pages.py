"""Pages that lead to the edition before and to the one after.

Only an edition that lies in the outputs is led to: old ones may have been removed from there, and
people delete folders by hand.
"""

from __future__ import annotations

from digest.model import Edition
from digest.publish.document import DOCUMENT
from digest.publish.files import edition_folder, write_edition
from digest.publish.neighbours import Neighbours, neighbour
from digest.publish.page import BUILT_IN, Templates
from digest.publish.place import Outputs, place
from digest.publish.reading import listing
from digest.publish.render import html
from digest.store.store import Store


def neighbours(store: Store, edition: Edition, outputs: Outputs) -> Neighbours:
    """The published editions between which this one stands."""
    previous, following = _beside(store, edition, outputs)
    return Neighbours(
        neighbour(previous) if previous else None, neighbour(following) if following else None
    )


def write_beside(store: Store, edition: Edition, outputs: Outputs, templates: Templates) -> None:
    """Writes the pages before and after a published edition again: they lead to it now."""
    for each in _beside(store, edition, outputs):
        if each:
            _write_page(store, each, outputs, templates)


def write_oldest(store: Store, outputs: Outputs, templates: Templates = BUILT_IN) -> None:
    """Writes the oldest page of each name again: what it led to may have been removed."""
    oldest = {card.path.parent: card.path for card in listing(outputs).cards}
    for path in oldest.values():
        stored = store.edition(path.parent.name, path.name)
        if stored and stored.published_at:
            _write_page(store, stored.edition, outputs, templates)


def _write_page(store: Store, edition: Edition, outputs: Outputs, templates: Templates) -> None:
    page = html(edition, templates, neighbours(store, edition, outputs))
    write_edition(outputs, edition, {"digest.html": page})


def _beside(
    store: Store, edition: Edition, outputs: Outputs
) -> tuple[Edition | None, Edition | None]:
    before = store.last_published(edition.name, edition.cutoff)
    after = store.first_published(edition.name, edition.cutoff)
    found = [stored.edition if stored else None for stored in (before, after)]
    paths = [edition_folder(each.name, each.slot) / DOCUMENT for each in found if each]
    there = place(outputs).read(paths)
    lies = {path.parent for path, content in there.items() if isinstance(content, bytes)}
    previous, following = (
        each if each and edition_folder(each.name, each.slot) in lies else None for each in found
    )
    return previous, following
