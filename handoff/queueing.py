"""Queueing: what a caller may honestly be told of the wait; implements `bot.queue.Queue`."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from loguru import logger
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.events import HandedOn, OfferAccepted, Returned, WrappedUp
from bot.queue import Place
from handoff.agents import Agents, Profile
from handoff.dispatch import Dispatcher
from handoff.expected_wait import SAMPLES, expected_wait, share
from handoff.hours import Hours
from handoff.presence import Presence, Presences
from handoff.routing import Waiting, overflows
from handoff.routing_rules import Rules, own_rules
from handoff.store.call_rows import placed
from handoff.store.database import Database
from handoff.store.tables import events

PATIENCE_S = 1.0
"""A call waits so long for the answer at most: it must not stand still for it."""
RECENT = timedelta(hours=8)
"""How far back calls tell how long calls take."""
KNOWN_S = 20.0
"""How long that is not looked up anew."""
_SERVING = ("available", "busy", "wrap_up")
_ENDS = (Returned, HandedOn, WrappedUp)
_KINDS = tuple(kind.__name__ for kind in (OfferAccepted, *_ENDS))


class Desk(Protocol):
    """Whoever knows who waits and who is there; `handoff.dispatch.Dispatcher` does."""

    async def in_order(self) -> list[Waiting]:
        """Return those who wait, in the order in which they get a person."""
        ...

    async def people_for(self, call_id: str) -> list[str]:
        """Return the agents at work who may take this call, free or not, by name."""
        ...


class KeptQueue:
    """Tells places by the record.

    Args:
        desk: Knows who waits, and who is there for whom.
        agents: What agents can do.
        presences: Who is free.
        database: The record, which tells how long calls took.
        hours: When people are there.
        rules: Of routing.
        clock: Tells the time.
    """

    def __init__(
        self,
        desk: Desk,
        agents: Agents,
        presences: Presences,
        database: Database,
        hours: Hours,
        rules: Rules,
        clock: Callable[[], datetime],
    ) -> None:
        self._desk = desk
        self._agents = agents
        self._presences = presences
        self._database = database
        self._hours = hours
        self._rules = rules
        self._clock = clock
        self._handled: tuple[datetime, list[float]] | None = None

    @classmethod
    def build(
        cls,
        dispatcher: Dispatcher,
        database: Database,
        zone: tzinfo,
        clock: Callable[[], datetime],
        rules: Rules | None = None,
    ) -> "KeptQueue":
        """Return the queue that a dispatcher serves; `zone` is that of the opening hours."""
        rules = rules or own_rules()
        hours = Hours(rules.hours, zone)
        agents, presences = dispatcher.agents, dispatcher.presences
        return cls(dispatcher, agents, presences, database, hours, rules, clock)

    async def place(self, call_id: str) -> Place | None:
        """Return a call's place; None when it does not wait, or nobody can tell. Never raises."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._place(call_id)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            logger.warning(f"call {call_id}: the place is not known: {type(error).__name__}")
            return None

    async def _place(self, call_id: str) -> Place | None:
        order = await self._desk.in_order()
        found = next((n for n, each in enumerate(order) if each.call_id == call_id), None)
        if found is None:
            return None
        now, caller = self._clock(), order[found]
        people = frozenset(await self._desk.people_for(call_id))
        long = overflows(caller, now, self._rules)
        if not people:
            return Place(found + 1, None, 0, self._hours.next_open(now), long)
        presences = {each.agent: each for each in await self._presences.all()}
        serving = frozenset(name for name in people if _in(presences, name, _SERVING))
        free = sum(_in(presences, name, ("available",)) for name in people)
        turn = 1 + await self._ahead(order[:found], serving, presences)
        handled = await self._handled_s(now)
        wait = expected_wait(turn, handled, len(serving), free, self._rules.offer.answer_s)
        return Place(found + 1, wait, len(people), None, long)

    async def _ahead(
        self, callers: Sequence[Waiting], mine: frozenset[str], presences: dict[str, Presence]
    ) -> float:
        """Return how many turns of one's own people go to those who are ahead."""
        if not callers:
            return 0.0
        profiles = await self._agents.all()
        there = [name for name in presences if _in(presences, name, _SERVING)]
        return sum(
            share(mine, {name for name in there if able(profiles.get(name), name, caller)})
            for caller in callers
        )

    async def _handled_s(self, now: datetime) -> list[float]:
        """Return how long the latest calls kept an agent, oldest first."""
        if self._handled is None or (now - self._handled[0]).total_seconds() > KNOWN_S:
            self._handled = now, await self._look_back(now)
        return self._handled[1]

    async def _look_back(self, now: datetime) -> list[float]:
        query = (
            select(events)
            .where(events.c.kind.in_(_KINDS), events.c.at > now - RECENT)
            .order_by(events.c.position.desc())
            .limit(8 * SAMPLES)
        )
        async with self._database.engine.connect() as connection:
            rows = [placed(row).event for row in await connection.execute(query)]
        taken: dict[str, datetime] = {}
        handled: list[float] = []
        for event in reversed(rows):
            if isinstance(event.body, OfferAccepted):
                taken[event.call_id] = event.at
            elif isinstance(event.body, _ENDS) and event.call_id in taken:
                handled.append((event.at - taken.pop(event.call_id)).total_seconds())
        return handled[-SAMPLES:]


def able(profile: Profile | None, name: str, caller: Waiting) -> bool:
    """Tell whether an agent speaks the caller's language, knows the matter and is trained for it.

    What a person carries at the moment is not looked at: it wears off while callers wait.
    """
    can = profile or Profile(name=name)
    return (
        caller.language in can.languages
        and (caller.skill is None or caller.skill in can.skills)
        and (can.trained or not caller.trained_only)
    )


def _in(presences: dict[str, Presence], name: str, states: Sequence[str]) -> bool:
    return name in presences and presences[name].state in states
