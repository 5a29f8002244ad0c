"""Learned: what one process learned from the files of a version, for all others.

It is kept for speed alone. What is missing or damaged is learned again.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

from loguru import logger
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from handoff.store.database import Database
from handoff.studio.tables import content_learned as table

KEPT = 6
"""States of the files of which it is kept, the latest; some 9 MB each for 3,000 utterances."""


class Learned:
    """What was learned, in the database.

    Args:
        database: Started before the first use.
        clock: Tells which is the latest.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def get(self, files: str, by: str) -> bytes | None:
        """Return what was learned, as it was kept; None when it is not here, or damaged.

        Args:
            files: The sha256 of the files.
            by: What learns: it changes when the same files would be learned otherwise.
        """
        query = select(table.c.sha256, table.c.content).where(
            table.c.files == files, table.c.by == by
        )
        try:
            async with self._database.engine.connect() as connection:
                row = (await connection.execute(query)).one_or_none()
        except (SQLAlchemyError, OSError) as error:
            logger.warning(f"what was learned can't be read, and is learned again: {error}")
            return None
        if row is None:
            return None
        content = bytes(row.content)
        if hashlib.sha256(content).hexdigest() != row.sha256:
            logger.warning("what was learned is damaged, and is learned again")
            return None
        return content

    async def keep(self, files: str, by: str, content: bytes) -> None:
        """Keep what was learned, in place of what was kept for the same; the oldest goes."""
        row = {
            "files": files,
            "by": by,
            "at": self._clock(),
            "sha256": hashlib.sha256(content).hexdigest(),
            "content": content,
        }
        try:
            async with self._database.writing.begin() as connection:
                # Two processes that learned the same at once: each takes out what it sees and
                # the second is refused, which costs nothing.
                same = delete(table).where(table.c.files == files, table.c.by == by)
                await connection.execute(same)
                await connection.execute(insert(table).values(**row))
                older = select(table.c.files, table.c.by).order_by(table.c.at.desc()).offset(KEPT)
                for old in list(await connection.execute(older)):
                    gone = (table.c.files == old.files) & (table.c.by == old.by)
                    await connection.execute(delete(table).where(gone))
        except (SQLAlchemyError, OSError) as error:
            logger.warning(f"what was learned can't be kept for other processes: {error}")
