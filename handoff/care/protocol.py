"""Protocol: what supervisors do for their people after a threat, until nothing is left open.

The steps are made from the record, so that nobody has to think of starting; each rings when it
is due, and again until somebody ticks it. What is left out is left out by a name and a reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import IncidentReported, Language, OfferAccepted, Sign
from handoff.care.rules import Item, ProtocolRules, own_rules
from handoff.care.tables import care_steps
from handoff.jobs import Payload, Timers
from handoff.store.journal import DurableJournal
from handoff.store.tables import events, incidents

KIND = "care_step"
"""Of the timer."""
WHY_LENGTH = 2000
NOT_OLDER = timedelta(days=30)
"""Incidents from before this are not taken up when a protocol is switched on."""
BEFORE_DECIDING = frozenset(item.name for item in own_rules().protocol.items if item.first)
BY_DECIDING = frozenset(item.name for item in own_rules().protocol.items if item.decided)


class NotThere(LookupError):
    """There is no such step, or it is closed already."""


class WhyMissing(ValueError):
    """A step that is left out needs a reason."""


@dataclass(frozen=True)
class Step:
    """One thing to be done after one incident."""

    incident_id: int
    call_id: str
    sign: Sign
    agent: str
    """Whom it is about; empty when it is about nobody in particular."""
    item: str
    due: datetime
    is_due: bool
    rung: int
    """How often it rang; a number that rises calls again."""
    done: datetime | None
    by: str | None
    why: str
    """Why it was left out; empty when it was done, or is open."""
    of: Item | None
    """None when the item is not in the file any more."""

    def text(self, language: Language) -> str:
        """Say what is to be done."""
        return self.of.text(language, self.agent) if self.of else self.item.replace("_", " ")


class Protocol:
    """The steps after all threats.

    Args:
        journal: The record.
        timers: Ring.
        clock: Tells the time.
        rules: What is to be done.
    """

    def __init__(
        self,
        journal: DurableJournal,
        timers: Timers,
        clock: Callable[[], datetime],
        rules: ProtocolRules,
    ) -> None:
        self._journal = journal
        self._database = journal.database
        self._timers = timers
        self._clock = clock
        self._rules = rules
        timers.on(KIND, self._ring)

    async def follow(self) -> None:
        """Begin a protocol for each threat from now on; runs until cancelled."""
        after = await self._journal.last_position()
        await self.keep_all()
        async for placed in self._journal.feed(after):
            event = placed.event
            if isinstance(event.body, IncidentReported | OfferAccepted):
                await self.keep(event.call_id)

    async def keep_all(self) -> None:
        """Begin what was not begun yet, and set every timer that may be missing: after a start."""
        query = select(incidents.c.call_id).where(
            incidents.c.sign.in_(self._rules.signs),
            incidents.c.opened > self._clock() - NOT_OLDER,
        )
        async with self._database.engine.connect() as connection:
            found = list((await connection.execute(query)).scalars())
        for call_id in dict.fromkeys(found):
            await self.keep(call_id)
        for step in await self._read(care_steps.c.done.is_(None)):
            await self._time(step.incident_id, step.agent, step.item, step.due, step.rung)

    async def keep(self, call_id: str) -> None:
        """Bring the steps of a call's incidents up to date; does nothing when they are."""
        of_call = select(incidents).where(
            incidents.c.call_id == call_id, incidents.c.sign.in_(self._rules.signs)
        )
        async with self._database.engine.connect() as connection:
            found = list(await connection.execute(of_call))
            if not found:
                return
            who = select(events.c.body).where(
                events.c.call_id == call_id, events.c.kind == OfferAccepted.__name__
            )
            agents = [body["agent"] for body in (await connection.execute(who)).scalars()]
            ids = [row.id for row in found]
            query = select(care_steps).where(care_steps.c.incident_id.in_(ids))
            known = {(r.incident_id, r.agent, r.item) for r in await connection.execute(query)}
        now, made = self._clock(), False
        for row in found:
            for item in self._rules.items_for(row.sign):
                for agent in dict.fromkeys(agents) if item.of == "agent" else [""]:
                    if (row.id, agent, item.name) in known:
                        continue
                    # For who took the call later it counts from then.
                    begins = now if agent else row.opened
                    due = begins + timedelta(minutes=item.after_minutes)
                    made |= await self._make(row.id, agent, item, due, row.state)
        if made:
            self._journal.tell_change()

    async def _make(self, incident: int, agent: str, item: Item, due: datetime, state: str) -> bool:
        step = {"incident_id": incident, "agent": agent, "item": item.name, "due": due}
        if item.decided and state == "decided":
            return False
        try:
            async with self._database.writing.begin() as connection:
                await connection.execute(insert(care_steps).values(**step, rung=0, why=""))
        except IntegrityError:  # Another process saw the same.
            return False
        await self._time(incident, agent, item.name, due, 0)
        return True

    async def of(self, incident_id: int) -> list[Step]:
        """Return the steps of an incident, in the order of the file."""
        return await self._read(care_steps.c.incident_id == incident_id)

    async def open(self, *, due: bool = False) -> list[Step]:
        """Return what is to be done, the longest due first; with `due` only what is due now."""
        which: Any = care_steps.c.done.is_(None)
        if due:
            which &= care_steps.c.due <= self._clock()
        return sorted(await self._read(which), key=lambda step: step.due)

    async def tick(
        self, incident_id: int, agent: str, item: str, *, by: str, why: str | None = None
    ) -> None:
        """Note that a step is done, or with `why` that it is left out.

        Raises:
            NotThere: There is none, or somebody was faster.
            WhyMissing: A reason was asked for, and is empty.
        """
        reason = "" if why is None else why.strip()[:WHY_LENGTH]
        if why is not None and not reason:
            raise WhyMissing
        values = {"done": self._clock(), "by": by, "why": reason}
        change = update(care_steps).where(
            _is(incident_id, agent, item), care_steps.c.done.is_(None)
        )
        async with self._database.writing.begin() as connection:
            if (await connection.execute(change.values(**values))).rowcount != 1:
                raise NotThere(item)
        self._journal.tell_change()

    async def _ring(self, payload: Payload) -> None:
        """Call supervisors to a step that is due and still open, and see to it that it comes again.

        Args:
            payload: Which step, and how often it had rung when this was set.
        """
        incident, agent, item = payload["incident"], payload["agent"], payload["item"]
        rung = int(payload["rung"])
        still = _is(incident, agent, item) & care_steps.c.done.is_(None)
        async with self._database.engine.connect() as connection:
            row = (await connection.execute(select(care_steps).where(still))).one_or_none()
        if row is None:
            return
        again = self._clock() + timedelta(minutes=self._rules.again_minutes)
        # First the next ring, then the note of this one: killed in between, both are repeated.
        await self._time(incident, agent, item, again, rung + 1)
        change = update(care_steps).where(still, care_steps.c.rung == rung)
        async with self._database.writing.begin() as connection:
            await connection.execute(change.values(rung=rung + 1))
        self._journal.tell_change()

    async def _time(self, incident: int, agent: str, item: str, when: datetime, rung: int) -> None:
        payload: Payload = {"incident": incident, "agent": agent, "item": item, "rung": rung}
        await self._timers.at(KIND, f"{incident}-{item}-{rung}-{agent}", when, payload)

    async def _read(self, which: Any) -> list[Step]:
        query = (
            select(care_steps, incidents.c.call_id, incidents.c.sign)
            .join(incidents, incidents.c.id == care_steps.c.incident_id)
            .where(which)
        )
        async with self._database.engine.connect() as connection:
            rows = list(await connection.execute(query))
        now, order = self._clock(), [item.name for item in self._rules.items]
        steps = [
            Step(
                incident_id=row.incident_id,
                call_id=row.call_id,
                sign=row.sign,
                agent=row.agent,
                item=row.item,
                due=row.due,
                is_due=row.done is None and row.due <= now,
                rung=row.rung,
                done=row.done,
                by=row.by,
                why=row.why,
                of=self._rules.item(row.item),
            )
            for row in rows
        ]
        # Steps of somebody come together, and last of all those whose item is gone.
        place = {name: number for number, name in enumerate(order)}
        return sorted(
            steps, key=lambda s: (s.incident_id, s.agent == "", s.agent, place.get(s.item, 99))
        )


async def open_before_deciding(connection: AsyncConnection, incident_id: int) -> bool:
    """Tell whether something of the protocol is open that comes before a decision."""
    query = select(care_steps.c.item).where(
        care_steps.c.incident_id == incident_id,
        care_steps.c.done.is_(None),
        care_steps.c.item.in_(BEFORE_DECIDING),
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def note_decision(
    connection: AsyncConnection, incident_id: int, by: str, at: datetime
) -> None:
    """Tick the steps that a decision does, in the transaction that stores it."""
    change = update(care_steps).where(
        care_steps.c.incident_id == incident_id,
        care_steps.c.done.is_(None),
        care_steps.c.item.in_(BY_DECIDING),
    )
    await connection.execute(change.values(done=at, by=by))


def _is(incident_id: int, agent: str, item: str) -> Any:
    c = care_steps.c
    return (c.incident_id == incident_id) & (c.agent == agent) & (c.item == item)
