"""What was learned is kept for speed alone: never wrong, never in the way, never for ever."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from handoff.store.database import Database
from handoff.studio.learned import KEPT, Learned
from handoff.studio.tables import content_learned


class Ticking:
    """A clock that goes on by a minute a look."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}")
    await opened.start()
    yield opened
    await opened.close()


async def test_it_comes_back_for_the_same_files_and_the_same_learner_only(
    database: Database,
) -> None:
    """Other files, or another encoder, find nothing; what is kept again takes its place."""
    learned = Learned(database, Ticking())
    await learned.keep("files", "use-3", b"\x00one")
    assert await learned.get("files", "use-3") == b"\x00one"
    assert await learned.get("files", "use-4") is None
    assert await learned.get("others", "use-3") is None
    await learned.keep("files", "use-3", b"two")
    assert await learned.get("files", "use-3") == b"two"


async def test_what_is_damaged_is_not_given(database: Database) -> None:
    """Bytes that are not those that were kept count as none."""
    learned = Learned(database, Ticking())
    await learned.keep("files", "use-3", b"one")
    async with database.writing.begin() as connection:
        await connection.execute(update(content_learned).values(content=b"0ne"))
    assert await learned.get("files", "use-3") is None


async def test_the_oldest_goes(database: Database) -> None:
    """However often somebody publishes, the database holds no more than the latest few."""
    learned = Learned(database, Ticking())
    for number in range(KEPT + 3):
        await learned.keep(f"files {number}", "use-3", b"x")
    async with database.engine.connect() as connection:
        files = list((await connection.execute(select(content_learned.c.files))).scalars())
    assert sorted(files) == sorted(f"files {number}" for number in range(3, KEPT + 3))


async def test_a_database_without_it_stops_nobody(database: Database) -> None:
    """Reading and keeping fail without an error: it is learned again, and that is all."""
    learned = Learned(database, Ticking())
    async with database.writing.begin() as connection:
        await connection.execute(delete(content_learned))
        await connection.exec_driver_sql("DROP TABLE content_learned")
    await learned.keep("files", "use-3", b"x")
    assert await learned.get("files", "use-3") is None
