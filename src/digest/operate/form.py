"""The form in the Prefect UI that starts a run of an edition, as the JSON schema it is drawn from.

Prefect makes a schema of the flow's signature by itself, but loses titles there and cannot know the
names of the settings' editions. The API checks every run's parameters against this one and refuses
with a sentence what does not fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LONGEST_TOPIC = 200
"""Characters of a topic."""


def daily_digest_form(
    edition: str, titles: Mapping[str, str], topics: Sequence[str]
) -> dict[str, Any]:
    """The parameters of the flow ``daily-digest``.

    Args:
        edition: What is chosen unless the person chooses another.
        titles: The title of each edition of the settings by its name.
        topics: What the subscriptions are filed under, to choose a topic after.

    Returns:
        An OpenAPI schema as Prefect keeps it with a deployment.
    """
    # Nothing is taken for a field without a default, too. If `null` stood here as another type that
    # it may have, a person would have to choose between `date` and `None` to get at the field.
    fields: dict[str, dict[str, Any]] = {
        "edition": {
            "title": "Edition",
            "description": _sentences("Which edition of the settings", _named(titles)),
            "type": "string",
            "enum": list(titles),
            "default": edition,
        },
        "date": {
            "title": "Date",
            "description": "The day whose edition is wanted. Empty: the last one that is due.",
            "type": "string",
            "format": "date",
        },
        "topic": {
            "title": "Topic",
            "description": _sentences(
                "Only stories about this, as an edition of its own that is not mailed. "
                "Empty: all stories",
                f"Your feeds are filed under {', '.join(topics)}" if topics else "",
            ),
            "type": "string",
            "maxLength": LONGEST_TOPIC,
            "default": "",
        },
        "max_stories": {
            "title": "Most stories",
            "description": "At most so many stories, from 1 to 100. Empty: as in the settings.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
        },
        "deliver": {
            "title": "Mail it",
            "description": "Send it to the edition's recipients who do not have it yet.",
            "type": "boolean",
            "default": True,
        },
        "rebuild": {
            "title": "Make it anew",
            "description": "Also if it is published already. Otherwise it stays as it is.",
            "type": "boolean",
            "default": False,
        },
    }
    return {
        "title": "Parameters",
        "type": "object",
        "properties": {
            name: {**field, "position": position}
            for position, (name, field) in enumerate(fields.items())
        },
    }


def _named(titles: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {title}" for name, title in titles.items() if title)


def _sentences(*parts: str) -> str:
    return " ".join(f"{part}." for part in parts if part)
