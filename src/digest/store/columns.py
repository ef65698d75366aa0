"""Types of columns that behave the same on SQLite and PostgreSQL."""
# ruff: noqa: ARG002 (every method has the signature that SQLAlchemy calls)

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Text, TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC and given back as UTC. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps it without the zone, in a form that sorts."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From SQLite's naive UTC, or from PostgreSQL's time in the zone of the session."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text as both databases take it: PostgreSQL knows no NUL, and neither knows half a surrogate
    pair; a broken feed may hold both."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Without NUL; a lone surrogate becomes a question mark."""
        if value is None:
            return None
        return value.replace("\0", "").encode(errors="replace").decode()


class Paragraphs(TypeDecorator[tuple[str, ...]]):
    """A tuple of texts, kept as a JSON array."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> Any:
        """To JSON, letters as they are: escaped, Korean would take three times the room."""
        return json.dumps(value, ensure_ascii=False)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:
        """From JSON."""
        return tuple(json.loads(value))
