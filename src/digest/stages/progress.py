"""How far a stage is, told through logging, so that a terminal can draw it and a flow log it."""

from __future__ import annotations

import logging

logger = logging.getLogger("digest.progress")


def tick(stage: str, done: int, total: int) -> None:
    """Says that ``done`` of ``total`` steps of a stage are over."""
    logger.debug(
        "%s: %d of %d", stage, done, total, extra={"stage": stage, "done": done, "total": total}
    )
