"""Who is in danger goes before everyone, then who threatens; the rest by the time they wait."""

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, inspect, select

from bot.events import (
    Body,
    CallbackPromised,
    CallStarted,
    HandoffRequested,
    IncidentReported,
    MoodHeard,
    OfferAccepted,
    Sign,
)
from handoff.cards import Cards
from handoff.store.database import Database
from handoff.store.journal import DurableJournal
from handoff.store.tables import calls
from handoff.urgency import Urgency
from tests.handoff.calls import nl
from tests.handoff.conftest import AMSTERDAM, HandClock

STARTED = CallStarted(line="chat", language="nl")
ASKED = HandoffRequested(reason="caller_asked")


def heard(*signs: Sign, unsure: tuple[Sign, ...] = ()) -> MoodHeard:
    return MoodHeard(of=2, anger=0.1, by_words=0.1, signs=signs, unsure=unsure)


async def waiting(journal: DurableJournal) -> list[str]:
    return [summary.call_id for summary in await journal.summaries("waiting")]


async def test_danger_first_then_threat_then_the_longest_wait(
    journal: DurableJournal, clock: HandClock
) -> None:
    """Whatever the waiting time, and whichever event told of it."""
    told: list[tuple[str, list[Body]]] = [
        ("plain", [ASKED]),
        ("angry", [heard("angry", "insult_person"), HandoffRequested(reason="upset")]),
        ("threat", [HandoffRequested(reason="threat")]),
        ("callback", [CallbackPromised(number="+31612345678")]),
        ("heard", [heard("threat"), ASKED]),
        ("crisis", [HandoffRequested(reason="crisis")]),
        ("reported", [IncidentReported(of=2, sign="crisis", urgent=True), ASKED]),
        ("unsure", [heard(unsure=("crisis", "threat")), ASKED]),
    ]
    for name, bodies in told:
        clock.forward(seconds=60)
        await journal.open(name, STARTED, nl("hallo"), *bodies)
    assert await waiting(journal) == [
        "crisis", "reported", "threat", "heard", "plain", "angry", "callback", "unsure",
    ]  # fmt: skip


async def test_a_later_danger_moves_a_call_up_and_nothing_moves_it_down(
    journal: DurableJournal, clock: HandClock
) -> None:
    """A call that waits already rises; a calm word afterwards, or another reason, changes nothing.

    What was heard while the bot still had the call counts as soon as it waits.
    """
    await journal.open("first", STARTED, ASKED)
    clock.forward(seconds=60)
    await journal.open("second", STARTED, nl("hallo"), ASKED)
    assert await waiting(journal) == ["first", "second"]
    await journal.append("second", heard("threat"))
    assert await waiting(journal) == ["second", "first"]
    await journal.append("first", HandoffRequested(reason="crisis"))
    assert await waiting(journal) == ["first", "second"]
    await journal.append("first", heard(), HandoffRequested(reason="threat"))
    assert await waiting(journal) == ["first", "second"]

    await journal.open("third", STARTED, nl("help"), heard("crisis"))
    assert await waiting(journal) == ["first", "second"]
    await journal.append("third", ASKED)
    assert await waiting(journal) == ["first", "third", "second"]
    assert [s.urgency for s in await journal.summaries("waiting")] == [2, 2, 1]


async def test_cards_come_in_that_order(journal: DurableJournal, clock: HandClock) -> None:
    """The desk's list and the API read the same order; who was accepted is not among them."""
    cards = Cards(journal, clock, AMSTERDAM)
    for name, reason in [("a", ASKED), ("b", HandoffRequested(reason="crisis"))]:
        clock.forward(seconds=30)
        await journal.open(name, STARTED, reason)
    found = await cards.in_state("waiting", language="nl")
    assert [(card.call_id, card.urgent.name if card.urgent else None) for card in found] == [
        ("b", "crisis"),
        ("a", None),
    ]
    urgent = await cards.in_state("waiting", language="nl", urgent=Urgency.CRISIS)
    assert [card.call_id for card in urgent] == ["b"]
    assert len(await cards.in_state("waiting", language="nl", limit=1)) == 1
    await journal.append("b", OfferAccepted(agent="Ana"))
    assert await cards.in_state("waiting", language="nl", urgent=Urgency.CRISIS) == []


@given(
    calls=st.lists(
        st.lists(
            st.sampled_from(
                [heard(), heard("threat"), heard("crisis"), heard(unsure=("crisis",)), ASKED]
            ),
            max_size=4,
        ),
        max_size=6,
    )
)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_any_calls_are_in_order(
    journal: DurableJournal, clock: HandClock, calls: list[list[Body]]
) -> None:
    """The list is always ordered by urgency first and waiting second."""
    before = {summary.call_id for summary in await journal.summaries("waiting", limit=10_000)}
    start = await journal.last_position()
    for n, bodies in enumerate(calls):
        clock.forward(seconds=1)
        await journal.open(f"{start}-{n}", STARTED, nl("hallo"), *bodies)
    found = await journal.summaries("waiting", limit=10_000)
    ranks = [(-summary.urgency, summary.waiting_since) for summary in found]
    assert ranks == sorted(ranks, key=lambda rank: (rank[0], rank[1] or clock.now))
    ours = {f"{start}-{n}" for n, bodies in enumerate(calls) if ASKED in bodies}
    assert {summary.call_id for summary in found} - before == ours


async def test_calls_from_before_are_not_urgent(url: str) -> None:
    """A database of the version before takes the new column, keeps its calls, and goes back."""
    database = Database(url)

    def migrate(connection: Connection, revision: str, *, down: bool = False) -> None:
        config = Config()
        config.set_main_option("script_location", "handoff.store:migrations")
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)

    def columns(connection: Connection) -> set[str]:
        return {column["name"] for column in inspect(connection).get_columns("calls")}

    old = {
        "id": "old",
        "owner": "kalm",
        "last_seq": 1,
        "changed": 1,
        "started": datetime(2026, 11, 20, tzinfo=UTC),
        "state": "waiting",
    }
    async with database.writing.begin() as connection:
        await connection.run_sync(migrate, "0002")
        assert "urgency" not in await connection.run_sync(columns)
        await connection.execute(insert(calls).values(old))
    async with database.writing.begin() as connection:
        await connection.run_sync(migrate, "heads")
        assert (await connection.execute(select(calls.c.urgency))).scalar_one() == 0
    async with database.writing.begin() as connection:
        await connection.run_sync(lambda c: migrate(c, "0002", down=True))
        assert "urgency" not in await connection.run_sync(columns)
        assert (await connection.execute(select(calls.c.id))).scalar_one() == "old"
    await database.close()


@pytest.mark.parametrize(("sign", "urgent"), [("crisis", 2), ("threat", 1), ("blackmail", 0)])
async def test_reports_count_by_their_sign(
    journal: DurableJournal, sign: Sign, urgent: int
) -> None:
    """An incident raises a call as its sign does; others leave it where it was."""
    await journal.open("c1", STARTED, IncidentReported(of=1, sign=sign))
    summary = await journal.summary("c1")
    assert summary is not None
    assert summary.urgency == urgent
