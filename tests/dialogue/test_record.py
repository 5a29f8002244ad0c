"""Record: the state is what the journal tells, whoever writes and whatever is broken off."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.memory_journal import MemoryJournal
from bot.dialogue.record import Record, is_thought
from bot.dialogue.state import State
from bot.events import (
    ActionStarted,
    ActionTaken,
    Body,
    BotSpoke,
    CallerSpoke,
    CallerVerified,
    CallStarted,
    Event,
    HandoffRequested,
    IncidentReported,
    OfferAccepted,
    SlotFilled,
)
from bot.journal import JournalFull

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Disk(MemoryJournal):
    """A journal that counts its writes, takes its time, and may be full."""

    def __init__(self) -> None:
        super().__init__(lambda: NOON)
        self.writes = 0
        self.full = False

    async def append(self, call_id: str, *bodies: Body) -> list[Event]:
        if self.full:
            raise JournalFull("full")
        self.writes += 1
        # As the durable one does: what is being stored is stored, whoever is cancelled.
        writing = asyncio.ensure_future(super().append(call_id, *bodies))
        await asyncio.sleep(0)
        return await asyncio.shield(writing)


def thought(value: int) -> SlotFilled:
    return SlotFilled(slot="count", value=value, by="flow")


async def opened() -> tuple[Record, Disk]:
    disk = Disk()
    record = Record(disk, "c1", lambda: NOON)
    await record.open(CallStarted(line="chat", language="en"))
    disk.writes = 0
    return record, disk


def folded(events: list[Event]) -> State:
    state = State()
    for event in events:
        state.apply(event)
    return state


async def test_a_turn_of_many_steps_is_written_when_something_is_said() -> None:
    """The state knows each step at once; the disk is asked once, and the order is kept."""
    record, disk = await opened()
    for value in range(5):
        await record.append(thought(value))
        assert record.state.slots["count"] == value
    assert disk.writes == 0
    [spoke] = await record.append(BotSpoke(words="Five.", language="en"))
    assert disk.writes == 1
    stored = await disk.read("c1")
    assert [event.body.kind for event in stored[1:]] == ["SlotFilled"] * 5 + ["BotSpoke"]
    assert stored[-1] == spoke


def test_what_changes_anything_is_no_thought() -> None:
    """A look-up may wait for the next word; what was booked, promised or asked for may not."""
    looked_up = ActionTaken(action="find", result="ok")
    assert is_thought(looked_up)
    for body in (
        looked_up.model_copy(update={"idempotency_key": "k"}),
        ActionStarted(action="book", idempotency_key="k"),
        HandoffRequested(reason="key_0"),
        IncidentReported(sign="threat", of=1),
        CallerVerified(customer_id="1", factors=("a", "b")),
    ):
        assert not is_thought(body)


async def test_a_full_disk_loses_nothing_that_waits() -> None:
    """What could not be written is written with the next that can."""
    record, disk = await opened()
    await record.append(thought(1))
    disk.full = True
    with pytest.raises(JournalFull):
        await record.append(BotSpoke(words="One.", language="en"))
    disk.full = False
    await record.settle()
    assert [event.body for event in (await disk.read("c1"))[1:]] == [thought(1)]


Step = st.one_of(
    st.integers(0, 9).map(lambda value: ("thought", value)),
    st.sampled_from(
        [("said", 0), ("desk", 0), ("broken off", 0), ("settle", 0), ("catch up", 0), ("both", 0)]
    ),
)


@given(st.lists(Step, max_size=12))
def test_the_state_is_always_the_journals(steps: list[tuple[str, int]]) -> None:
    """Thoughts, words, the desk between them, two at once, and writes whose caller hung up."""

    async def call() -> None:
        record, disk = await opened()
        state = record.state
        for what, value in steps:
            match what:
                case "thought":
                    await record.append(thought(value))
                case "said":
                    [spoke] = await record.append(BotSpoke(words="Yes.", language="en"))
                    assert (await disk.read("c1"))[spoke.seq - 1] == spoke
                case "desk":
                    await MemoryJournal.append(disk, "c1", OfferAccepted(agent="Ana"))
                case "settle":
                    await record.settle()
                case "catch up":
                    await record.catch_up()
                case "both":
                    await asyncio.gather(
                        record.append(BotSpoke(words="One.", language="en")),
                        record.append(thought(1)),
                        record.append(CallerSpoke(words="Two.", language="en")),
                    )
                case _:
                    writing = asyncio.ensure_future(
                        record.append(BotSpoke(words="Hung up.", language="en"))
                    )
                    await asyncio.sleep(0)
                    writing.cancel()
                    await asyncio.wait({writing})
        await record.catch_up()
        events = await disk.read("c1")
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert record.state == folded(events)
        assert state is record.state

    asyncio.run(call())
