"""What the tests of the human side share: a journal on disk, a clock that is set by hand."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from handoff import passwords
from handoff.accounts import Accounts
from handoff.store.journal import DurableJournal

POSTGRES = os.environ.get("KALM_TEST_POSTGRES", "")
"""An empty database to test on as well: postgresql+asyncpg://user@host/name. It is wiped."""
DATABASES = ["sqlite", "postgresql"] if POSTGRES else ["sqlite"]
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=DATABASES)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}"
    engine = create_async_engine(POSTGRES)
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await engine.dispose()
    return POSTGRES


only_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""For a test of what PostgreSQL does not have: SQLite's pragmas, plans, triggers, full disk."""


@pytest.fixture
async def journal(url: str, clock: HandClock) -> AsyncIterator[DurableJournal]:
    async with DurableJournal(url, clock) as opened:
        yield opened


@pytest.fixture
def accounts(journal: DurableJournal, clock: HandClock) -> Accounts:
    return Accounts(journal.database, clock)


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with little work, where passwords are not what is tested."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
