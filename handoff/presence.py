"""Presence: who is there for callers, and who was when.

Away, available and break are the agent's own choice; busy and wrap-up follow from calls
(`handoff.store.presence_rows`). Nobody is offered a call without having asked for it: a
fresh login is away, and so is a desk whose page is closed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from handoff.store.journal import DurableJournal
from handoff.store.presence_rows import Choice as Choice
from handoff.store.presence_rows import Presence as Presence
from handoff.store.presence_rows import PresenceState as PresenceState
from handoff.store.presence_rows import (
    as_presence,
    choose_presence,
    presence_of,
    write_presence,
)
from handoff.store.tables import presence, presence_history

SEEN_EVERY_S = 30.0
"""An open page is noted so often at most: each note is a write."""
UNSEEN_S = 90.0
"""After so long without an open page an agent is away."""
GRACE_S = 15.0
"""After a page was closed, for it may only be loaded anew."""
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Was:
    """A state that an agent came to."""

    agent: str
    state: PresenceState
    at: datetime
    why: str
    """chosen, page_closed, missed_offers; accepted, ended, wrapped_up, returned, handed_on."""


class Presences:
    """The presence of all agents.

    Args:
        journal: Who waits for changes there is woken by changes here.
        clock: Tells the time.
    """

    def __init__(self, journal: DurableJournal, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._database = journal.database
        self._clock = clock

    async def of(self, agent: str) -> Presence:
        """Return how an agent is there now."""
        query = select(presence).where(presence.c.agent == agent)
        async with self._database.engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Presence(agent, "away", self._clock()) if row is None else as_presence(row)

    async def all(self) -> list[Presence]:
        """Return how everybody is there of whom anything is known, by name."""
        async with self._database.engine.connect() as connection:
            rows = await connection.execute(select(presence).order_by(presence.c.agent))
            return [as_presence(row) for row in rows]

    async def choose(
        self,
        agent: str,
        choice: Choice,
        *,
        break_minutes: float | None = None,
        why: str = "chosen",
    ) -> Presence:
        """Become away, available or go on a break; with a caller, when the call is wrapped up.

        Args:
            agent: Who.
            choice: What they want.
            break_minutes: How long the break is, if anybody said so.
            why: For the history.
        """
        now = self._clock()
        becomes = await self._database.write(
            lambda connection: choose_presence(
                connection, agent, choice, now, break_minutes=break_minutes, why=why
            )
        )
        self._journal.tell_change()
        return becomes

    async def seen(self, agent: str) -> None:
        """Note that the agent's page is open; cheap when it was noted a moment ago."""
        now = self._clock()
        known = (await self.of(agent)).seen
        if known is not None and (now - known).total_seconds() < SEEN_EVERY_S:
            return
        await self._note_seen(agent, now)

    async def closed(self, agent: str) -> None:
        """Note that the agent's last page in this process was closed; away in GRACE_S."""
        await self._note_seen(agent, self._clock() - timedelta(seconds=UNSEEN_S - GRACE_S))

    async def _note_seen(self, agent: str, when: datetime) -> None:
        now = self._clock()

        def note(connection: Connection) -> None:
            was = presence_of(connection, agent, now)
            write_presence(connection, replace(was, seen=when), was, "seen", now)

        await self._database.write(note)

    async def sweep(self, known: Iterable[Presence] | None = None) -> list[str]:
        """Let those be away whose page was closed a while ago; return their names."""
        now = self._clock()
        gone = [p.agent for p in (known or await self.all()) if _unseen(p, now)]
        for agent in gone:
            await self.choose(agent, "away", why="page_closed")
        return gone

    async def missed(self, agent: str, most: int) -> None:
        """Count an offer that expired; who let so many expire in a row becomes away."""
        now = self._clock()

        def count(connection: Connection) -> Presence:
            was = presence_of(connection, agent, now)
            becomes = replace(was, missed=was.missed + 1)
            write_presence(connection, becomes, was, "missed", now)
            return becomes

        becomes = await self._database.write(count)
        if becomes.missed >= most and becomes.state == "available":
            await self.choose(agent, "away", why="missed_offers")

    async def answered(self, agent: str) -> None:
        """Note that the agent answers offers."""
        now = self._clock()

        def note(connection: Connection) -> None:
            was = presence_of(connection, agent, now)
            if was.missed:
                write_presence(connection, replace(was, missed=0), was, "answered", now)

        await self._database.write(note)

    async def history(self, since: datetime, agent: str | None = None) -> list[Was]:
        """Return the states that agents came to since a moment, oldest first."""
        query = select(presence_history).where(presence_history.c.at >= since)
        if agent is not None:
            query = query.where(presence_history.c.agent == agent)
        async with self._database.engine.connect() as connection:
            rows = await connection.execute(query.order_by(presence_history.c.id))
            return [Was(row.agent, row.state, row.at, row.why) for row in rows]

    async def why(self, agent: str) -> str | None:
        """Return why an agent came to the present state (`Was.why`); None when it never changed."""
        query = (
            select(presence_history.c.why)
            .where(presence_history.c.agent == agent)
            .order_by(presence_history.c.id.desc())
            .limit(1)
        )
        async with self._database.engine.connect() as connection:
            why: str | None = (await connection.execute(query)).scalar_one_or_none()
        return why

    async def worked_h(self) -> dict[str, float]:
        """Return the hours that each agent was on duty in the past seven days."""
        now = self._clock()
        return hours_on_duty(await self.history(now - WEEK), now)


def at_work(there: Presence, now: datetime) -> bool:
    """Tell whether an agent is there: on duty, or with the desk open, where cards can be taken."""
    if there.state != "away":
        return True
    return there.seen is not None and (now - there.seen).total_seconds() < UNSEEN_S


def hours_on_duty(history: Sequence[Was], now: datetime) -> dict[str, float]:
    """Add up the hours in which agents were not away; `history` is oldest first."""
    since: dict[str, datetime] = {}
    hours: dict[str, float] = {}
    for was in history:
        if was.state == "away":
            if was.agent in since:
                spent = was.at - since.pop(was.agent)
                hours[was.agent] = hours.get(was.agent, 0.0) + spent.total_seconds() / 3600
        else:
            since.setdefault(was.agent, was.at)
    for agent, at in since.items():
        hours[agent] = hours.get(agent, 0.0) + (now - at).total_seconds() / 3600
    return hours


def _unseen(there: Presence, now: datetime) -> bool:
    """Tell whether an agent waits for calls at a page that is closed."""
    if there.choice != "available":
        return False
    return there.seen is None or (now - there.seen).total_seconds() >= UNSEEN_S
