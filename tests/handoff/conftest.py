"""What the tests of the human side share: a journal on disk, a clock that is set by hand."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher

from handoff import passwords
from handoff.accounts import Accounts
from handoff.store.journal import DurableJournal

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


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}"


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
