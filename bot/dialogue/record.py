"""Record: the journal of one call and the state folded from it, always in step."""

import asyncio

from bot.clock import Clock
from bot.dialogue.state import State
from bot.events import (
    ActionTaken,
    BargedIn,
    Body,
    Event,
    FlowChanged,
    MoodChanged,
    MoodHeard,
    SlotFilled,
    StepReached,
    Understood,
)
from bot.journal import Journal, JournalFull

_THOUGHTS = (BargedIn, FlowChanged, MoodChanged, MoodHeard, SlotFilled, StepReached, Understood)


def is_thought(body: Body) -> bool:
    """Tell whether an event matters to nobody before something is said or done because of it.

    So is what was looked up in the company's systems; what was changed there is not. And so is a
    barge-in: the words that the caller interrupted with follow, and are written with it.
    """
    looked_up = isinstance(body, ActionTaken) and body.idempotency_key is None
    return looked_up or isinstance(body, _THOUGHTS)


class Record:
    """Appends events, and keeps the state that they make.

    Each write waits for the disk, and a turn takes ten steps between two sentences. So
    what is only thought waits for the next event that anybody can notice and is stored
    with it, in one write; `settle` stores what is left when a turn ends.

    The desk writes events of the same call too. When some came between, the state is made
    anew from the journal, which is right.
    """

    def __init__(self, journal: Journal, call_id: str, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self.call_id = call_id
        self.state = State()
        self._stored = 0
        """`seq` of the last event that the state knows to be in the journal."""
        self._waiting: list[Body] = []
        """In the state, but not yet in the journal."""
        self._one_at_a_time = asyncio.Lock()

    async def open(self, *bodies: Body) -> None:
        """Store the first events of the call; raises CallExists, JournalFull."""
        for event in await self._journal.open(self.call_id, *bodies):
            self.state.apply(event)
        self._stored = self.state.seq

    def imagine(self, state: State) -> None:
        """Go on from a state, as if all that led to it were in the journal."""
        self.state = state
        self._stored = state.seq

    async def append(self, *bodies: Body) -> list[Event]:
        """Take events into the state; raises JournalFull.

        Unless all of them are thoughts, they are stored when this returns, and all that
        came before them. The `seq` of a thought is not final.
        """
        async with self._one_at_a_time:
            if all(is_thought(body) for body in bodies):
                return self._think(bodies)
            return await self._store(bodies)

    async def settle(self) -> None:
        """Store what waits; raises JournalFull."""
        async with self._one_at_a_time:
            if self._waiting:
                await self._store(())

    async def catch_up(self) -> None:
        """Take in what others wrote about this call."""
        await self.settle()
        async with self._one_at_a_time:
            if self._stored < self.state.seq:  # a write was broken off
                await self._fold_anew()
                return
            for event in await self._journal.read(self.call_id):
                if event.seq > self.state.seq:
                    self.state.apply(event)
            self._stored = self.state.seq

    def _think(self, bodies: tuple[Body, ...]) -> list[Event]:
        now = self._clock()
        events = [
            Event(call_id=self.call_id, seq=seq, at=now, body=body)
            for seq, body in enumerate(bodies, self.state.seq + 1)
        ]
        for event in events:
            self.state.apply(event)
        self._waiting += bodies
        return events

    async def _store(self, bodies: tuple[Body, ...]) -> list[Event]:
        waited, self._waiting = self._waiting, []
        try:
            events = await self._journal.append(self.call_id, *waited, *bodies)
        except JournalFull:
            self._waiting = waited
            raise
        asked_for = events[len(waited) :]
        if events[0].seq != self._stored + 1:
            await self._fold_anew()
        else:
            for event in asked_for:
                self.state.apply(event)
            self._stored = events[-1].seq
        return asked_for

    async def _fold_anew(self) -> None:
        state = State()
        for event in await self._journal.read(self.call_id):
            state.apply(event)
        vars(self.state).update(vars(state))  # others hold on to it
        self._stored = state.seq
