"""Database: the connections to SQLite or PostgreSQL, and the schema they need."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

T = TypeVar("T")

BUSY_MS = 5000
"""How long SQLite waits for another process to finish writing."""
MEMORY = (None, "", ":memory:")
"""What SQLite calls a database that is no file, and that is another for each connection."""


class Database:
    """One engine for everything that Kalm keeps.

    Read with `engine.connect()`, write with `write` or `writing.begin()`: on SQLite
    these take the write lock at once, since a transaction that reads first
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
        self._writer: _Writer | None = None
        if self.is_sqlite:
            _listen(self.engine.sync_engine)
            if self.url.database not in MEMORY:
                self._writer = _Writer(self.url)

    @property
    def engines(self) -> tuple[Engine, ...]:
        """All engines beneath, for who listens to what they do."""
        own = self.engine.sync_engine
        return (own,) if self._writer is None else (own, self._writer.engine)

    async def start(self) -> None:
        """Create the file if need be and bring the schema up to date."""
        if self._writer is not None:
            Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
        async with self.writing.begin() as connection:
            await connection.run_sync(_migrate)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do work in one transaction, which is undone if the work raises.

        On SQLite it is done in a thread of its own, all in one go: from statement to statement
        the async driver hands over to its thread and back, and waits for recognition's threads
        each time. Who is cancelled meanwhile leaves the work to its end.

        Args:
            work: Plain code, which must not wait for anything but the database.

        Raises:
            SQLAlchemyError, OSError: It could not be stored.
        """
        if self._writer is not None:
            return await self._writer.write(work)
        async with self.writing.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        """Let go of every connection; a write that is under way ends before."""
        if self._writer is not None:
            await self._writer.close()
        await self.engine.dispose()


class _Writer:
    """The one thread that writes to a SQLite file, and its connection."""

    def __init__(self, url: URL) -> None:
        self.engine = create_engine(url.set(drivername="sqlite"), hide_parameters=True)
        _listen(self.engine)
        self._writing = self.engine.execution_options(kalm_write=True)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._closed = False

    async def write(self, work: Callable[[Connection], T]) -> T:
        if self._closed:
            raise OSError("the database was closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._now, work)

    def _now(self, work: Callable[[Connection], T]) -> T:
        with self._writing.begin() as connection:
            return work(connection)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        # Behind all that is written, for there is one thread.
        await asyncio.get_running_loop().run_in_executor(self._thread, self.engine.dispose)
        self._thread.shutdown(wait=False)


def _listen(engine: Engine) -> None:
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


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
