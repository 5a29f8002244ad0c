"""Dispatcher: offers each waiting caller to the agent who fits best, as soon as there is one."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.journal import JournalFull
from handoff.agents import Agents, Profile
from handoff.callers import Caller, Callers
from handoff.glance import Glance
from handoff.jobs import Timers
from handoff.loads import Loads
from handoff.offers import Offers
from handoff.presence import GRACE_S, Presence, Presences, at_work
from handoff.routing import Free, Match, Waiting, in_order, matches, may_take
from handoff.routing_rules import Rules, own_rules
from handoff.store.journal import CallSummary, CallUnknown, DurableJournal

TICK_S = 2.0
"""Time alone changes who may be asked: looked at so often while somebody waits."""
LATE = timedelta(seconds=5)
"""An offer that is over by so much, whose timer did not ring, is ended by the dispatcher."""
HOURS_KNOWN_S = 300.0
"""How long the hours that agents worked are not counted anew."""


class Dispatcher:
    """Brings callers and agents together; every process may have one, on the same database.

    Args:
        journal: The record.
        agents: What agents can do.
        presences: Who is there.
        offers: Asks them.
        rules: What routing goes by.
        clock: Tells the time.
    """

    def __init__(
        self,
        journal: DurableJournal,
        agents: Agents,
        presences: Presences,
        offers: Offers,
        rules: Rules,
        clock: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self.agents = agents
        self.presences = presences
        self.offers = offers
        self.glance = Glance(journal, presences)
        self._rules = rules
        self._clock = clock
        self._callers = Callers(journal, rules)
        self._loads = Loads(journal, rules, clock)
        self._hours: tuple[datetime, dict[str, float]] | None = None
        self._began: datetime | None = None
        self._running: asyncio.Task[None] | None = None
        self.resting: Callable[[], Awaitable[frozenset[str]]] | None = None
        """Tells who is asked about a break after a heavy call: they are offered nothing now."""

    @classmethod
    def build(
        cls,
        journal: DurableJournal,
        timers: Timers,
        clock: Callable[[], datetime],
        rules: Rules | None = None,
    ) -> "Dispatcher":
        """Return a dispatcher with all that it needs; to be made before timers start."""
        rules = rules or own_rules()
        presences = Presences(journal, clock)
        offers = Offers(journal, presences, timers, clock, rules)
        return cls(journal, Agents(journal.database), presences, offers, rules, clock)

    @property
    def rules(self) -> Rules:
        """What routing goes by."""
        return self._rules

    async def start(self) -> None:
        """Begin to offer calls."""
        self._running = asyncio.create_task(self._run(), name="dispatcher")

    async def close(self) -> None:
        """Stop; open offers stay open, and end by their timers."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    async def in_order(self) -> list[Waiting]:
        """Return those who wait for a person, in the order in which they get one.

        On the line, or owed a call back; who is offered to an agent just now is among them.
        """
        now = self._clock()
        there = await self._at_work(now)
        callers = [c.waiting(now, self._rules, there) for _, c in await self._callers.waiting()]
        return in_order(callers, now, self._rules)

    async def line_up(self) -> list[tuple[CallSummary, Caller]]:
        """Return the same with what is known of each call: who is asked, what was told."""
        now = self._clock()
        found = {each.call_id: (each, caller) for each, caller in await self._callers.waiting()}
        callers = [c.waiting(now, self._rules, frozenset()) for _, c in found.values()]
        return [found[caller.call_id] for caller in in_order(callers, now, self._rules)]

    async def people_for(self, call_id: str) -> list[str]:
        """Return the agents at work who may take this call, free or not, by name.

        Who is on a call, in a break, or has the desk open without asking for calls is at work.
        """
        now = self._clock()
        presences = await self.presences.all()
        there = [p for p in presences if at_work(p, now)]
        if not there:
            return []
        names = frozenset(p.agent for p in there)
        caller = (await self._callers.one(call_id)).waiting(now, self._rules, names)
        profiles = await self.agents.all()
        await self._loads.keep_up()
        free = [self._free(p, profiles, {}) for p in there]
        return [agent.name for agent in free if may_take(agent, caller, now, self._rules)]

    async def round(self) -> int:
        """Look once who waits and who is free, and offer what fits.

        Returns:
            How many offers were made or ended; 0 when there is nothing to do by now.
        """
        now = self._clock()
        presences = await self.presences.all()
        self._began = self._began or now
        # After a restart pages first get the time to come back.
        may_sweep = (now - self._began).total_seconds() >= GRACE_S
        if may_sweep and await self.presences.sweep(presences):
            presences = await self.presences.all()
        resting = await self.resting() if self.resting is not None else frozenset()
        waiting = await self._callers.waiting()
        available = {p.agent: p for p in presences if p.state == "available"}
        open_offers = [summary for summary, _ in waiting if summary.offered_to is not None]
        ended = 0
        for summary in open_offers:
            ended += await self._look_after(summary, available, now)
        asked = {summary.offered_to for summary in open_offers}
        idle = [p for name, p in available.items() if name not in asked | resting]
        callers = [caller for summary, caller in waiting if summary.offered_to is None]
        if not idle or not callers:
            return ended
        there = frozenset(p.agent for p in presences if at_work(p, now))
        on_the_line = {c.call_id for c in callers if c.offers.ended is None}
        waiting_now = [caller.waiting(now, self._rules, there) for caller in callers]
        return ended + await self._offer(waiting_now, on_the_line, idle, now)

    async def _offer(
        self, callers: list[Waiting], on_the_line: set[str], idle: list[Presence], now: datetime
    ) -> int:
        await self._loads.keep_up()
        profiles = await self.agents.all()
        hours = await self._worked(now)
        free = [self._free(there, profiles, hours) for there in idle]
        made = 0
        for match in matches(callers, free, now, self._rules):
            why = [reason.name for reason in match.why if reason.points > 0]
            if self._carries_least(match, free, now):
                why.append("load_now")
            call_id = match.caller.call_id
            made += await self.offers.make(
                call_id, match.agent.name, why, on_the_line=call_id in on_the_line
            )
        return made

    def _carries_least(self, match: Match, free: list[Free], now: datetime) -> bool:
        """Tell whether a heavy call goes to who carries less than all others who may take it."""
        others = [
            agent.load.now(now, self._rules.load)
            for agent in free
            if agent != match.agent and may_take(agent, match.caller, now, self._rules)
        ]
        carried = match.agent.load.now(now, self._rules.load)
        return match.caller.heavy and bool(others) and carried < min(others)

    async def _look_after(
        self, summary: CallSummary, available: dict[str, Presence], now: datetime
    ) -> bool:
        """Keep an open offer true: its agent is there, its end is timed; tell whether it ended."""
        agent, until = summary.offered_to, summary.offered_until
        if agent is None or until is None:
            return False
        if agent not in available:
            return await self.offers.withdraw(summary.call_id, agent, "agent_gone")
        if now >= until + LATE:
            return await self.offers.expire(summary.call_id, agent, until)
        await self.offers.time(summary.call_id, agent, until)
        return False

    def _free(self, there: Presence, profiles: dict[str, Profile], hours: dict[str, float]) -> Free:
        profile = profiles.get(there.agent) or Profile(name=there.agent)
        return Free(
            name=there.agent,
            languages=profile.languages,
            since=there.since,
            skills=profile.skills,
            trained=profile.trained,
            asked_for_heavy=profile.asked_for_heavy,
            load=self._loads.of(there.agent),
            worked_week_h=hours.get(there.agent, 0.0),
        )

    async def _worked(self, now: datetime) -> dict[str, float]:
        if self._hours is None or (now - self._hours[0]).total_seconds() > HOURS_KNOWN_S:
            self._hours = now, await self.presences.worked_h()
        return self._hours[1]

    async def _at_work(self, now: datetime) -> frozenset[str]:
        return frozenset(p.agent for p in await self.presences.all() if at_work(p, now))

    async def _run(self) -> None:
        while True:
            # Taken before the look, so that no change is missed.
            change = self._journal.next_change()
            try:
                await self.round()
            except (JournalFull, CallUnknown, SQLAlchemyError, OSError) as error:
                logger.error(f"calls are not offered just now: {error!r}")
                await asyncio.sleep(TICK_S)
            except Exception:  # a mistake of ours: without the next look nobody is offered a call
                logger.exception("calls are not offered just now")
                await asyncio.sleep(TICK_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await change.wait()
