"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    check: str
    """What was looked at, in a word."""
    status: Literal["ok", "warning", "failed"]
    """``warning``: editions are made all the same, for now. ``failed``: some are not."""
    found: str
    mend: str = ""
    """What to do; empty where all is well, or where ``found`` says it."""
