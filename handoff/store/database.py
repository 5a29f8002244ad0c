"""Database: the connections to SQLite or PostgreSQL, and the schema they need."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_MS = 5000
"""How long SQLite waits for another process to finish writing."""


class Database:
    """One engine for everything that Kalm keeps.

    Read with `engine.connect()`, write with `writing.begin()`: on SQLite the
    latter takes the write lock at once, since a transaction that reads first
    and writes later fails when someone else wrote in between.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # Parameters are what callers said: they do not belong in error messages and logs.
        self.engine: AsyncEngine = create_async_engine(
            self.url, hide_parameters=True, pool_pre_ping=not self.is_sqlite
        )
        self.writing: AsyncEngine = self.engine.execution_options(kalm_write=True)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _set_up_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    async def start(self) -> None:
        """Create the file if need be and bring the schema up to date."""
        if self.is_sqlite and self.url.database not in (None, "", ":memory:"):
            Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
        async with self.writing.begin() as connection:
            await connection.run_sync(_migrate)

    async def close(self) -> None:
        """Let go of every connection."""
        await self.engine.dispose()


def _set_up_sqlite(connection: DBAPIConnection, _record: Any) -> None:
    # The driver must not open transactions of its own: _begin_sqlite does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    # WAL: the desk reads while calls write.
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL: each commit is on disk before append() returns, so that what was said to
    # a caller is on record even after a power cut. NORMAL survives kill -9 only.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("kalm_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "handoff.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
