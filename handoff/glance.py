"""Glance: who is offered what and how all are there, looked up once for all open pages."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import select

from handoff.presence import Presence, Presences
from handoff.store.journal import DurableJournal
from handoff.store.tables import calls

FRESH_S = 1.0
"""What another process changed may be seen so much later."""


@dataclass(frozen=True)
class Glanced:
    """What one agent's page must know to tell whether something changed."""

    offer: tuple[str, float] | None
    """Call and end of the open offer."""
    there: Presence | None
    """None when nothing is known of the agent."""


class Glance:
    """One look at the rows for each change, however many pages are open."""

    def __init__(self, journal: DurableJournal, presences: Presences) -> None:
        self._journal = journal
        self._presences = presences
        self._looking = asyncio.Lock()
        self._change: asyncio.Event | None = None
        self._until = 0.0
        self._offers: dict[str, tuple[str, float]] = {}
        self._there: dict[str, Presence] = {}

    async def at(self, agent: str) -> Glanced:
        """Return what holds for an agent now."""
        async with self._looking:
            now = asyncio.get_running_loop().time()
            change = self._journal.next_change()
            if change is not self._change or now >= self._until:
                await self._look()
                # What changed during the look is looked at next time.
                self._change, self._until = change, now + FRESH_S
        return Glanced(self._offers.get(agent), self._there.get(agent))

    async def _look(self) -> None:
        query = select(calls.c.offered_to, calls.c.id, calls.c.offered_until).where(
            calls.c.offered_to.is_not(None)
        )
        async with self._journal.database.engine.connect() as connection:
            rows = list(await connection.execute(query))
        self._offers = {row.offered_to: (row.id, row.offered_until.timestamp()) for row in rows}
        self._there = {there.agent: there for there in await self._presences.all()}
