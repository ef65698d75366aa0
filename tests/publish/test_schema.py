"""The published JSON Schema against what is written."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from digest.publish.document import document
from digest.publish.render import to_json
from digest.publish.schema import SCHEMA_FILE, json_schema
from digest.publish.specimen import SPECIMEN

PUBLISHED = Path(__file__).parents[2] / "docs" / SCHEMA_FILE
VALIDATOR = Draft202012Validator(
    json.loads(json_schema()), format_checker=Draft202012Validator.FORMAT_CHECKER
)


def test_the_schema_in_the_documentation_is_the_one_that_the_program_follows():
    if os.environ.get("GOLDEN") == "write":
        PUBLISHED.write_bytes(json_schema())
    assert PUBLISHED.read_bytes() == json_schema(), "GOLDEN=write pytest tests/publish writes it"
    Draft202012Validator.check_schema(json.loads(json_schema()))


def test_every_part_is_explained_and_every_field_is_always_there():
    schema = json.loads(json_schema())
    for part in (schema, *schema["$defs"].values()):
        assert part["description"]
        assert set(part["required"]) == set(part["properties"])


def test_an_edition_and_an_empty_one_follow_the_schema(edition):
    empty = replace(edition, stories=(), health=(), left_out=(), topic="ferries", late_minutes=90)
    for each in (edition, empty, SPECIMEN):
        VALIDATOR.validate(json.loads(to_json(each)))


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("schema", 2),
        ("cutoff", "yesterday"),
        ("stories", [{"headline": "x"}]),
        ("feeds", None),
        ("late_minutes", "none"),
        ("left_out", [{"kind": "book", "title": "", "url": "", "reason": ""}]),
        ("left_out", [{"kind": "story", "title": "", "url": "javascript:x", "reason": ""}]),
    ],
)
def test_what_does_not_follow_it_is_told_apart(edition, field, wrong):
    changed = json.loads(to_json(edition)) | {field: wrong}
    with pytest.raises(ValidationError):
        VALIDATOR.validate(changed)


def test_a_later_field_does_not_break_a_reader_of_this_version(edition):
    VALIDATOR.validate(json.loads(to_json(edition)) | {"weather": "mild"})


def test_the_document_names_the_schema_where_it_is_published(edition):
    written = json.loads(to_json(edition))
    assert Path("daily/2026-11-23", written["$schema"]).parts[-1] == SCHEMA_FILE
    assert (written["schema"], written["minutes"], written["stories"][0]["minutes"]) == (1, 1, 1)


def test_what_is_written_can_be_read_by_the_archive(edition):
    read = document(to_json(edition))
    assert (read.slot, len(read.stories)) == ("2026-11-23", 6)
