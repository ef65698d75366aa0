"""A reader's own templates tried before an edition needs them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.model import Issue
from digest.publish.archive import write_archive
from digest.publish.figures import Figures, figures, whole_days
from digest.publish.files import write_edition
from digest.publish.health import write_health
from digest.publish.message import compose
from digest.publish.page import Templates
from digest.publish.render import render
from digest.publish.specimen import SPECIMEN


def proof(folder: Path) -> tuple[str, ...]:
    """What is wrong with the templates in ``folder``: file, line, what.

    A made-up edition and one that holds nothing are published with them, and thrown away.
    """
    templates = Templates(folder)
    nothing = replace(SPECIMEN, slot="2026-01-01", stories=(), health=(), left_out=(), topic="")
    with TemporaryDirectory() as outputs:
        for edition in (SPECIMEN, nothing):
            write_edition(Path(outputs), edition, render(edition, templates))
            compose(
                edition, sender="a@digest.example", recipient="b@c.example", templates=templates
            )
        write_archive(Path(outputs))
        issues = [Issue(SPECIMEN.slot, SPECIMEN.cutoff, "published")]
        write_health(Path(outputs), SPECIMEN, issues, _no_figures(), templates)
    return (*templates.flaws, *templates.unused())


def _no_figures() -> Figures:
    """Those of a store that has just been made."""
    from digest import frames

    empty = "sqlite:///:memory:"
    days, feeds = frames.days(empty), frames.feed_health(empty)
    return figures(*whole_days(SPECIMEN.cutoff), days, feeds)
