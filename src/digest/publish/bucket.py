"""A bucket of an object storage: each object is put whole, and replaced whole.

There is no rename. A new edition therefore begins to exist with its document, which is put last;
whatever a run that was killed had put before is replaced by the next. There is no lock either:
whoever writes what follows from other objects, as the archive does, holds one of the store.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from upath import UPath

from digest.publish.document import DOCUMENT
from digest.publish.drivers import HEADERS, OPTIONS, explained
from digest.publish.kinds import kind

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
        """Those of one kind at once, the document last."""
        kinds: defaultdict[tuple[bool, str], dict[str, bytes]] = defaultdict(dict)
        for name, data in files.items():
            kinds[name == DOCUMENT, kind(name)][self._key(folder / name)] = data
        with self._explained():
            for (_, content_type), some in sorted(kinds.items()):
                self._driver.pipe(some, **self._headers(content_type, _CACHE))

    def remove(self, folder: Path) -> None:
        """The document first."""
        with self._explained():
            keys = self._driver.find(self._key(folder))
            for key in sorted(keys, key=lambda key: Path(key).name != DOCUMENT):
                self._driver.rm_file(key)

    def drop(self, paths: Iterable[Path]) -> None:
        """One after the other."""
        with self._explained():
            for path in paths:
                self._driver.rm_file(self._key(path))

    def files(self, folder: Path) -> Iterable[Path]:
        """As the storage lists them."""
        with self._explained():
            keys = self._driver.find(self._key(folder))
        return [Path(key.removeprefix(f"{self._key(Path())}/")) for key in keys]

    def marks(self) -> Mapping[Path, str]:
        """What the storage calls this version of a document."""
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
