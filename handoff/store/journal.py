"""DurableJournal: the record of every call, in the database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import Connection, Select, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.events import Body, CallEnded, Event
from bot.journal import CallExists, JournalFull
from handoff.state import State
from handoff.store.bell import Bell
from handoff.store.call_rows import CallSummary, CallUnknown, Placed, call_summary, placed
from handoff.store.callback_rows import keep_callbacks
from handoff.store.database import Database
from handoff.store.incident_rows import keep_incidents
from handoff.store.presence_rows import keep_presence
from handoff.store.sharing import Shared
from handoff.store.summary import summary
from handoff.store.tables import calls, events, ledger
from handoff.store.withdrawal import withdrawal
from handoff.urgency import Urgency

__all__ = ["CallSummary", "CallUnknown", "Decide", "DurableJournal", "Placed"]

T = TypeVar("T")

PAGE = 500
"""Events read from the database at a time."""


Decide = Callable[[Connection, CallSummary], Sequence[Body]]
"""Looks at a call as it stands, and says what is to be stored; nothing if it does not fit."""


class DurableJournal:
    """Keeps events in SQLite or PostgreSQL; implements `bot.journal.Journal`.

    Within this process whoever follows is woken by the write itself. A watcher
    looks every `poll` seconds for what other processes wrote.

    Args:
        url: SQLAlchemy URL with an async driver.
        clock: Stamps the events.
        owner: Whose calls these are. Machines that share one PostgreSQL each need
            their own fixed name: at start a machine closes what it left open itself.
        poll: Seconds between two looks for other processes' events.
    """

    def __init__(
        self,
        url: str,
        clock: Callable[[], datetime],
        *,
        owner: str = "kalm",
        poll: float = 0.5,
    ) -> None:
        self.database = Database(url)
        self._clock = clock
        self._owner = owner
        self._poll = poll
        self._line = asyncio.Lock()
        # A bell lives as long as someone follows its call.
        self._bells: WeakValueDictionary[str, Bell] = WeakValueDictionary()
        self._any = Bell()
        # All who are up to date ask for the same new events at the same moment.
        self._fed: Shared[list[Placed]] = Shared(self._any.next_ring)
        self._last = 0
        self._watcher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Bring the schema up to date and start to watch."""
        await self.database.start()
        self._last = await self.last_position()
        self._watcher = asyncio.create_task(self._watch(), name="journal watcher")

    async def close(self) -> None:
        """Stop watching, let a write that is under way end, and let go of the database."""
        if self._watcher is not None:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        async with self._line:
            await self.database.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def open(self, call_id: str, *bodies: Body) -> list[Event]:
        """Store the first events of a new call; raises CallExists, JournalFull."""
        return await self._finish(self._store(call_id, bodies, new=True))

    async def append(self, call_id: str, *bodies: Body) -> list[Event]:
        """Store events at the end of a call, all or none; raises JournalFull, CallUnknown.

        They are on disk when this returns.
        """
        return await self._finish(self._store(call_id, bodies))

    async def append_if(self, state: State, call_id: str, *bodies: Body) -> list[Event]:
        """Append only if the call stands at `state`, else return nothing.

        The check and the write are one: of two agents who accept at once, one
        gets events and the other an empty list.
        """

        def decide(_connection: Connection, found: CallSummary) -> Sequence[Body]:
            return bodies if found.state == state else ()

        return await self.append_when(call_id, decide)

    async def append_when(self, call_id: str, decide: Decide) -> list[Event]:
        """Append what is decided on the call as it stands when nobody else can write.

        Raises JournalFull, CallUnknown. Returns nothing when nothing was decided.
        """
        return await self._finish(self._store(call_id, decide=decide))

    async def read(self, call_id: str, after: int = 0) -> list[Event]:
        """Return the events of a call with seq above `after`, in order."""
        query = (
            select(events)
            .where(events.c.call_id == call_id, events.c.seq > after)
            .order_by(events.c.seq)
        )
        return [placed.event for placed in await self._read(query)]

    async def follow(self, call_id: str, after: int = 0) -> AsyncIterator[Event]:
        """Yield the call's events with seq above `after`, past and then as they come."""
        bell = self._bells.setdefault(call_id, Bell())
        while True:
            ring = bell.next_ring()
            for event in await self.read(call_id, after):
                after = event.seq
                yield event
            await ring.wait()

    async def feed(self, after: int) -> AsyncIterator[Placed]:
        """Yield the events of all calls with a position above `after`, as they come."""
        while True:
            ring = self._any.next_ring()
            query = select(events).where(events.c.position > after).order_by(events.c.position)
            found = await self._fed.get(after, partial(self._read, query.limit(PAGE)))
            for one in found:
                after = one.position
                yield one
            if len(found) < PAGE:
                await ring.wait()

    def next_change(self) -> asyncio.Event:
        """Return an event that is set when something of any call changes.

        Take it, look whether what matters changed, and wait for it if not.
        """
        return self._any.next_ring()

    def tell_change(self) -> None:
        """Wake who waits for changes: something was stored that is no event of a call."""
        self._any.ring()

    async def last_position(self) -> int:
        """Return the position of the latest event of all."""
        return await _whole(self._last_position())

    async def _last_position(self) -> int:
        async with self.database.engine.connect() as connection:
            return int((await connection.execute(select(ledger.c.last))).scalar_one())

    async def summaries(
        self, *states: State, limit: int = 200, urgent: Urgency = Urgency.NORMAL
    ) -> list[CallSummary]:
        """Return the calls in these states that are at least so urgent.

        The most urgent first, of those the longest waiting; closed ones newest first.
        """
        order = [calls.c.urgency.desc(), calls.c.waiting_since, calls.c.changed]
        if states == ("closed",):
            order = [calls.c.changed.desc()]
        chosen = calls.c.state.in_(states) & (calls.c.urgency >= urgent)
        query = select(calls).where(chosen).order_by(*order).limit(limit)
        async with self.database.engine.connect() as connection:
            return [call_summary(row) for row in await connection.execute(query)]

    async def summary(self, call_id: str) -> CallSummary | None:
        """Return what lists show of one call."""
        async with self.database.engine.connect() as connection:
            result = await connection.execute(select(calls).where(calls.c.id == call_id))
            row = result.one_or_none()
            return None if row is None else call_summary(row)

    async def close_interrupted(self) -> list[str]:
        """Close the calls that this owner left open when it stopped; return their ids.

        To be called at start, before the first new call.
        """
        query = select(calls.c.id).where(calls.c.owner == self._owner, calls.c.ended.is_(None))
        async with self.database.engine.connect() as connection:
            left_open = [str(row.id) for row in await connection.execute(query)]
        for call_id in left_open:
            await self.append(call_id, CallEnded(outcome="interrupted", by="system"))
        return left_open

    async def _read(self, query: Select[Any]) -> list[Placed]:
        return await _whole(self._read_now(query))

    async def _read_now(self, query: Select[Any]) -> list[Placed]:
        async with self.database.engine.connect() as connection:
            return [placed(row) for row in await connection.execute(query)]

    async def _finish(self, work: Any) -> list[Event]:
        # A caller who hangs up cancels whatever the call is doing. What is being
        # stored is stored or not, but never left half way with the lock held.
        return list(await asyncio.shield(asyncio.ensure_future(work)))

    async def _store(
        self,
        call_id: str,
        bodies: Sequence[Body] = (),
        *,
        new: bool = False,
        decide: Decide | None = None,
    ) -> list[Event]:
        if not bodies and decide is None:
            raise ValueError("no events to store")
        async with self._line:
            try:
                stored = await self.database.write(
                    lambda connection: self._write(connection, call_id, bodies, new, decide)
                )
            except IntegrityError as error:
                if new:
                    raise CallExists(call_id) from error
                raise JournalFull(str(error)) from error
            except (SQLAlchemyError, OSError) as error:
                raise JournalFull(str(error)) from error
        if stored:
            self._tell(call_id, stored)
        # What followed by itself is not what was asked for.
        return [placed.event for placed in stored if not placed.followed]

    def _write(
        self,
        connection: Connection,
        call_id: str,
        bodies: Sequence[Body],
        new: bool,
        decide: Decide | None,
    ) -> list[Placed]:
        # Writers of all processes stand in line here.
        last = connection.execute(select(ledger.c.last).with_for_update()).scalar_one()
        row = None
        if not new:
            row = connection.execute(select(calls).where(calls.c.id == call_id)).one_or_none()
            if row is None:
                raise CallUnknown(call_id)
            if decide is not None:
                bodies = decide(connection, call_summary(row))
                if not bodies:
                    connection.rollback()
                    return []
        void = withdrawal(None if row is None else row.offered_to, bodies)
        count = len(bodies) + (void is not None)
        first = int(last) + 1
        connection.execute(update(ledger).values(last=int(last) + count))
        now = self._clock()
        seq = 1 if row is None else int(row.last_seq) + 1
        stored = [
            Placed(
                first + n,
                Event(call_id=call_id, seq=seq + n, at=now, body=body),
                followed=n >= len(bodies),
            )
            for n, body in enumerate([*bodies, void] if void else bodies)
        ]
        before = None if row is None else dict(row._mapping)
        values = {
            **summary(before, [p.event for p in stored]),
            "last_seq": seq + count - 1,
            "changed": first + count - 1,
        }
        if row is None:
            connection.execute(insert(calls).values(id=call_id, owner=self._owner, **values))
        else:
            connection.execute(update(calls).where(calls.c.id == call_id).values(**values))
        connection.execute(
            insert(events),
            [
                {
                    "position": p.position,
                    "call_id": call_id,
                    "seq": p.event.seq,
                    "at": now,
                    "kind": p.event.body.kind,
                    "body": p.event.body.model_dump(mode="json"),
                }
                for p in stored
            ],
        )
        keep_incidents(connection, call_id, bodies)
        keep_callbacks(connection, [p.event for p in stored])
        keep_presence(connection, call_id, before, [p.event for p in stored])
        return stored

    def _tell(self, call_id: str, stored: Sequence[Placed]) -> None:
        between = stored[0].position > self._last + 1
        self._last = stored[-1].position
        if between:  # Another process wrote since we last looked, in whichever calls.
            self._ring_all()
        elif (bell := self._bells.get(call_id)) is not None:
            bell.ring()
        self._any.ring()

    def _ring_all(self) -> None:
        for bell in list(self._bells.values()):
            bell.ring()
        self._any.ring()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._poll)
            try:
                position = await self.last_position()
            except (SQLAlchemyError, OSError):
                continue  # The next write says so to whom it concerns.
            if position > self._last:
                self._last = position
                self._ring_all()


async def _whole(read: Coroutine[Any, Any, T]) -> T:
    """Finish a read that is under way when we are cancelled: broken off, it costs a connection."""
    reading = asyncio.ensure_future(read)
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        await asyncio.wait({reading})
        raise
