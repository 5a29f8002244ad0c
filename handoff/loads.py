"""Loads: what each agent carries of the calls of the past seven days, kept up with the record."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from bot.events import Event, HandedOn, OfferAccepted, Returned, WrappedUp
from handoff.heaviness import WEIGHS, heaviness
from handoff.load import WEEK, Load
from handoff.routing_rules import Rules
from handoff.store.call_rows import placed
from handoff.store.journal import DurableJournal
from handoff.store.tables import events

KINDS = tuple(kind.__name__ for kind in (*WEIGHS, OfferAccepted))


@dataclass
class _Open:
    """A call that somebody may have, with the events that it is weighed by."""

    agent: str | None = None
    weighing: list[Event] = field(default_factory=list)


class Loads:
    """The load of every agent: read once, and then kept up by what happens."""

    def __init__(
        self, journal: DurableJournal, rules: Rules, clock: Callable[[], datetime]
    ) -> None:
        self._journal = journal
        self._rules = rules
        self._clock = clock
        self._loads: dict[str, Load] = {}
        self._open: dict[str, _Open] = {}
        self._position: int | None = None

    def of(self, agent: str) -> Load:
        """Return what an agent carries, as of the latest `keep_up`."""
        return self._loads.get(agent, Load())

    async def keep_up(self) -> None:
        """Take in what happened since the last time: one query."""
        query = select(events).where(events.c.kind.in_(KINDS)).order_by(events.c.position)
        if self._position is None:
            query = query.where(events.c.at > self._clock() - WEEK)
        else:
            query = query.where(events.c.position > self._position)
        async with self._journal.database.engine.connect() as connection:
            for row in await connection.execute(query):
                found = placed(row)
                self._position = found.position
                self._take(found.event)
        self._position = self._position or 0

    def _take(self, event: Event) -> None:
        call = self._open.setdefault(event.call_id, _Open())
        if isinstance(event.body, WEIGHS):
            call.weighing.append(event)
        match event.body:
            case OfferAccepted(agent=agent):
                call.agent = call.agent or agent
            case Returned() | HandedOn():
                self._weigh(call, event.at)
            case WrappedUp():
                self._weigh(call, event.at)
                self._open.pop(event.call_id, None)
            case _:
                pass

    def _weigh(self, call: _Open, at: datetime) -> None:
        """Count a call for whoever had it; calls that nobody had count for nobody."""
        if call.agent is None:
            return
        weighs = heaviness(call.weighing, self._rules.weight)
        self._loads[call.agent] = self.of(call.agent).after_call(weighs, at, self._rules.load)
        call.agent = None
