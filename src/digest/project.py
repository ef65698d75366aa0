"""Finding the project's folder and its flows, which are files beside the package, not in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from digest.model import UsageError

DAILY_DIGEST = "flows/daily_digest.py:daily_digest"
INGEST = "flows/ingest.py:ingest_feeds"
INGEST_SHARD = "flows/ingest.py:ingest_shard"
PRUNE = "flows/prune.py:prune_old"


def load_flow(project: Path, entrypoint: str) -> Any:
    """The Prefect flow of an entry point such as ``flows/ingest.py:ingest_feeds``.

    Raises:
        UsageError: ``project`` is not the project's folder.
    """
    if not (project / entrypoint.partition(":")[0]).is_file():
        raise UsageError(f"{project} holds no flows: start from the project's folder")
    from prefect.flows import load_flow_from_entrypoint

    return load_flow_from_entrypoint(str(project / entrypoint))
