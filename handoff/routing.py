"""Routing: which free agent takes which waiting caller, and why.

Who may take a call is a matter of rules that hold: language, skill, training,
and no more heavy calls than a person can carry. Who fits best is a score, and
the agent reads what it was made of. Being loud buys no place: only a crisis and
a threat go ahead of those who wait longer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.events import Language
from handoff.load import Load
from handoff.routing_rules import Rules

Urgency = Literal[0, 1, 2]
"""2 for a crisis, 1 for a threat."""


@dataclass(frozen=True)
class Waiting:
    """A caller who waits for a person."""

    call_id: str
    language: Language
    since: datetime
    skill: str | None = None
    """What the call is about, if that takes a skill."""
    urgency: Urgency = 0
    points: float = 0.0
    """What the call asks, by what is known so far."""
    heavy: bool = False
    value: float = 0.0
    """How good a customer, 0 to 1."""
    promised_by: frozenset[str] = frozenset()
    """Names of agents who promised this caller something."""
    trained_only: bool = False
    """A measure says that this caller gets somebody trained for aggression."""
    also: frozenset[str] = frozenset()
    """Skills that will do as well by now: the caller has waited for the right one."""
    never: frozenset[str] = frozenset()
    """Names of agents who are not to be asked now: they said no, or were just asked."""
    last: frozenset[str] = frozenset()
    """Names of agents who were asked before; again only if there is nobody else."""
    only: str | None = None
    """The colleague to whom the caller was handed on, who is asked alone for now."""


@dataclass(frozen=True)
class Free:
    """An agent who is logged in, not on a call, not in a break, not wrapping up."""

    name: str
    languages: frozenset[Language]
    since: datetime
    """Idle from then on."""
    skills: frozenset[str] = frozenset()
    trained: bool = False
    """For aggression."""
    asked_for_heavy: bool = False
    load: Load = field(default_factory=Load)
    worked_week_h: float = 0.0
    """Hours on duty in the past seven days."""


@dataclass(frozen=True)
class Reason:
    """One part of why an agent got a call, with the points of fit it gave."""

    name: Literal["promised", "asked_for_heavy", "rested", "load_now", "load_week", "idle"]
    points: float


@dataclass(frozen=True)
class Match:
    """A caller and the agent to whom the call is offered."""

    caller: Waiting
    agent: Free
    why: tuple[Reason, ...]
    """What counted, the weightiest first."""


def in_order(callers: Iterable[Waiting], now: datetime, rules: Rules) -> list[Waiting]:
    """Return callers in the order in which they get a person."""

    def place(caller: Waiting) -> tuple[int, float, str]:
        waited = (now - caller.since).total_seconds()
        bonus = min(max(caller.value, 0.0), 1.0) * rules.place.value_s
        return -caller.urgency, -(waited + bonus), caller.call_id

    return sorted(callers, key=place)


def matches(
    callers: Iterable[Waiting], agents: Sequence[Free], now: datetime, rules: Rules
) -> list[Match]:
    """Pair waiting callers with free agents, each at most once.

    Callers are served in order; one for whom nobody fits does not hold up the next.
    """
    free = list(agents)
    found: list[Match] = []
    for caller in in_order(callers, now, rules):
        able = [
            agent
            for agent in free
            if agent.name not in caller.never
            and caller.only in (None, agent.name)
            and may_take(agent, caller, now, rules)
        ]
        able = [agent for agent in able if agent.name not in caller.last] or able
        if not able:
            continue
        able = _rested(able, caller, now, rules)
        if not able:
            continue
        scored = [(reasons(agent, caller, now, rules), agent) for agent in able]
        why, best = max(scored, key=lambda pair: (sum(r.points for r in pair[0]), pair[1].name))
        free.remove(best)
        weighty = sorted((r for r in why if r.points), key=lambda r: -abs(r.points))
        found.append(Match(caller, best, tuple(weighty)))
    return found


Unfit = Literal["language", "skill", "training"]
"""A rule that always holds, by which an agent may not take a call."""


def unfit(
    caller: Waiting, languages: frozenset[Language], skills: frozenset[str], trained: bool
) -> Unfit | None:
    """Return why somebody who can do this may not take a call; None when nothing is in the way."""
    if caller.language not in languages:
        return "language"
    if caller.skill is not None and not ({caller.skill} | caller.also) & skills:
        return "skill"
    if caller.trained_only and not trained:
        return "training"
    return None


def may_take(agent: Free, caller: Waiting, now: datetime, rules: Rules) -> bool:
    """Tell whether the rules that always hold let this agent take this call."""
    if unfit(caller, agent.languages, agent.skills, agent.trained):
        return False
    # In a crisis anyone is better than nobody; else a full measure is full.
    full = agent.load.now(now, rules.load) + caller.points > rules.load.most
    return not (caller.heavy and full and not caller.urgency)


def overflows(caller: Waiting, now: datetime, rules: Rules) -> bool:
    """Tell whether this caller has waited so long that a call back is to be offered."""
    return (now - caller.since).total_seconds() >= rules.place.overflow_after_s


def rest_due(caller: Waiting, rules: Rules, now: datetime) -> bool:
    """Tell whether a heavy call may still wait for somebody who did not just have one."""
    waited = (now - caller.since).total_seconds()
    return caller.heavy and not caller.urgency and waited < rules.load.rest_grace_s


def _rested(able: list[Free], caller: Waiting, now: datetime, rules: Rules) -> list[Free]:
    """Keep those for whom this would not be the second heavy call in a row, if there are any."""
    if not caller.heavy:
        return able
    rested = [agent for agent in able if not agent.load.last_was_heavy]
    if rested or rest_due(caller, rules, now):
        return rested
    return able


def reasons(agent: Free, caller: Waiting, now: datetime, rules: Rules) -> list[Reason]:
    """Return what speaks for and against this agent for this call."""
    fit = rules.fit
    idle_minutes = max(0.0, (now - agent.since).total_seconds() / 60)
    found = [Reason("idle", min(idle_minutes * fit.idle_per_minute, fit.idle_most))]
    if agent.name in caller.promised_by:
        found.append(Reason("promised", fit.promised))
    if not caller.heavy:
        if agent.load.last_was_heavy:
            found.append(Reason("rested", fit.rested))
        return found
    if agent.asked_for_heavy:
        found.append(Reason("asked_for_heavy", fit.asked_for_heavy))
    # Somebody new has no hours yet: one hour keeps a first heavy call from weighing endlessly.
    hours = max(agent.worked_week_h, 1.0)
    found.append(Reason("load_now", -fit.load_now * agent.load.now(now, rules.load)))
    found.append(Reason("load_week", -fit.load_week * agent.load.week(now) / hours))
    return found
