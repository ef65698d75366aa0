"""A bucket of an object storage: each object is put whole, and replaced whole.

There is no rename. A new edition therefore begins to exist with its document, which is put last;
whatever a run that was killed had put before is replaced by the next. There is no lock either:
whoever writes what follows from other objects, as the archive does, holds one of the store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from upath import UPath

from digest.publish.document import DOCUMENT, Document, Flaw, document
from digest.publish.drivers import HEADERS, OPTIONS, explained
from digest.publish.notes import Note, dump, load

NOTES = Path(".editions.json")
"""What was read of the documents, beside the archive."""

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".xml": "application/atom+xml",
}
_EDITION = re.compile(r"[^./][^/]*/[^./][^/]*")
_CACHE = "no-cache"
"""A browser may keep a page, but asks each time whether it is still the same."""


class Bucket:
    """Outputs in a bucket; see ``Place``."""

    def __init__(self, root: UPath) -> None:
        self._root = UPath(root, **OPTIONS[root.protocol])
        self._headers = HEADERS[root.protocol]
        with self._explained():
            self._driver = self._root.fs

    def writing(self, folder: Path) -> AbstractContextManager[None]:  # noqa: ARG002
        """Nothing to hold: see above."""
        return nullcontext()

    def read(self, paths: Iterable[Path]) -> Mapping[Path, bytes | OSError]:
        """Many at once."""
        paths = list(paths)
        keys = [self._key(path) for path in paths]
        with self._explained():
            # Unlike cat(), this takes no key for a pattern.
            contents = self._driver.cat_ranges(keys, None, None, on_error="return")
            for content in contents:
                if not isinstance(content, bytes | FileNotFoundError):
                    raise content
        return dict(zip(paths, contents, strict=True))

    def put(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """One after the other, the document last."""
        with self._explained():
            for name in sorted(files, key=lambda name: name == DOCUMENT):
                kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
                headers = self._headers(kind, _CACHE)
                self._driver.pipe_file(self._key(folder / name), files[name], **headers)

    def remove(self, folder: Path) -> None:
        """The document first."""
        with self._explained():
            keys = self._driver.find(self._key(folder))
            for key in sorted(keys, key=lambda key: Path(key).name != DOCUMENT):
                self._driver.rm_file(key)

    def documents(self) -> Iterator[tuple[Path, Document | Flaw]]:
        """Those that are as the notes say are not fetched again; hidden folders are passed over."""
        marks = self._marks()
        before = self.read([NOTES])[NOTES]
        notes = load(before) if isinstance(before, bytes) else {}
        notes = {folder: note for folder, note in notes.items() if marks.get(folder) == note.mark}
        fetched = self.read(folder / DOCUMENT for folder in marks if folder not in notes)
        found = {path.parent: document(content) for path, content in fetched.items()}
        for folder, each in found.items():
            if isinstance(each, Document):
                notes[folder] = Note(marks[folder], each)
        if (after := dump(notes)) != before:
            self.put(NOTES.parent, {NOTES.name: after})
        yield from (found | {folder: note.document for folder, note in notes.items()}).items()

    def _marks(self) -> dict[Path, str]:
        """Every edition's folder, with what the storage calls this version of its document."""
        root = self._key(Path())
        with self._explained():
            found = self._driver.find(root, detail=True)
        marks = {}
        for key, about in found.items():
            name, _, file = key.removeprefix(f"{root}/").rpartition("/")
            if file == DOCUMENT and _EDITION.fullmatch(name):
                marks[Path(name)] = str(about.get("ETag") or about["etag"])
        return marks

    def _key(self, path: Path) -> str:
        return str(self._root.joinpath(*path.parts).path).rstrip("/")

    def _explained(self) -> AbstractContextManager[None]:
        return explained(str(self._root))
