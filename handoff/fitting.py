"""Fitting: whether the rules that always hold let an agent take a call, for who clicks too."""

from collections.abc import Callable
from datetime import datetime

from handoff.agents import Agents
from handoff.callers import Callers
from handoff.routing import Unfit, unfit
from handoff.routing_rules import Rules, own_rules
from handoff.store.journal import DurableJournal
from handoff.urgency import Urgency


class NotForYou(Exception):
    """A rule that always holds keeps this agent from this call."""

    def __init__(self, why: Unfit) -> None:
        super().__init__(f"this call asks for another {why}")
        self.why = why


class Fitting:
    """Compares what a call asks for with what an agent can do."""

    def __init__(
        self,
        journal: DurableJournal,
        clock: Callable[[], datetime],
        rules: Rules | None = None,
    ) -> None:
        self._rules = rules or own_rules()
        self._callers = Callers(journal, self._rules)
        self._agents = Agents(journal.database)
        self._clock = clock

    async def check(self, call_id: str, agent: str) -> None:
        """Raise NotForYou when a rule is in the way; in a crisis nobody is turned away."""
        caller = await self._callers.one(call_id)
        if caller.urgency == Urgency.CRISIS:
            return
        wants = caller.waiting(self._clock(), self._rules, frozenset())
        can = await self._agents.profile(agent)
        why = unfit(wants, can.languages, can.skills, can.trained)
        if why is not None:
            raise NotForYou(why)
