"""MemoryJournal: a journal that lasts as long as the process; for `kalm chat` and tests."""

import asyncio
from collections.abc import AsyncIterator

from bot.clock import Clock, utc_now
from bot.events import Body, Event
from bot.journal import CallExists


class MemoryJournal:
    """Implements `bot.journal.Journal` without a disk."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._calls: dict[str, list[Event]] = {}
        self._written = asyncio.Condition()

    async def open(self, call_id: str, *bodies: Body) -> list[Event]:
        """Keep the first events of a new call; raises CallExists."""
        if call_id in self._calls:
            raise CallExists(call_id)
        self._calls[call_id] = []
        return await self.append(call_id, *bodies)

    async def append(self, call_id: str, *bodies: Body) -> list[Event]:
        """Keep events at the end of a call."""
        events = self._calls[call_id]
        new = [
            Event(call_id=call_id, seq=len(events) + number, at=self._clock(), body=body)
            for number, body in enumerate(bodies, start=1)
        ]
        events.extend(new)
        async with self._written:
            self._written.notify_all()
        return new

    async def read(self, call_id: str) -> list[Event]:
        """Return all events of a call in order; empty when it is not known."""
        return list(self._calls.get(call_id, ()))

    async def follow(self, call_id: str, after: int = 0) -> AsyncIterator[Event]:
        """Yield the call's events with seq above `after`, past and then as they come."""
        while True:
            for event in self._calls.get(call_id, [])[after:]:
                yield event
                after = event.seq
            async with self._written:
                await self._written.wait_for(
                    lambda: len(self._calls.get(call_id, ())) > after  # noqa: B023  # awaited at once
                )
