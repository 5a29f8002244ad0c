"""Breaks: after a heavy call the agent is offered one first, and has it in peace when it is taken.

The agent decides: take it, put it off until after the next call (once), or not now. While the
question is open no call is offered, for a few minutes at most. Nobody is asked why a break was
declined, and it is counted nowhere.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from loguru import logger
from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import Bridged, CallEnded, HandedOn, IncidentReported, Returned, WrappedUp
from handoff.care.happenings import Stint, stints
from handoff.care.rules import BreakRules, PauseInForce
from handoff.care.tables import care_breaks
from handoff.jobs import Payload, Timers
from handoff.presence import Choice, Presences
from handoff.routing_rules import Rules
from handoff.store.journal import DurableJournal
from handoff.store.presence_rows import choose_presence, presence_of
from handoff.store.tables import events

KIND = "care_break"
"""Of the timer."""
ENDS = tuple(
    kind.__name__ for kind in (Bridged, CallEnded, HandedOn, IncidentReported, Returned, WrappedUp)
)
"""After these a call may have become one with a break, or a break may begin."""
LATE = timedelta(seconds=5)
"""A break that is over by so much, whose timer did not ring, is ended at the next look."""
WHY = "care_break"
OVER = "care_break_over"

State = Literal["offered", "postponed", "taken", "declined", "lapsed", "joined"]
Answer = Literal["take", "postpone", "decline"]


class NotOpen(LookupError):
    """This break is not offered to this agent any more, or can't be put off again."""


@dataclass(frozen=True)
class Break:
    """A break after a heavy call."""

    id: int
    agent: str
    call_id: str
    state: State
    offered: datetime
    minutes: float
    points: float
    because: tuple[str, ...]
    """What made the call heavy: signs, levels, "long"."""
    postponed: datetime | None
    answered: datetime | None
    back_to: Choice | None
    until: datetime | None
    """When it ends; None while it waits for the end of the wrap-up."""
    ended: datetime | None

    @property
    def may_wait(self) -> bool:
        """Whether it can be put off until after the next call: once."""
        return self.postponed is None


class Breaks:
    """The breaks of all agents; every process may have one, on the same database.

    Args:
        journal: The record.
        presences: Where a break is kept while it lasts.
        timers: End them.
        clock: Tells the time.
        pause: How long they are.
        routing: What makes a call heavy.
    """

    def __init__(
        self,
        journal: DurableJournal,
        presences: Presences,
        timers: Timers,
        clock: Callable[[], datetime],
        pause: PauseInForce,
        routing: Rules,
    ) -> None:
        self._journal = journal
        self._database = journal.database
        self._presences = presences
        self._timers = timers
        self._clock = clock
        self._pause = pause
        self._routing = routing
        self._position: int | None = None
        self._one_at_a_time = asyncio.Lock()
        timers.on(KIND, self._ring)

    @property
    def _rules(self) -> BreakRules:
        return self._pause.now

    async def resting(self) -> frozenset[str]:
        """Return whom no call is to be offered to now, for they are asked about a break.

        Takes in what happened first: whoever asks before offering a call can't be too fast.
        """
        await self.keep_up()
        since = self._clock() - timedelta(minutes=self._rules.answer_minutes)
        query = select(care_breaks.c.agent).where(
            care_breaks.c.state == "offered", care_breaks.c.offered > since
        )
        async with self._database.engine.connect() as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def keep_up(self) -> None:
        """Offer breaks for what happened since the last time; begin those that were waited for."""
        async with self._one_at_a_time:
            query = select(events.c.position, events.c.call_id, events.c.at).where(
                events.c.kind.in_(ENDS)
            )
            if self._position is None:
                since = self._clock() - timedelta(minutes=self._rules.open_minutes)
                query = query.where(events.c.at > since)
            else:
                query = query.where(events.c.position > self._position)
            async with self._database.engine.connect() as connection:
                rows = list(await connection.execute(query.order_by(events.c.position)))
            for call_id in dict.fromkeys(row.call_id for row in rows):
                await self._after(call_id)
            if rows or self._position is None:
                await self._lapse()
                await self._settle()
                self._position = max((row.position for row in rows), default=self._position or 0)

    async def open(self, agent: str) -> Break | None:
        """Return the break that the agent is asked about, or has taken and not ended."""
        await self.keep_up()
        await self._settle(agent)
        since = self._clock() - timedelta(minutes=self._rules.open_minutes)
        c = care_breaks.c
        asked = (c.state == "offered") & (c.offered > since)
        having = (c.state == "taken") & c.ended.is_(None)
        query = select(care_breaks).where(c.agent == agent, asked | having)
        async with self._database.engine.connect() as connection:
            rows = await connection.execute(query.order_by(c.state.desc(), c.id.desc()).limit(1))
            row = rows.one_or_none()
        return None if row is None else _break(row)

    async def since(self, moment: datetime) -> list[Break]:
        """Return the breaks that were offered since a moment, oldest first."""
        query = select(care_breaks).where(care_breaks.c.offered >= moment)
        async with self._database.engine.connect() as connection:
            rows = await connection.execute(query.order_by(care_breaks.c.id))
            return [_break(row) for row in rows]

    async def answer(self, agent: str, number: int, answer: Answer) -> None:
        """Take a break, put it off, or say no; raises NotOpen."""
        now = self._clock()
        c = care_breaks.c
        mine = (c.id == number) & (c.agent == agent) & (c.state == "offered")
        values: dict[str, Any] = {"answered": now}
        if answer == "take":
            values |= {"state": "taken"}
        elif answer == "postpone":
            values |= {"state": "postponed", "postponed": now}
            mine &= c.postponed.is_(None)
        else:
            values |= {"state": "declined"}
        async with self._database.writing.begin() as connection:
            changed = update(care_breaks).where(mine).values(**values)
            if (await connection.execute(changed)).rowcount != 1:
                raise NotOpen(number)
            if answer == "take":
                await self._begin(connection, number, agent, now)
        if answer == "take":
            await self._settle(agent)
        self._journal.tell_change()

    async def _begin(
        self, connection: AsyncConnection, number: int, agent: str, now: datetime
    ) -> None:
        """Let an agent be in a break, in the transaction that notes that it was taken."""
        this = care_breaks.c.id == number
        minutes = (await connection.execute(select(care_breaks.c.minutes).where(this))).scalar_one()
        back_to = (await connection.run_sync(presence_of, agent, now)).choice
        await connection.execute(update(care_breaks).where(this).values(back_to=back_to))
        await connection.run_sync(
            choose_presence, agent, "break", now, break_minutes=minutes, why=WHY
        )

    async def end(self, agent: str) -> None:
        """End the agent's break before its time; does nothing when there is none."""
        found = await self.open(agent)
        if found is not None and found.state == "taken":
            await self._end(found.id)

    async def _after(self, call_id: str) -> None:
        """Offer what is due after what happened in a call."""
        told = await self._journal.read(call_id)
        since = self._clock() - timedelta(minutes=self._rules.open_minutes)
        for stint in stints(told, self._routing.weight):
            over = stint.left or (stint.hung_up if stint.talked else None)
            if over is None or over < since:
                continue
            if stint.left is not None:
                await self._ask_again(stint)
            if stint.weighs.heavy:
                await self._offer(call_id, stint, over)

    async def _offer(self, call_id: str, stint: Stint, at: datetime) -> None:
        c = care_breaks.c
        minutes = self._rules.length(stint.weighs.points)
        open_ones = (c.agent == stint.agent) & c.state.in_(("offered", "postponed"))
        query = select(care_breaks).where(open_ones)
        known = select(care_breaks).where(c.agent == stint.agent, c.call_id == call_id)
        try:
            async with self._database.writing.begin() as connection:
                if (row := (await connection.execute(known)).first()) is not None:
                    # Offered when the caller hung up: time to answer begins after the wrap-up.
                    mine = (c.agent == stint.agent) & (c.call_id == call_id)
                    waits = mine & (c.state == "offered") & (c.offered < at)
                    await connection.execute(update(care_breaks).where(waits).values(offered=at))
                    await self._lengthen(connection, _break(row), stint)
                    return
                before = [_break(row) for row in await connection.execute(query)]
                # Two at once are one: as long as both together, within reason.
                joined = [b for b in before if self._is_open(b)]
                total = minutes + sum(each.minutes for each in joined)
                ids = [each.id for each in joined]
                gone = update(care_breaks).where(c.id.in_(ids)).values(state="joined")
                await connection.execute(gone)
                values = {
                    "agent": stint.agent,
                    "call_id": call_id,
                    "state": "offered",
                    "offered": at,
                    "minutes": max(minutes, min(total, self._rules.most_minutes)),
                    "points": stint.weighs.points,
                    "because": list(stint.weighs.because),
                }
                await connection.execute(insert(care_breaks).values(values))
        except IntegrityError:  # Another process saw the same.
            return
        self._journal.tell_change()

    async def _lengthen(self, connection: AsyncConnection, known: Break, stint: Stint) -> None:
        """Let a break that is open be as long as its call weighs by now: by a report, say."""
        if stint.weighs.points <= known.points:
            return
        more = self._rules.length(stint.weighs.points) - self._rules.length(known.points)
        longer = min(known.minutes + more, self._rules.most_minutes)
        c = care_breaks.c
        this = (c.id == known.id) & c.state.in_(("offered", "postponed"))
        changed = (
            update(care_breaks)
            .where(this)
            .values(
                minutes=max(known.minutes, longer),
                points=stint.weighs.points,
                because=list(stint.weighs.because),
            )
        )
        await connection.execute(changed)

    def _is_open(self, found: Break) -> bool:
        age = self._clock() - found.offered
        return found.state == "postponed" or age < timedelta(minutes=self._rules.open_minutes)

    async def _ask_again(self, stint: Stint) -> None:
        """Offer a break again that was put off, now that the next call is over."""
        c = care_breaks.c
        due = (c.agent == stint.agent) & (c.state == "postponed") & (c.postponed < stint.left)
        # Put off during the wrap-up of its own call: that is not the next one yet.
        due &= c.postponed <= stint.accepted
        again = update(care_breaks).where(due).values(state="offered", offered=stint.left)
        async with self._database.writing.begin() as connection:
            await connection.execute(again)

    async def _lapse(self) -> None:
        """Close the offers that nobody answered."""
        c = care_breaks.c
        since = self._clock() - timedelta(minutes=self._rules.open_minutes)
        over = update(care_breaks).where(c.state == "offered", c.offered <= since)
        async with self._database.writing.begin() as connection:
            await connection.execute(over.values(state="lapsed"))

    async def _settle(self, agent: str | None = None) -> None:
        """Set the end of breaks that have begun, and end those that the agent left otherwise.

        Looked at as a whole: what was left half way, by kill or restart, is taken up here.
        """
        c = care_breaks.c
        query = select(care_breaks).where(c.state == "taken", c.ended.is_(None))
        if agent is not None:
            query = query.where(c.agent == agent)
        async with self._database.engine.connect() as connection:
            found = [_break(row) for row in await connection.execute(query)]
        late = self._clock() - LATE
        for each in found:
            there = await self._presences.of(each.agent)
            values: dict[str, datetime] = {}
            if there.choice != "break":
                values["ended"] = self._clock()
            elif there.state == "break" and each.until is None:
                # In a wrap-up it waits, and begins, whole, after that.
                until = there.until or self._clock() + timedelta(minutes=each.minutes)
                if await self._time(each.id, until):
                    values["until"] = until
            elif there.state == "break" and each.until is not None and each.until < late:
                await self._end(each.id)  # A timer was lost: nobody stays in a break for it.
            if values:
                change = update(care_breaks).where(c.id == each.id).values(**values)
                async with self._database.writing.begin() as connection:
                    await connection.execute(change)

    async def _time(self, number: int, until: datetime) -> bool:
        try:
            await self._timers.at(KIND, str(number), until, {"id": number})
        except Exception as error:  # timers may be out of order; calls go on, and we try again
            logger.error(f"the end of break {number} is not timed: {error!r}")
            return False
        return True

    async def _ring(self, payload: Payload) -> None:
        await self._end(int(payload["id"]))

    async def _end(self, number: int) -> None:
        """End a break once; the agent is again what they chose to be before."""
        c = care_breaks.c
        mine = (c.id == number) & (c.state == "taken") & c.ended.is_(None)
        now = self._clock()
        async with self._database.writing.begin() as connection:
            row = (await connection.execute(select(care_breaks).where(mine))).one_or_none()
            ended = update(care_breaks).where(mine).values(ended=now)
            if row is None or not (await connection.execute(ended)).rowcount:
                return
            there = await connection.run_sync(presence_of, row.agent, now)
            if there.choice == "break":  # Who went away meanwhile, stays away.
                back_to: Choice = "away" if row.back_to == "away" else "available"
                await connection.run_sync(choose_presence, row.agent, back_to, now, why=OVER)
        self._journal.tell_change()


def missed(breaks: Sequence[Break], now: datetime, rules: BreakRules) -> list[Break]:
    """Return the breaks that did not come about; one that was declined is not missed."""
    age = timedelta(minutes=rules.open_minutes)
    return [
        each
        for each in breaks
        if each.state == "lapsed"
        or (each.state in ("offered", "postponed") and now - each.offered >= age)
    ]


def _break(row: Row[Any]) -> Break:
    values = dict(row._mapping)
    return Break(**{**values, "because": tuple(values["because"])})
