"""What an agent writes down is read by that agent alone, unless it is shared."""

import pytest

from handoff.care.debriefs import Debriefs, Missing, NothingWritten
from handoff.store.journal import DurableJournal
from tests.handoff.conftest import HandClock


@pytest.fixture
def debriefs(journal: DurableJournal, clock: HandClock) -> Debriefs:
    return Debriefs(journal.database, clock)


async def test_all_questions_are_optional_but_one(debriefs: Debriefs) -> None:
    """Empty answers are not kept, names that are no question neither."""
    with pytest.raises(NothingWritten):
        await debriefs.write("Ana", {"happened": "  ", "score": "9"})
    await debriefs.write("Ana", {"now": " gaat wel ", "score": "9"})
    (one,) = await debriefs.own("Ana")
    assert one.answers == {"now": "gaat wel"}


async def test_sharing_is_the_agents_own_and_can_be_taken_back(debriefs: Debriefs) -> None:
    """One at a time; what is not shared is in no list but the writer's."""
    await debriefs.write("Ana", {"now": "een"})
    await debriefs.write("Ana", {"now": "twee"})
    two, one = await debriefs.own("Ana")
    with pytest.raises(Missing):
        await debriefs.share("Kim", one.id, shared=True)
    assert await debriefs.shared() == []
    await debriefs.share("Ana", one.id, shared=True)
    assert [each.answers for each in await debriefs.shared()] == [{"now": "een"}]
    await debriefs.share("Ana", one.id, shared=False)
    assert await debriefs.shared() == []
    assert [each.id for each in await debriefs.own("Ana")] == [two.id, one.id]


async def test_what_is_deleted_is_gone(debriefs: Debriefs) -> None:
    """By its writer alone; also what was shared."""
    await debriefs.write("Ana", {"now": "een"})
    (one,) = await debriefs.own("Ana")
    await debriefs.share("Ana", one.id, shared=True)
    with pytest.raises(Missing):
        await debriefs.delete("Kim", one.id)
    await debriefs.delete("Ana", one.id)
    assert await debriefs.own("Ana") == []
    assert await debriefs.shared() == []
