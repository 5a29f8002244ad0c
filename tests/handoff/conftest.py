"""What the tests of the human side share: a journal on disk, a clock that is set by hand."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handoff.store.journal import DurableJournal


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
