"""What a server says that a file is, by its name."""

from __future__ import annotations

from pathlib import PurePath

_BY_NAME = {"feed.json": "application/feed+json; charset=utf-8"}
_BY_SUFFIX = {
    ".html": "text/html; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".xml": "application/atom+xml",
    ".epub": "application/epub+zip",
    ".parquet": "application/vnd.apache.parquet",
    ".svg": "image/svg+xml",
}


def kind(name: str) -> str:
    """The media type of a file of the outputs."""
    path = PurePath(name)
    return _BY_NAME.get(path.name) or _BY_SUFFIX.get(path.suffix, "application/octet-stream")
