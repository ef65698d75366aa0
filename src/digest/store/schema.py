"""Brings a database to the newest schema."""

from __future__ import annotations

from sqlalchemy import Connection, Text, column, inspect, select, table

from digest.store.errors import StoreError
from digest.store.tables import SCHEMA, SCHEMA_TABLE


def is_current(connection: Connection) -> bool:
    """Whether the database has the schema that this version of digest writes."""
    return revision_of(connection) == SCHEMA


def revision_of(connection: Connection) -> str:
    """The revision of the database's schema; empty where it has none yet."""
    if not inspect(connection).has_table(SCHEMA_TABLE):
        return ""
    revision = select(column("version_num", Text)).select_from(table(SCHEMA_TABLE))
    return ", ".join(connection.scalars(revision))


def migrate(connection: Connection, place: str, revision: str = "head") -> None:
    """Runs the missing migrations up to ``revision`` inside the caller's transaction.

    Raises ``StoreError`` where the schema is one that this version does not know.
    """
    # Alembic takes 0.2 s to import, and nearly every opening finds the schema as it should be.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "digest.store:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise StoreError(
            f"The store {place} was written by a newer version of digest (this one knows its "
            f"schema up to {SCHEMA}: {error}). Upgrade digest, or name another store."
        ) from error
