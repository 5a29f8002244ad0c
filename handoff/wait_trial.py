"""Wait trial: how well expected waits come true, in an imagined week.

Everybody who has to wait is told once, on arrival, and the wait is then seen to its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from handoff.expected_wait import SAMPLES, expected_wait, share
from handoff.routing import Free, Match, Waiting, in_order, matches
from handoff.routing_rules import Rules
from handoff.simulation import simulate
from handoff.week import Call, Week, Worker, moment


@dataclass
class Trial:
    """What was told, and what came of it; seconds, one of each a caller."""

    told: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    untold: int = 0
    """Callers who had to wait and were told nothing, for want of samples or people."""

    @property
    def bias_s(self) -> float:
        """Median of told minus waited: above zero, callers are reached sooner than told."""
        return float(np.median(np.subtract(self.told, self.waited))) if self.told else 0.0

    @property
    def error_s(self) -> float:
        """Median of the distance between told and waited."""
        return float(np.median(np.abs(np.subtract(self.told, self.waited)))) if self.told else 0.0

    @property
    def within(self) -> float:
        """Share of callers whose wait was at most half as long again as told, or a minute more."""
        if not self.told:
            return 0.0
        told, waited = np.array(self.told), np.array(self.waited)
        return float(np.mean(waited <= np.maximum(told * 1.5, told + 60)))


def try_week(week: Week, rules: Rules) -> Trial:
    """Let a week happen, and compare what was told with what came."""
    trial = _Watching(week)
    simulate(week, trial.route, rules)
    return trial.result


class _Watching:
    """Routes as the house does, and looks on."""

    def __init__(self, week: Week) -> None:
        self.result = Trial()
        self._workers = week.workers
        self._calls = {call.name: call for call in week.calls}
        self._seen: dict[str, tuple[datetime, float | None]] = {}
        self._taken: list[tuple[float, Call]] = []
        """When each call was taken, in seconds of the week."""

    def route(
        self, callers: list[Waiting], agents: Sequence[Free], now: datetime, rules: Rules
    ) -> list[Match]:
        """Return who gets whom."""
        found = matches(callers, agents, now, rules)
        served = {match.caller.call_id for match in found}
        order = in_order(callers, now, rules)
        for caller in callers:
            if caller.call_id not in self._seen and caller.call_id not in served:
                self._seen[caller.call_id] = now, self._tell(caller, order, agents, now, rules)
        at = (now - moment(0)).total_seconds()
        for match in found:
            call = self._calls[match.caller.call_id]
            self._taken.append((at, call))
            self._end(call, now)
        return found

    def _tell(
        self,
        caller: Waiting,
        order: list[Waiting],
        agents: Sequence[Free],
        now: datetime,
        rules: Rules,
    ) -> float | None:
        at = (now - moment(0)).total_seconds()
        able = [w for w in self._workers if _able(w, caller) and _on_duty(w, at)]
        done = [call.busy_s for begun, call in self._taken if begun + call.busy_s <= at]
        names = frozenset(w.name for w in able)
        ahead = order[: [each.call_id for each in order].index(caller.call_id)]
        there = [w for w in self._workers if _on_duty(w, at)]
        turn = 1 + sum(
            share(names, frozenset(w.name for w in there if _able(w, each))) for each in ahead
        )
        return expected_wait(turn, done[-SAMPLES:], len(able), 0, rules.offer.answer_s)

    def _end(self, call: Call, now: datetime) -> None:
        began, told = self._seen.get(call.name, (now, None))
        if call.name not in self._seen:
            return
        if told is None:
            self.result.untold += 1
            return
        self.result.told.append(told)
        self.result.waited.append((now - began).total_seconds())


def _able(worker: Worker, caller: Waiting) -> bool:
    return (
        caller.language in worker.languages
        and (caller.skill is None or caller.skill in worker.skills)
        and (worker.trained or not caller.trained_only)
    )


def _on_duty(worker: Worker, at: float) -> bool:
    return any(begin <= at < end for begin, end in worker.shifts)
