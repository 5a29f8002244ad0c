"""Callers: what routing needs to know of who waits, folded on from what was known before."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.events import (
    CallerIdentified,
    CallerSpoke,
    CallerVerified,
    CallStarted,
    Event,
    Language,
    MeasureApplied,
    SlotFilled,
    Understood,
)
from handoff.heaviness import WEIGHS, heaviness
from handoff.offer_state import OfferState
from handoff.routing import Urgency as RoutingUrgency
from handoff.routing import Waiting
from handoff.routing_rules import Rules
from handoff.store.journal import CallSummary, DurableJournal
from handoff.store.tables import calls, events
from handoff.urgency import Urgency, urgency

VALUE_SLOT = "customer_value"
"""The slot in which the company may tell how good a customer is, 0 to 1."""
PLACE_SLOT, WAIT_SLOT = "queue_position", "queue_wait"
"""The slots that hold what the caller was told of the wait."""


@dataclass
class Caller:
    """What the events of one call say to routing."""

    call_id: str
    offers: OfferState = field(default_factory=OfferState)
    last_seq: int = 0
    changed: int = 0
    """Position of the latest event that was looked at."""
    language: Language = "nl"
    skill: str | None = None
    urgency: Urgency = Urgency.NORMAL
    customer: str | None = None
    """Proven: what somebody promised is nobody else's."""
    promised_by: frozenset[str] = frozenset()
    value: float = 0.0
    trained_only: bool = False
    told_place: int | None = None
    """The place in the queue that the caller was told last."""
    told_wait: str | None = None
    """The wait that the caller was told last, as an option of WAIT_SLOT."""
    weighing: list[Event] = field(default_factory=list)

    def take(self, event: Event, skills: dict[str, str]) -> None:
        """Take one more event; `skills` is what intents ask for."""
        self.last_seq = event.seq
        self.offers.take(event)
        self.urgency = max(self.urgency, urgency(event.body))
        if isinstance(event.body, WEIGHS):
            self.weighing.append(event)
        match event.body:
            case CallStarted(language=language) | CallerSpoke(language=language):
                self.language = language
            case Understood(intent=intent) if intent in skills:
                self.skill = skills[intent]
            case MeasureApplied(measure="trained_team"):
                self.trained_only = True
            case CallerVerified(customer_id=customer):
                self.customer = customer
            case CallerIdentified(customer_id=customer) if customer != self.customer:
                self.customer, self.value = None, 0.0
            case SlotFilled(slot=slot, value=float() | int() as value, by="company") if (
                slot == VALUE_SLOT
            ):
                self.value = min(max(float(value), 0.0), 1.0)
            case SlotFilled(slot=slot, value=value, by="flow") if slot == PLACE_SLOT:
                self.told_place = value if isinstance(value, int) else None
            case SlotFilled(slot=slot, value=value, by="flow") if slot == WAIT_SLOT:
                self.told_wait = value if isinstance(value, str) else None
            case _:
                pass

    def waiting(self, now: datetime, rules: Rules, at_work: frozenset[str]) -> Waiting:
        """Return what routing matches; `at_work` are the names of those who are there."""
        since = self.offers.since or now
        weighs = heaviness(self.weighing, rules.weight)
        skill = self.offers.skill or self.skill
        other = rules.elsewhere.get(skill or "")
        waited = (now - since).total_seconds()
        first = self.offers.first(now, rules.offer)
        return Waiting(
            call_id=self.call_id,
            language=self.language,
            since=since,
            skill=skill,
            urgency=_URGENCY[self.urgency],
            points=weighs.points,
            heavy=weighs.heavy,
            value=self.value,
            promised_by=self.promised_by,
            trained_only=self.trained_only,
            also=other.skills if other and waited >= other.after_s else frozenset(),
            never=self.offers.never(now, rules.offer, urgent=self.urgency > 0),
            last=frozenset(self.offers.passed),
            only=first if first in at_work else None,
        )


class Callers:
    """Those who wait; each call's events are read once."""

    def __init__(self, journal: DurableJournal, rules: Rules) -> None:
        self._journal = journal
        self._rules = rules
        self._known: dict[str, Caller] = {}

    async def waiting(self) -> list[tuple[CallSummary, Caller]]:
        """Return all who wait for a person, on the line or owed a call back."""
        summaries = await self._journal.summaries("waiting", limit=1000)
        known = {s.call_id: self._known[s.call_id] for s in summaries if s.call_id in self._known}
        self._known = known
        found = []
        for summary in summaries:
            if summary.ended is not None and not _may_be_owed(summary):
                continue
            caller = await self._caller(summary)
            if caller.offers.to_be_offered:
                found.append((summary, caller))
        return found

    async def one(self, call_id: str) -> Caller:
        """Return what is known of one call, whatever its state."""
        return await self._brought_up(Caller(call_id))

    async def _caller(self, summary: CallSummary) -> Caller:
        caller = self._known.setdefault(summary.call_id, Caller(summary.call_id))
        if caller.changed != summary.changed:
            await self._brought_up(caller)
            caller.changed = summary.changed
        return caller

    async def _brought_up(self, caller: Caller) -> Caller:
        customer = caller.customer
        for event in await self._journal.read(caller.call_id, caller.last_seq):
            if event.seq > caller.last_seq:
                caller.take(event, self._rules.skills)
        if caller.customer != customer:
            caller.promised_by = frozenset()
            if caller.customer is not None:
                engine = self._journal.database.engine
                caller.promised_by = await promisers(engine, caller.customer, caller.call_id)
        return caller


async def promisers(engine: AsyncEngine, customer: str, but_not: str) -> frozenset[str]:
    """Return the agents who closed earlier calls of a customer in which something was promised."""
    theirs = select(calls.c.id).where(calls.c.customer == customer, calls.c.id != but_not)
    query = (
        select(events.c.call_id, events.c.kind, events.c.body)
        .where(
            events.c.call_id.in_(theirs),
            or_(events.c.kind == "PromiseMade", events.c.kind == "WrappedUp"),
        )
        .order_by(events.c.position)
    )
    promised: set[str] = set()
    names: set[str] = set()
    async with engine.connect() as connection:
        for row in await connection.execute(query):
            if row.kind == "PromiseMade":
                promised.add(row.call_id)
            elif row.call_id in promised or row.body.get("promises"):
                names.add(row.body["agent"])
    return frozenset(names)


def _may_be_owed(summary: CallSummary) -> bool:
    return summary.outcome != "abandoned"


_URGENCY: dict[Urgency, RoutingUrgency] = {Urgency.NORMAL: 0, Urgency.THREAT: 1, Urgency.CRISIS: 2}
