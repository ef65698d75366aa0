"""Editions as an e-book: EPUB 3.3, with a chapter an edition.

Written here because the libraries that write EPUB are either under a copyleft licence that this
project cannot take on (EbookLib: AGPL) or call a program that has to be installed apart (pandoc),
and because none gives the same bytes twice: they put the clock into the file. What is needed of the
format is a zip file with these six kinds of members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZipFile, ZipInfo

from digest.model import Edition
from digest.publish.page import BUILT_IN, Templates
from digest.publish.plain import cleaned, distinct, tongue, utc
from digest.publish.view import view

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip file can hold: when a member was written is nobody's business."""
_UNIX = 3


def epub(editions: Sequence[Edition], templates: Templates = BUILT_IN) -> bytes:
    """One or more editions as a book, the earliest first."""
    editions = sorted(map(cleaned, editions), key=lambda edition: edition.cutoff)
    newest = editions[-1]
    chapters = [(f"chapter-{n}", view(each)) for n, each in enumerate(editions, start=1)]
    dates = distinct((chapters[0][1].date, chapters[-1][1].date))
    book = {
        "chapters": chapters,
        "title": f"{', '.join(distinct(v.name for _, v in chapters))}, {' to '.join(dates)}",
        "creator": newest.title,
        "language": tongue(newest.language).code or "und",
        "identifier": _identifier(editions),
        "modified": utc(newest.cutoff),
    }
    return _zipped(
        {
            # Readers recognise the format by this member, which must come first.
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": templates.xml("epub/container.xml"),
            "EPUB/package.opf": templates.xml("epub/package.opf", **book),
            "EPUB/nav.xhtml": templates.xml("epub/nav.xhtml", **book),
            "EPUB/style.css": templates.text("epub/style.css").encode(),
        }
        | {
            f"EPUB/{name}.xhtml": templates.xml("epub/chapter.xhtml", view=shown)
            for name, shown in chapters
        }
    )


def _identifier(editions: Sequence[Edition]) -> str:
    """The same for the same editions, so that a reader takes a newer copy for the same book."""
    named = [f"{edition.title}/{edition.name}/{edition.slot}" for edition in editions]
    return uuid5(NAMESPACE_URL, "\n".join(named)).urn


def _zipped(members: Mapping[str, bytes]) -> bytes:
    """Not compressed: not every machine's zlib makes the same bytes of the same text."""
    book = BytesIO()
    with ZipFile(book, "w") as archive:
        for name, data in members.items():
            member = ZipInfo(name, _EARLIEST)
            member.create_system = _UNIX
            archive.writestr(member, data)
    return book.getvalue()
