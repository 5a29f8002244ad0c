"""Load told: what each agent carries now and in seven days, in words and by name, never ranked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from handoff.agents import Agents
from handoff.care.breaks import Break, Breaks, missed
from handoff.care.rules import BreakRules
from handoff.load import WEEK
from handoff.loads import Loads
from handoff.routing_rules import Rules
from handoff.store.journal import DurableJournal


@dataclass(frozen=True)
class Carried:
    """What one agent carries: of the calls, never of how the agent is."""

    agent: str
    points: float
    """Now; half of them are gone after each half-life."""
    most: float
    """Above it no heavy calls come."""
    heavy: int
    """Heavy calls of the past seven days."""
    last_was_heavy: bool
    offered: int
    """Breaks of the past seven days."""
    taken: int
    missed: int

    @property
    def how(self) -> str:
        """Say it in a word: none, some, much (half of the most) or full."""
        if self.points < 0.5:
            return "none"
        if self.points >= self.most:
            return "full"
        return "much" if self.points >= self.most / 2 else "some"


class LoadTold:
    """Tells agents their own load, and supervisors everybody's by name."""

    def __init__(
        self,
        journal: DurableJournal,
        breaks: Breaks,
        rules: Rules,
        pause: BreakRules,
        clock: Callable[[], datetime],
    ) -> None:
        self._agents = Agents(journal.database)
        self._loads = Loads(journal, rules, clock)
        self._breaks = breaks
        self._rules = rules
        self._pause = pause
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def of(self, agent: str) -> Carried:
        """Return what one agent carries."""
        await self._keep_up()
        found = await self._breaks.since(self._clock() - WEEK)
        return self._carried(agent, found)

    async def all(self) -> list[Carried]:
        """Return what everybody carries, in alphabetical order and in no other."""
        await self._keep_up()
        found = await self._breaks.since(self._clock() - WEEK)
        names = sorted(await self._agents.all(), key=str.casefold)
        return [self._carried(name, found) for name in names]

    async def _keep_up(self) -> None:
        async with self._one_at_a_time:  # two at once would count the same call twice
            await self._loads.keep_up()

    def _carried(self, agent: str, breaks: list[Break]) -> Carried:
        now, load = self._clock(), self._loads.of(agent)
        mine = [each for each in breaks if each.agent == agent and each.state != "joined"]
        return Carried(
            agent=agent,
            points=load.now(now, self._rules.load),
            most=self._rules.load.most,
            heavy=sum(now - at < WEEK for at, _ in load.taken),
            last_was_heavy=load.last_was_heavy,
            offered=len(mine),
            taken=sum(each.state == "taken" for each in mine),
            missed=len(missed(mine, now, self._pause)),
        )
