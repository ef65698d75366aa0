"""What removed rows leave free, given back to the disk."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing

from digest.store.database import Database

WORTH = 4
"""An SQLite file of which one part in so many is free is made smaller; less than that is used
again before long."""

logger = logging.getLogger(__name__)


class Space(Database):
    """The room that a database takes."""

    def give_back(self) -> int:
        """Makes the file of an SQLite database smaller where that is worth it; by how many bytes.

        Other writers wait meanwhile. Where it cannot be had now (others write without a pause, or
        the disk has no room for a copy), the file stays as it is. PostgreSQL cleans up by itself.
        """
        if self._engine.dialect.name != "sqlite":
            return 0
        with closing(self._engine.raw_connection()) as connection:
            # Not in a transaction, as VACUUM asks: SQLAlchemy's own connections always begin one.
            cursor = connection.cursor()

            def pragma(name: str) -> int:
                return int(cursor.execute(f"PRAGMA {name}").fetchone()[0])

            before, size = pragma("page_count"), pragma("page_size")
            if pragma("freelist_count") * WORTH < before:
                return 0
            try:
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.OperationalError as error:
                logger.warning("the store %s could not be made smaller now: %s", self.place, error)
            return (before - pragma("page_count")) * size
