"""An owner edits intents, answers and flows on pages; nobody else can, and nothing gets lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handoff.store import DurableJournal
from handoff.studio.archive import pack
from handoff.studio.workshop import Workshop
from tests.handoff.conftest import HandClock
from tests.intents_folder import small_intents
from tests.studio.pages import Enter, hidden, studio, typed

PAGES = [
    "/studio/intents", "/studio/intents/opening_hours", "/studio/answers",
    "/studio/answers/goodbye", "/studio/flows", "/studio/flows/goodbye", "/studio/versions",
    "/studio/draft", "/studio/files/ladder.yml",
]  # fmt: skip
FORMS = [
    "/studio/intents/opening_hours", "/studio/answers/goodbye", "/studio/flows/goodbye",
    "/studio/files/ladder.yml", "/studio/versions/1", "/studio/draft/folder", "/studio/draft/join",
]  # fmt: skip

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
async def served(
    journal: DurableJournal, clock: HandClock, folder: Path, tmp_path: Path
) -> AsyncIterator[tuple[Enter, Workshop]]:
    async with studio(journal, clock, small_intents(folder), tmp_path / "cache") as made:
        yield made


@pytest.fixture
def enter(served: tuple[Enter, Workshop]) -> Enter:
    return served[0]


@pytest.fixture
def workshop(served: tuple[Enter, Workshop]) -> Workshop:
    return served[1]


async def test_only_owners_come_in(enter: Enter) -> None:
    """Agents and supervisors are kept out of the studio; an owner is kept out of calls."""
    for role in ("agent", "supervisor"):
        other = await enter(role, role)
        for path in PAGES:
            assert (await other.get(path)).status_code == 403, path
        for path in FORMS:
            assert (await other.send(path, text="x")).status_code == 403, path
    owner = await enter("Noor", "owner")
    for path in PAGES:
        assert (await owner.get(path)).status_code == 200, path
    desk = await owner.get("/desk")
    assert (desk.status_code, desk.headers["location"]) == (303, "/studio")
    assert (await owner.get("/api/cards")).status_code == 403
