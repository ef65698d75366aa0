"""Templates of one's own before and while an edition is published with them."""

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import validate

from digest.publish.page import BUILT_IN
from digest.publish.specimen import SPECIMEN
from digest.stages.issue import publish
from digest.stages.proof import proof
from digest.store.store import Store


def test_copies_of_the_built_in_templates_are_in_order(tmp_path: Path):
    for name in BUILT_IN.names():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(BUILT_IN.text(name), "utf-8")
    assert proof(tmp_path) == ()


@pytest.mark.parametrize(
    "name",
    ["base.html", "digest.html", "index.html", "entry.html", "health.html", "mail.html",
     "macros.html", "epub/chapter.xhtml", "epub/nav.xhtml", "epub/package.opf"],
)  # fmt: skip
def test_a_mistake_in_any_template_is_found_before_an_edition_needs_it(name: str, tmp_path: Path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    # Of a page that extends another, only what is inside a block is made.
    above, block, below = BUILT_IN.text(name).partition("{% block body %}\n")
    above, below = (f"{above}{block}", below) if below else (f"{above}\n", "")
    (tmp_path / name).write_text(f"{above}{{{{ no.such.thing }}}}\n{below}", "utf-8")
    line = above.count("\n") + 1
    assert proof(tmp_path)[0] == f"{tmp_path / name}, line {line}: 'no' is undefined"


def test_an_edition_goes_out_although_a_template_is_broken(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "digest.html").write_text("{% if %}")
    (mine / "style.css").write_text("h1 { color: teal }")
    edition = replace(SPECIMEN, name="daily")
    store.save_edition(edition, [], edition.cutoff)
    with caplog.at_level(logging.WARNING, "digest"):
        written = publish(store, edition, tmp_path / "outputs", "", folder=mine)
    (flaw,) = written.flaws
    assert flaw.startswith(f"{mine / 'digest.html'}, line 1: Expected an expression")
    assert flaw in caplog.text
    assert store.edition("daily", edition.slot).published_at is not None
    assert "The last ferry" in (written.directory / "digest.html").read_text("utf-8")
    # What is not broken is used.
    assert "h1 { color: teal }" in (tmp_path / "outputs/index.html").read_text("utf-8")


def test_the_schema_lies_where_every_document_points_to(store: Store, tmp_path: Path):
    store.save_edition(SPECIMEN, [], SPECIMEN.cutoff)
    folder = publish(store, SPECIMEN, tmp_path, "").directory
    document = json.loads((folder / "digest.json").read_text("utf-8"))
    validate(document, json.loads((folder / document["$schema"]).read_text("utf-8")))
