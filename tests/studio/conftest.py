"""What the tests of the studio share: an empty database, and a clock that is set by hand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handoff.store.journal import DurableJournal
from handoff.studio.versions import Versions
from handoff.studio.workshop import Workshop
from tests.handoff.conftest import HandClock, clock, quick_hashes, url
from tests.intents_folder import small_intents
from tests.studio.pages import Enter, NoLooks, studio

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


@pytest.fixture
async def served(
    journal: DurableJournal, clock: HandClock, folder: Path, tmp_path: Path
) -> AsyncIterator[tuple[Enter, Workshop]]:
    """Return the studio's pages over a small folder, looked at by nobody, and what lies behind."""
    checks = NoLooks(lambda: None, tmp_path / "cache")
    async with studio(journal, clock, small_intents(folder), checks) as made:
        yield made


@pytest.fixture
def workshop(served: tuple[Enter, Workshop]) -> Workshop:
    return served[1]
