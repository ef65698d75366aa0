"""The form as Prefect's API checks it; a browser fills it in in tests/flows."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from prefect.utilities.schema_tools.validation import ValidationError, validate

from digest.operate.form import daily_digest_form
from digest.project import DAILY_DIGEST, load_flow

TITLES = {"daily": "The daily digest", "evening": ""}


def refusal(**parameters: object) -> str:
    """What the API answers to such a run; empty if it takes it."""
    try:
        validate(parameters, daily_digest_form("daily", TITLES, ()), raise_on_error=True)
    except ValidationError as error:
        return str(error)
    return ""


def test_the_form_has_the_flows_parameters_in_their_order_with_the_same_defaults():
    form = daily_digest_form("daily", TITLES, ())
    flow = load_flow(Path(__file__).parents[2], DAILY_DIGEST)
    parameters = inspect.signature(flow.fn).parameters
    assert list(form["properties"]) == list(parameters)
    assert [field["position"] for field in form["properties"].values()] == list(range(6))
    given = {name: field.get("default") for name, field in form["properties"].items()}
    flows = {name: parameter.default for name, parameter in parameters.items()}
    assert given == flows | {"edition": "daily"}


def test_every_field_has_a_title_and_is_explained_in_sentences():
    for field in daily_digest_form("daily", TITLES, ())["properties"].values():
        assert field["title"][0].isupper()
        assert field["description"].endswith(".")


def test_the_editions_of_the_settings_are_offered_with_their_titles():
    edition = daily_digest_form("evening", TITLES, ())["properties"]["edition"]
    assert (edition["enum"], edition["default"]) == (["daily", "evening"], "evening")
    assert "daily: The daily digest" in edition["description"]
    assert "evening:" not in edition["description"]


def test_the_topics_of_the_subscriptions_are_named():
    topic = daily_digest_form("daily", TITLES, ["tech", "world"])["properties"]["topic"]
    assert "tech, world." in topic["description"]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"edition": "evening", "date": "2026-11-23", "topic": "elections"},
        {"max_stories": 1, "deliver": False, "rebuild": True},
    ],
)
def test_what_can_be_asked_for_is_taken(parameters):
    assert refusal(**parameters) == ""


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"edition": "weekly"}, "'weekly' is not one of ['daily', 'evening']"),
        ({"max_stories": 0}, "0 is less than the minimum of 1"),
        ({"max_stories": 101}, "101 is greater than the maximum of 100"),
        ({"max_stories": "many"}, "'many' is not valid"),
        ({"topic": "x" * 201}, "is too long"),
        ({"deliver": "perhaps"}, "'perhaps' is not of type 'boolean'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(parameters, said):
    [field] = parameters
    assert refusal(**parameters).startswith(f"Validation failed for field {field!r}.")
    assert said in refusal(**parameters)
