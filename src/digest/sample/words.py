"""The newsroom's words, as the files under ``content/`` hold them, and dates put into them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_CONTENT = files("digest.sample") / "content"
_PLACEHOLDER = re.compile(r"\{(weekday|date)([+-]\d)?\}")


def read(name: str) -> dict[str, Any]:
    """One of the files, such as ``outlets.yaml``."""
    content: dict[str, Any] = yaml.safe_load((_CONTENT / name).read_text(encoding="utf-8"))
    return content


def events() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every event's name with its file."""
    for file in (_CONTENT / "events").iterdir():
        yield file.name.removesuffix(".yaml"), read(f"events/{file.name}")


@cache
def in_language(name: str, language: str) -> dict[str, Any]:
    """The part of a file that is for a language such as ``en-GB``, else for its ``en``."""
    by_language = read(name)
    part: dict[str, Any] = by_language.get(language) or by_language[language.split("-")[0]]
    return part


def fill(text: str, day: date, language: str) -> str:
    """``text`` with ``{weekday}``, ``{date}``, ``{weekday+2}`` … told from ``day``."""
    calendar = in_language("calendar.yaml", language)

    def told(match: re.Match[str]) -> str:
        meant = day + timedelta(days=int(match[2] or 0))
        if match[1] == "weekday":
            return str(calendar["weekdays"][meant.weekday()])
        month = calendar["months"][meant.month - 1]
        return str(calendar["date"]).format(day=meant.day, month=month)

    return _PLACEHOLDER.sub(told, text)
