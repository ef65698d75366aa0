"""The cases that others made, as JSON Lines, packed or not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any


def read(*paths: Path) -> list[dict[str, Any]]:
    """The rows of all files, in order."""
    found: list[dict[str, Any]] = []
    for path in paths:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
            found.extend(map(json.loads, lines))
    return found
