"""Colleagues: one click tells somebody that an agent had a heavy call, and nothing else of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from handoff.agents import Agents
from handoff.care.tables import care_told
from handoff.store.journal import DurableJournal

LENGTH = 300
"""Of what the agent may add."""
FRESH = timedelta(hours=10)
"""A line that nobody read in a shift is not shown at the next one."""


class NobodyThere(LookupError):
    """There is no such colleague."""


@dataclass(frozen=True)
class Told:
    """A kind line: somebody had a heavy call, and would like a colleague to look in."""

    id: int
    agent: str
    to: str
    at: datetime
    note: str
    """What the agent chose to add; empty for most."""


class Colleagues:
    """Tells colleagues, because the agent wants it."""

    def __init__(self, journal: DurableJournal, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._database = journal.database
        self._agents = Agents(journal.database)
        self._clock = clock

    async def choices(self, agent: str) -> list[str]:
        """Return who can be told: the buddy first, then the others by name."""
        profiles = await self._agents.all()
        buddy = profiles[agent].buddy if agent in profiles else None
        names = sorted(set(profiles) - {agent})
        return sorted(names, key=lambda name: name != buddy)

    async def tell(self, agent: str, to: str, note: str = "") -> None:
        """Tell a colleague; raises NobodyThere."""
        if to not in await self.choices(agent):
            raise NobodyThere(to)
        values = {
            "agent": agent,
            "to": to,
            "at": self._clock(),
            "note": " ".join(note.split())[:LENGTH],
        }
        async with self._database.writing.begin() as connection:
            await connection.execute(insert(care_told).values(**values))
        self._journal.tell_change()

    async def lines(self, colleague: str) -> list[Told]:
        """Return the lines that this colleague has not put away, oldest first."""
        mine = (care_told.c.to == colleague) & care_told.c.seen.is_(None)
        return await self._read(mine & (care_told.c.at > self._clock() - FRESH))

    async def told_by(self, agent: str) -> list[Told]:
        """Return whom the agent told in this shift, oldest first."""
        recent = care_told.c.at > self._clock() - FRESH
        return await self._read((care_told.c.agent == agent) & recent)

    async def put_away(self, colleague: str, number: int) -> None:
        """Take a line from the colleague's desk."""
        mine = (care_told.c.id == number) & (care_told.c.to == colleague)
        change = update(care_told).where(mine, care_told.c.seen.is_(None))
        async with self._database.writing.begin() as connection:
            await connection.execute(change.values(seen=self._clock()))

    async def _read(self, which: Any) -> list[Told]:
        query = select(care_told).where(which).order_by(care_told.c.id)
        async with self._database.engine.connect() as connection:
            return [_told(row) for row in await connection.execute(query)]


def _told(row: Row[Any]) -> Told:
    return Told(row.id, row.agent, row.to, row.at, row.note)
