"""Simulation: the same week of calls under two ways of routing, side by side.

Discrete events by simpy. The peer is what most exchanges do: the caller who
waits longest goes to the agent who is idle longest, if language, skill and
training fit.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import simpy

from handoff.load import Load
from handoff.routing import Free, Match, Waiting, in_order, matches, may_take, overflows
from handoff.routing_rules import Rules
from handoff.week import Call, Week, Worker, moment

ANSWERED_WITHIN_S = 20.0
"""A call answered within it counts for the service level."""

Policy = Callable[[list[Waiting], Sequence[Free], datetime, Rules], list[Match]]


def longest_idle(
    callers: list[Waiting], agents: Sequence[Free], now: datetime, rules: Rules
) -> list[Match]:
    """Route as most exchanges do; urgent calls first here too, so that only load differs."""
    free, found = list(agents), []
    for caller in in_order(callers, now, rules):
        able = [agent for agent in free if _fits(agent, caller)]
        if able:
            best = min(able, key=lambda agent: (agent.since, agent.name))
            free.remove(best)
            found.append(Match(caller, best, ()))
    return found


def _fits(agent: Free, caller: Waiting) -> bool:
    return (
        caller.language in agent.languages
        and (caller.skill is None or caller.skill in agent.skills)
        and (agent.trained or not caller.trained_only)
    )


@dataclass
class Result:
    """How a week went."""

    waits: list[float] = field(default_factory=list)
    """Seconds on the line from call to answer, or until a call back was promised."""
    callbacks: int = 0
    """Callers who were called back, having kept their place."""
    points: dict[str, float] = field(default_factory=dict)
    """Points of the heavy calls of each agent."""
    in_a_row: int = 0
    """Heavy calls given to somebody who just had one."""
    avoidable: int = 0
    """Of these, while another who fits was free and had not."""
    unanswered: int = 0
    """Calls still waiting at the end of the week."""

    @property
    def mean_wait_s(self) -> float:
        """Mean seconds until an answer."""
        return float(np.mean(self.waits)) if self.waits else 0.0

    @property
    def service_level(self) -> float:
        """Percent of all calls answered within ANSWERED_WITHIN_S."""
        total = len(self.waits) + self.unanswered
        return 100 * sum(wait <= ANSWERED_WITHIN_S for wait in self.waits) / max(total, 1)

    @property
    def gini(self) -> float:
        """Inequality of the heavy points among agents: 0 for all alike."""
        return gini(list(self.points.values()))


def gini(values: Sequence[float]) -> float:
    """Return the Gini coefficient of non-negative values; 0 when all are nothing."""
    ordered = np.sort(np.asarray(values, dtype=float))
    total = float(ordered.sum())
    if not len(ordered) or total == 0:
        return 0.0
    place = np.arange(1, len(ordered) + 1)
    return float(
        2 * (place * ordered).sum() / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)
    )


def simulate(
    week: Week, policy: Policy, rules: Rules, step: Callable[[], None] = lambda: None
) -> Result:
    """Let a week happen.

    Args:
        week: People and calls.
        policy: Who gets whom.
        rules: Of routing and load.
        step: Told after each call, for a progress bar.
    """
    return _Centre(week, policy, rules, step).run()


@dataclass
class _Desk:
    """An agent in the simulation."""

    worker: Worker
    load: Load = field(default_factory=Load)
    on_duty: bool = False
    busy: bool = False
    idle_since: float = 0.0
    worked_s: float = 0.0


class _Centre:
    def __init__(self, week: Week, policy: Policy, rules: Rules, step: Callable[[], None]) -> None:
        self._week, self._policy, self._rules, self._step = week, policy, rules, step
        self._env = simpy.Environment()
        self._desks = {worker.name: _Desk(worker) for worker in week.workers}
        self._calls = {call.name: call for call in week.calls}
        self._waiting: dict[str, Waiting] = {}
        self._result = Result(points={worker.name: 0.0 for worker in week.workers})

    def run(self) -> Result:
        for desk in self._desks.values():
            for begin, end in desk.worker.shifts:
                self._env.process(self._shift(desk, begin, end))
        for call in self._week.calls:
            self._env.process(self._arrival(call))
        self._env.run()
        self._result.unanswered = len(self._waiting)
        return self._result

    def _shift(self, desk: _Desk, begin: float, end: float) -> Generator[Any, Any, None]:
        yield self._env.timeout(begin)
        desk.on_duty, desk.idle_since = True, begin
        self._route()
        yield self._env.timeout(end - begin)
        desk.on_duty = False
        desk.worked_s += end - begin

    def _arrival(self, call: Call) -> Generator[Any, Any, None]:
        yield self._env.timeout(call.at)
        self._waiting[call.name] = Waiting(
            call_id=call.name,
            language=call.language,
            since=moment(call.at),
            skill=call.skill,
            urgency=2 if call.urgent else 0,
            points=call.weighs.points,
            heavy=call.weighs.heavy,
            value=call.value,
            trained_only=call.trained_only,
        )
        self._route()
        # Somebody who was spared until now may have to take it after all.
        yield self._env.timeout(self._rules.load.rest_grace_s)
        if call.name in self._waiting:
            self._route()

    def _route(self) -> None:
        now = moment(self._env.now)
        free = [self._free(desk) for desk in self._desks.values() if desk.on_duty and not desk.busy]
        if not free or not self._waiting:
            return
        for match in self._policy(list(self._waiting.values()), free, now, self._rules):
            self._count_row(match, free, now)
            self._result.callbacks += overflows(match.caller, now, self._rules)
            free.remove(match.agent)
            del self._waiting[match.caller.call_id]
            self._env.process(self._talk(self._calls[match.caller.call_id], match.agent.name))

    def _count_row(self, match: Match, free: list[Free], now: datetime) -> None:
        """Count a second heavy call in a row, and whether somebody else could have had it."""
        if not (match.caller.heavy and match.agent.load.last_was_heavy):
            return
        self._result.in_a_row += 1
        self._result.avoidable += any(
            _fits(agent, match.caller)
            and may_take(agent, match.caller, now, self._rules)
            and not agent.load.last_was_heavy
            for agent in free
            if agent is not match.agent
        )

    def _talk(self, call: Call, agent: str) -> Generator[Any, Any, None]:
        desk = self._desks[agent]
        desk.busy = True
        # Who waited too long is called back, keeps the place, and waits no more on the line.
        waited, longest = self._env.now - call.at, self._rules.place.overflow_after_s
        self._result.waits.append(min(waited, longest))
        yield self._env.timeout(call.busy_s)
        desk.busy, desk.idle_since = False, self._env.now
        desk.load = desk.load.after_call(call.weighs, moment(self._env.now), self._rules.load)
        if call.weighs.heavy:
            self._result.points[agent] += call.weighs.points
        self._step()
        self._route()

    def _free(self, desk: _Desk) -> Free:
        worker = desk.worker
        on_shift = next(
            (self._env.now - b for b, e in worker.shifts if b <= self._env.now < e), 0.0
        )
        return Free(
            name=worker.name,
            languages=worker.languages,
            since=moment(desk.idle_since),
            skills=worker.skills,
            trained=worker.trained,
            asked_for_heavy=worker.asked_for_heavy,
            load=desk.load,
            worked_week_h=(desk.worked_s + on_shift) / 3600,
        )


__all__ = ["Result", "gini", "longest_idle", "matches", "simulate"]
