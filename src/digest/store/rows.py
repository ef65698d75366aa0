"""Nouns to rows and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import RowMapping, Table

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
Noun = TypeVar("Noun", bound="DataclassInstance")

CHUNK = 5000
"""Values in one ``IN (…)``: SQLite takes 32,766 variables a statement, PostgreSQL 65,535."""


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """The distinct values, at most ``CHUNK`` at a time, in their order."""
    distinct = iter(dict.fromkeys(values))
    while chunk := list(islice(distinct, CHUNK)):
        yield chunk


def columns(noun: object, table: Table) -> dict[str, Any]:
    """The columns of ``table`` that ``noun`` has under the same name, with its values."""
    names = table.columns.keys()
    return {name: getattr(noun, name) for name in names if hasattr(noun, name)}


def noun(kind: type[Noun], row: RowMapping, **others: Any) -> Noun:
    """A ``kind`` from ``others`` and from the columns named like its other fields."""
    names = (field.name for field in fields(kind))
    return kind(**{name: row[name] for name in names if name in row} | others)


def by_key(rows: Iterable[Mapping[str, Any]], table: Table) -> list[dict[str, Any]]:
    """Rows in the order of their keys: writers that lock rows in one order cannot block each other
    in a circle."""
    keys = table.primary_key.columns.keys()
    return sorted((dict(row) for row in rows), key=lambda row: [row[key] for key in keys])
