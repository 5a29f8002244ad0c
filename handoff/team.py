"""Team: what goes on now, for supervisors: calls, agents and the service of today."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import Literal

from sqlalchemy import select

from bot.events import Language
from handoff.agents import Agents
from handoff.card import card
from handoff.conference import SupervisorPart
from handoff.loads import Loads
from handoff.parts import Card
from handoff.presence import Presence, Presences
from handoff.routing_rules import Rules
from handoff.service_level import KINDS, ServiceLevel, service_level
from handoff.store.call_rows import placed
from handoff.store.journal import DurableJournal
from handoff.store.tables import calls, events
from handoff.talking import Talking

MOST_CALLS = 100
"""Calls that are shown; beyond that they are only counted."""

Carries = Literal["nothing", "some", "much", "full"]
"""What an agent carries of heavy calls, in words: people are not ranked by points."""


@dataclass(frozen=True)
class LiveCall:
    """A call that goes on now."""

    card: Card
    talked: bool
    """An agent talks with the caller on a line of this process, so that one may sit in."""
    on_hold: bool
    watched_by: str | None
    how: SupervisorPart


@dataclass(frozen=True)
class AtWork:
    """How one agent is there."""

    there: Presence
    carries: Carries


@dataclass(frozen=True)
class Going:
    """Everything that goes on."""

    calls: tuple[LiveCall, ...]
    more: int
    """Calls that are not shown."""
    agents: tuple[AtWork, ...]
    """By name; who is away and has not been there today is not named."""
    level: ServiceLevel


class Team:
    """Looks what goes on."""

    def __init__(
        self,
        journal: DurableJournal,
        presences: Presences,
        agents: Agents,
        talking: Talking,
        rules: Rules,
        clock: Callable[[], datetime],
        zone: tzinfo,
    ) -> None:
        self._journal = journal
        self._presences = presences
        self._agents = agents
        self._talking = talking
        self._rules = rules
        self._clock = clock
        self._zone = zone
        self._loads = Loads(journal, rules, clock)
        self._level: tuple[int, datetime, ServiceLevel] | None = None

    def now(self) -> datetime:
        """Return the time in the company's zone."""
        return self._clock().astimezone(self._zone)

    async def going(self, language: Language) -> Going:
        """Return what goes on now."""
        live = calls.c.ended.is_(None)
        query = select(calls.c.id).where(live).order_by(calls.c.started, calls.c.id)
        async with self._journal.database.engine.connect() as connection:
            found = [str(row.id) for row in await connection.execute(query)]
        shown = [await self._call(call_id, language) for call_id in found[:MOST_CALLS]]
        return Going(
            calls=tuple(call for call in shown if call is not None),
            more=max(0, len(found) - MOST_CALLS),
            agents=await self._at_work(),
            level=await self.level(),
        )

    async def level(self) -> ServiceLevel:
        """Return the service level since midnight; counted anew when something happened."""
        position, midnight = await self._journal.last_position(), self._midnight()
        if self._level is None or self._level[:2] != (position, midnight):
            query = (
                select(events)
                .where(events.c.kind.in_(KINDS), events.c.at >= midnight)
                .order_by(events.c.position)
            )
            async with self._journal.database.engine.connect() as connection:
                rows = [placed(row).event for row in await connection.execute(query)]
            self._level = position, midnight, service_level(rows)
        return self._level[2]

    async def _call(self, call_id: str, language: Language) -> LiveCall | None:
        told = await self._journal.read(call_id)
        if not told:
            return None
        relay = self._talking.relay(call_id)
        watcher = relay.at("supervisor") if relay is not None else None
        return LiveCall(
            card=card(told, language, self.now()),
            talked=relay is not None,
            on_hold=relay is not None and relay.conference.on_hold,
            watched_by=watcher.agent if watcher is not None else None,
            how=relay.conference.supervisor if relay is not None else "out",
        )

    async def _at_work(self) -> tuple[AtWork, ...]:
        await self._loads.keep_up()
        there = await self._presences.all()
        midnight = self._midnight()
        here = [p for p in there if p.state != "away" or p.since >= midnight]
        here.sort(key=lambda p: p.agent.casefold())
        return tuple(AtWork(p, self._carries(p.agent)) for p in here)

    def _carries(self, agent: str) -> Carries:
        most = self._rules.load.most
        points = self._loads.of(agent).now(self._clock(), self._rules.load)
        if points < 0.5:
            return "nothing"
        if points >= most:
            return "full"
        return "some" if points < most / 2 else "much"

    def _midnight(self) -> datetime:
        return datetime.combine(self.now().date(), time(), self._zone)
