"""Debriefs: what an agent writes down after a call, read by nobody else unless it is shared.

There is no way to ask for somebody's debriefs without being them, but for `shared`: neither
supervisors nor administrators have one. No API reads them, and no event tells of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from handoff.care.tables import care_debriefs
from handoff.store.database import Database

QUESTIONS = ("happened", "now", "helps", "change", "anything")
"""All optional; their words are in `texts`."""
LENGTH = 4000


class Missing(LookupError):
    """The agent has no such debrief."""


class NothingWritten(ValueError):
    """Every answer is empty."""


@dataclass(frozen=True)
class Debrief:
    """What an agent wrote down."""

    id: int
    agent: str
    at: datetime
    answers: Mapping[str, str]
    """By question, those that were answered."""
    shared: datetime | None


class Debriefs:
    """The debriefs of all agents, each for its own writer."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def write(self, agent: str, answers: Mapping[str, str]) -> None:
        """Keep a debrief; raises NothingWritten."""
        given = {
            name: text for name in QUESTIONS if (text := answers.get(name, "").strip()[:LENGTH])
        }
        if not given:
            raise NothingWritten
        row = {"agent": agent, "at": self._clock(), "answers": given}
        async with self._database.writing.begin() as connection:
            await connection.execute(insert(care_debriefs).values(**row))

    async def own(self, agent: str) -> list[Debrief]:
        """Return what this agent wrote, newest first."""
        return await self._read(care_debriefs.c.agent == agent)

    async def shared(self) -> list[Debrief]:
        """Return what agents share with their supervisors, newest first."""
        return await self._read(care_debriefs.c.shared.is_not(None))

    async def share(self, agent: str, number: int, *, shared: bool) -> None:
        """Let supervisors read one, or not any more; raises Missing."""
        at = self._clock() if shared else None
        changed = update(care_debriefs).where(_own(agent, number)).values(shared=at)
        async with self._database.writing.begin() as connection:
            if (await connection.execute(changed)).rowcount != 1:
                raise Missing(number)

    async def delete(self, agent: str, number: int) -> None:
        """Remove one for good; raises Missing."""
        async with self._database.writing.begin() as connection:
            gone = delete(care_debriefs).where(_own(agent, number))
            if (await connection.execute(gone)).rowcount != 1:
                raise Missing(number)

    async def _read(self, which: Any) -> list[Debrief]:
        query = select(care_debriefs).where(which).order_by(care_debriefs.c.id.desc())
        async with self._database.engine.connect() as connection:
            return [_debrief(row) for row in await connection.execute(query)]


def _own(agent: str, number: int) -> Any:
    return (care_debriefs.c.agent == agent) & (care_debriefs.c.id == number)


def _debrief(row: Row[Any]) -> Debrief:
    return Debrief(row.id, row.agent, row.at, row.answers, row.shared)
