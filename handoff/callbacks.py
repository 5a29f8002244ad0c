"""Callbacks: promised call backs are tasks that ring, until somebody was reached.

A call back rings at its moment with whoever promised it, and a little later with everyone.
Who is not reached is planned again, twice at most; then it is a supervisor's. The rows are
written with the events, and the moment is kept by durable timers, so that no restart
forgets a promise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from sqlalchemy import Connection, select, update

from bot.events import Body, CallbackPlanned, CallbackTried
from handoff.jobs import Payload, Timers
from handoff.numbers import e164
from handoff.store.call_rows import CallSummary
from handoff.store.callback_rows import AGAIN
from handoff.store.journal import DurableJournal
from handoff.store.tables import callbacks, calls

KIND = "callback"
"""Of the timer."""
EVERYONES_AFTER = timedelta(minutes=5)
"""When nobody tried by then, it rings with everyone: who promised it may be ill."""
PAUSE = timedelta(hours=2)
"""Between tries, if the agent names no other moment."""
MANY = 100
"""Call backs that a list shows."""

Result = Literal["reached", "not_reached", "no_longer_needed"]


@dataclass(frozen=True)
class Callback:
    """A call back that is to be made."""

    call_id: str
    of: int
    """`seq` of the CallbackPlanned."""
    agent: str | None
    """Who promised to call; None for whoever is free."""
    due: datetime
    number: str
    """E.164."""
    about: str
    tries: int
    """How often nobody was reached before."""
    unreached: bool
    """Tried as often as we try: a supervisor decides."""
    rings: bool
    """Its moment has come."""
    late: bool
    """It should have been made by now, by more than a few minutes."""
    customer_name: str | None


class NotThere(LookupError):
    """There is no such call back, or it was made already."""


class NoNumber(ValueError):
    """This is no telephone number that can be called."""


class PastMoment(ValueError):
    """The moment is over already."""


class Callbacks:
    """The call backs of all calls.

    Args:
        journal: The record.
        clock: Tells the time.
        zone: Where times are meant.
        timers: Keep the moments; None where nothing rings by itself (pages still show it).
    """

    def __init__(
        self,
        journal: DurableJournal,
        clock: Callable[[], datetime],
        zone: tzinfo,
        timers: Timers | None = None,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._zone = zone
        self._timers = timers
        if timers is not None:
            timers.on(KIND, self.ring)

    async def plan(
        self, call_id: str, agent: str | None, due: datetime, number: str, about: str = ""
    ) -> None:
        """Plan a call back; raises NoNumber, PastMoment, CallUnknown, JournalFull."""
        await self._journal.append(call_id, self.planned(agent, due, number, about))

    def planned(
        self, agent: str | None, due: datetime, number: str, about: str = ""
    ) -> CallbackPlanned:
        """Return the event of a call back; raises NoNumber, PastMoment."""
        known = e164(number)
        if known is None:
            raise NoNumber(number)
        if due <= self._clock():
            raise PastMoment(due.isoformat())
        return CallbackPlanned(agent=agent, due=due, number=known, about=" ".join(about.split()))

    async def keep_all(self) -> None:
        """Set the timer of every call back that has none yet: after a start, and what bots plan."""
        query = select(callbacks.c.call_id, callbacks.c.of, callbacks.c.due).where(
            callbacks.c.state == "planned", callbacks.c.rang.is_(None)
        )
        async with self._journal.database.engine.connect() as connection:
            rows = list(await connection.execute(query))
        for row in rows:
            await self._set(row.call_id, row.of, row.due)

    async def follow(self) -> None:
        """Set timers for what is planned from now on, by whomever; runs until cancelled."""
        after = await self._journal.last_position()
        await self.keep_all()
        async for placed in self._journal.feed(after):
            event = placed.event
            if isinstance(event.body, CallbackPlanned):
                await self._set(event.call_id, event.seq, event.body.due)

    async def ring(self, payload: Payload) -> None:
        """Note that the moment came, and wake the desks; rings once."""
        row = (callbacks.c.call_id == payload["call_id"]) & (callbacks.c.of == payload["of"])
        change = update(callbacks).where(row, callbacks.c.rang.is_(None))
        async with self._journal.database.writing.begin() as connection:
            await connection.execute(change.values(rang=self._clock()))
        self._journal.tell_change()

    async def tried(
        self, call_id: str, of: int, agent: str, result: Result, again: datetime | None = None
    ) -> None:
        """Note how a call back went; who was not reached is planned again.

        Args:
            call_id: The call in which it was promised.
            of: `seq` of the CallbackPlanned.
            agent: Who called.
            result: How it went.
            again: When to try again; two hours from now if not told.

        Raises:
            NotThere, PastMoment, CallUnknown, JournalFull: Nothing was changed.
        """
        now = self._clock()
        if again is not None and again <= now:
            raise PastMoment(again.isoformat())

        def decide(connection: Connection, _call: CallSummary) -> Sequence[Body]:
            # Of two colleagues who call the same caller back, one is told so.
            row = (callbacks.c.call_id == call_id) & (callbacks.c.of == of)
            found = connection.execute(select(callbacks).where(row)).one_or_none()
            if found is None or found.state not in ("planned", "unreached"):
                return ()
            tried = CallbackTried(of=of, agent=agent, result=result)
            # Who names a moment means it, however often it was tried.
            if result != "not_reached" or (again is None and found.tries >= AGAIN):
                return (tried,)
            due = again or now + PAUSE
            return (
                tried,
                CallbackPlanned(agent=found.agent, due=due, number=found.number, about=found.about),
            )

        stored = await self._journal.append_when(call_id, decide)
        if not stored:
            raise NotThere(f"{call_id}, {of}")

    async def due(self, agent: str | None = None, *, supervises: bool = False) -> list[Callback]:
        """Return the call backs that are to be made, soonest first.

        Args:
            agent: Whose list it is: their own, those of nobody in particular, and those that
                nobody made in time. None for all.
            supervises: Whether to show those that were tried in vain, too.
        """
        states = ("planned", "unreached") if supervises else ("planned",)
        query = (
            select(callbacks, calls.c.customer_name)
            .join(calls, calls.c.id == callbacks.c.call_id)
            .where(callbacks.c.state.in_(states))
            .order_by(callbacks.c.due)
        )
        now = self._clock()
        if agent is not None:
            everyones = callbacks.c.agent.is_(None) | (callbacks.c.due <= now - EVERYONES_AFTER)
            mine = everyones | (callbacks.c.agent == agent)
            query = query.where(mine | (callbacks.c.state == "unreached"))
        async with self._journal.database.engine.connect() as connection:
            rows = await connection.execute(query.limit(MANY))
            return [
                Callback(
                    call_id=row.call_id,
                    of=row.of,
                    agent=row.agent,
                    due=row.due.astimezone(self._zone),
                    number=row.number,
                    about=row.about,
                    tries=row.tries,
                    unreached=row.state == "unreached",
                    rings=row.state == "planned" and row.due <= now,
                    late=row.due <= now - EVERYONES_AFTER,
                    customer_name=row.customer_name,
                )
                for row in rows
            ]

    async def next_moment(self) -> datetime | None:
        """Return when a list changes by itself: a call back is due, or everyone's."""
        now = self._clock()
        query = select(callbacks.c.due).where(
            callbacks.c.state == "planned", callbacks.c.due > now - EVERYONES_AFTER
        )
        async with self._journal.database.engine.connect() as connection:
            dues = [row.due for row in await connection.execute(query.order_by("due").limit(MANY))]
        moments = [m for due in dues for m in (due, due + EVERYONES_AFTER) if m > now]
        return min(moments, default=None)

    async def _set(self, call_id: str, of: int, due: datetime) -> None:
        if self._timers is not None:
            payload: Payload = {"call_id": call_id, "of": of}
            await self._timers.at(KIND, f"{call_id}-{of}", due, payload)
