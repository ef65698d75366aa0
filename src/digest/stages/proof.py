"""A reader's own templates tried before an edition needs them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.publish.archive import write_archive
from digest.publish.files import write_edition
from digest.publish.message import compose
from digest.publish.page import Templates
from digest.publish.render import render
from digest.publish.specimen import SPECIMEN
from digest.stages.issue import write_history
from digest.stages.pages import neighbours
from digest.store.store import Store
from digest.summarize.writing.prompts import Prompts


def proof(folder: Path) -> tuple[str, ...]:
    """What is wrong with the templates in ``folder``: file, line, what.

    Two made-up editions, one of which holds nothing, are published with them and thrown away.
    """
    templates = Templates(folder)
    nothing = replace(SPECIMEN, slot="2026-01-01", stories=(), health=(), left_out=(), topic="")
    before = replace(nothing, cutoff=SPECIMEN.start)
    with TemporaryDirectory() as place, Store.open(f"sqlite:///{place}/store.sqlite") as store:
        outputs = Path(place) / "outputs"
        for edition in (before, SPECIMEN):
            store.save_edition(edition, [], edition.cutoff)
            files = render(edition, templates, neighbours(store, edition, outputs))
            write_edition(outputs, edition, files)
            store.publish_edition(edition.name, edition.slot, edition.cutoff)
            compose(edition, sender="a@a.example", recipient="b@b.example", templates=templates)
        write_history(store, SPECIMEN, outputs, "0 7 * * *", templates)
        write_archive(outputs, templates=templates)
    return (*templates.flaws, *templates.unused(), *Prompts(folder).flaws())
