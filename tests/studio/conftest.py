"""What the tests of the studio share: an empty database, and a clock that is set by hand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handoff.store.journal import DurableJournal
from handoff.studio.versions import Versions
from tests.handoff.conftest import HandClock, clock, quick_hashes, url

__all__ = ["clock", "quick_hashes", "url"]


@pytest.fixture
async def journal(url: str, clock: HandClock) -> AsyncIterator[DurableJournal]:
    async with DurableJournal(url, clock) as opened:
        yield opened


@pytest.fixture
def versions(journal: DurableJournal, clock: HandClock) -> Versions:
    return Versions(journal.database, clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "intents"
    made.mkdir()
    return made
