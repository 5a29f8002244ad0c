"""Offers: an agent is asked to take a call, and takes it, says no, or lets it pass.

Each step is written only if the call stands where the step needs it, so that a late answer
changes nothing. An offer ends by a durable timer, though nobody answers and Kalm is killed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from loguru import logger
from sqlalchemy import Connection, select

from bot.events import Body, OfferDeclined, OfferExpired, OfferMade, OfferWithdrawn
from handoff.jobs import Payload, Timers
from handoff.offer_state import offer_state
from handoff.presence import Presences
from handoff.routing_rules import Rules
from handoff.store.journal import CallSummary, CallUnknown, DurableJournal
from handoff.store.presence_rows import presence_of
from handoff.store.tables import calls

KIND = "offer"
"""Of the timer."""

DeclineReason = Literal["busy", "not_my_skill", "too_heavy", "know_caller", "other"]


@dataclass(frozen=True)
class Offered:
    """An offer that waits for an agent's answer."""

    call_id: str
    agent: str
    until: datetime
    why: tuple[str, ...]
    """Names of `handoff.routing.Reason`, the weightiest first; `why_me` says them."""
    on_the_line: bool
    """The caller waits on the line; else it is to call back."""


class NotOffered(Exception):
    """This agent has no open offer of this call: it ran out, or somebody else has the card."""

    def __init__(self, agent: str | None) -> None:
        super().__init__("this offer is over" if agent is None else f"{agent} has this card")
        self.agent = agent
        """Who has the card now."""


class Offers:
    """The offers of all calls.

    Args:
        journal: The record.
        presences: Who is there.
        timers: Keep the moment at which an offer ends; made before they start.
        clock: Tells the time.
        rules: How long an agent has to answer.
    """

    def __init__(
        self,
        journal: DurableJournal,
        presences: Presences,
        timers: Timers,
        clock: Callable[[], datetime],
        rules: Rules,
    ) -> None:
        self._journal = journal
        self._presences = presences
        self._timers = timers
        self._clock = clock
        self._rules = rules
        self._timed: dict[str, datetime] = {}
        timers.on(KIND, self._ring)

    @property
    def answer_s(self) -> float:
        """Seconds that an agent has to answer."""
        return self._rules.offer.answer_s

    async def current(self, agent: str) -> Offered | None:
        """Return the offer that waits for this agent's answer."""
        query = select(calls.c.id, calls.c.ended).where(calls.c.offered_to == agent)
        async with self._journal.database.engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        state = offer_state(await self._journal.read(row.id))
        if state.offered_to != agent or state.until is None:
            return None  # it ended while we looked
        return Offered(row.id, agent, state.until, state.why, on_the_line=row.ended is None)

    async def make(
        self, call_id: str, agent: str, why: Sequence[str], *, on_the_line: bool = True
    ) -> bool:
        """Offer a call to an agent, if both still wait for that; tell whether it was done.

        Args:
            call_id: The call.
            agent: Who is asked.
            why: What counted, the weightiest first.
            on_the_line: Whether the caller was on the line when the agent was chosen; who
                hung up since is not offered.
        """
        until = self._clock() + timedelta(seconds=self._rules.offer.answer_s)

        def decide(connection: Connection, found: CallSummary) -> Sequence[Body]:
            if found.state != "waiting" or found.offered_to is not None:
                return ()
            if (found.ended is None) != on_the_line:
                return ()
            there = presence_of(connection, agent, self._clock())
            theirs = select(calls.c.id).where(calls.c.offered_to == agent)
            if there.state != "available" or connection.execute(theirs).first():
                return ()
            return (OfferMade(agent=agent, until=until, why=tuple(why)),)

        # Timed first: though Kalm is killed in between, there is no offer without an end.
        await self.time(call_id, agent, until)
        return bool(await self._journal.append_when(call_id, decide))

    async def time(self, call_id: str, agent: str, until: datetime) -> None:
        """See to it that an open offer ends at its moment, if nobody did yet."""
        key = _key(call_id, agent, until)
        if key in self._timed:
            return
        payload: Payload = {"call_id": call_id, "agent": agent, "until": until.isoformat()}
        try:
            await self._timers.at(KIND, key, until, payload)
        except Exception as error:  # timers may be out of order; the next round tries again
            logger.error(f"call {call_id}: the end of an offer is not timed: {error!r}")
            return
        now = self._clock()
        self._timed = {k: end for k, end in self._timed.items() if end > now} | {key: until}

    async def decline(self, call_id: str, agent: str, reason: DeclineReason = "other") -> None:
        """Say no; the caller keeps the place. Raises NotOffered, CallUnknown, JournalFull."""
        body = OfferDeclined(agent=agent, reason=reason)
        if not await self._close(call_id, agent, body):
            summary = await self._journal.summary(call_id)
            if summary is None:
                raise CallUnknown(call_id)
            raise NotOffered(summary.agent)
        await self._presences.answered(agent)

    async def expire(self, call_id: str, agent: str, until: datetime) -> bool:
        """End an offer whose moment has come, unless it ended otherwise."""
        done = await self._close(call_id, agent, OfferExpired(agent=agent), until)
        if done:
            await self._presences.missed(agent, self._rules.offer.most_missed)
        return done

    async def withdraw(
        self, call_id: str, agent: str, why: Literal["resolved", "agent_gone"]
    ) -> bool:
        """Take an open offer back; the agent had no time to miss it."""
        return await self._close(call_id, agent, OfferWithdrawn(agent=agent, why=why))

    async def _close(
        self, call_id: str, agent: str, body: Body, until: datetime | None = None
    ) -> bool:
        def decide(_connection: Connection, found: CallSummary) -> Sequence[Body]:
            is_open = found.offered_to == agent and until in (None, found.offered_until)
            return (body,) if is_open else ()

        # Its timer rings all the same, and finds nothing to do.
        return bool(await self._journal.append_when(call_id, decide))

    async def _ring(self, payload: Payload) -> None:
        until = datetime.fromisoformat(payload["until"])
        try:
            await self.expire(payload["call_id"], payload["agent"], until)
        except CallUnknown:
            logger.warning(f"call {payload['call_id']}: there is no such call any more")


def _key(call_id: str, agent: str, until: datetime) -> str:
    return f"{call_id}-{agent}-{until.timestamp():.6f}"
