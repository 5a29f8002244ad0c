"""Staffing: how many people a half hour takes, by Erlang's formulas.

Erlang C (1917): callers arrive at random, wait as long as it takes, and talk
for exponentially distributed times. Erlang A (Palm 1946; Garnett, Mandelbaum and
Reiman 2002) adds that callers lose patience. Both are checked against a
simulation in tests.
"""

import math
from dataclasses import dataclass

INTERVAL_S = 1800.0
"""A half hour."""
_MOST = 10_000


@dataclass(frozen=True)
class Staffed:
    """How callers fare with so many people."""

    agents: int
    occupancy: float
    """Share of the time on calls, 0 to 1."""
    waits: float
    """Share of callers who do not get somebody at once."""
    mean_wait_s: float
    """Of those who are answered and those who are not; infinite when the queue only grows."""
    answered_in_time: float
    """Share of all callers answered within the target."""
    gives_up: float = 0.0
    """Share of callers who lose patience; 0 where nobody does."""


def offered(calls: float, handle_s: float, interval_s: float = INTERVAL_S) -> float:
    """Return the work that calls bring, in erlang: people busy on average."""
    return calls * handle_s / interval_s


def erlang_b(agents: int, load: float) -> float:
    """Return the share of calls that meet all agents busy when none may wait.

    By the recursion B(n) = a B(n-1) / (n + a B(n-1)), which is stable for any size.
    """
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(calls: float, handle_s: float, agents: int, target_s: float = 20.0) -> Staffed:
    """Return how callers fare who wait as long as it takes.

    Args:
        calls: In a half hour.
        handle_s: Mean seconds of talk and wrap-up.
        agents: People on the phone.
        target_s: Answered within it is in time.
    """
    load = offered(calls, handle_s)
    if load == 0:
        return Staffed(agents, 0.0, 0.0, 0.0, 1.0)
    if agents <= load:
        return Staffed(agents, 1.0, 1.0, math.inf, 0.0)
    blocked = erlang_b(agents, load)
    waits = agents * blocked / (agents - load * (1 - blocked))
    drain = (agents - load) / handle_s
    return Staffed(
        agents=agents,
        occupancy=load / agents,
        waits=waits,
        mean_wait_s=waits / drain,
        answered_in_time=1 - waits * math.exp(-drain * target_s),
    )


def erlang_a(
    calls: float, handle_s: float, agents: int, patience_s: float, target_s: float = 20.0
) -> Staffed:
    """Return how callers fare who hang up when their patience is over.

    The queue is followed state by state: with j callers waiting, one leaves it
    at rate agents/handle_s + j/patience_s.

    Args:
        calls: In a half hour.
        handle_s: Mean seconds of talk and wrap-up.
        agents: People on the phone; at least one.
        patience_s: Mean seconds that a caller is willing to wait.
        target_s: Answered within it is in time.
    """
    load = offered(calls, handle_s)
    if load == 0:
        return Staffed(agents, 0.0, 0.0, 0.0, 1.0)
    serve, leave, arrive = agents / handle_s, 1 / patience_s, load / handle_s
    # Weights of "all busy, j waiting", with all-busy-nobody-waiting as 1.
    weights = [1.0]
    while weights[-1] > 1e-12 * sum(weights) and len(weights) < _MOST:
        weights.append(weights[-1] * arrive / (serve + len(weights) * leave))
    # Weights of the states in which somebody is free, against the same one: 1/B sums them all.
    below = 1 / erlang_b(agents, load) - 1
    total = below + sum(weights)
    waits = sum(weights) / total
    queue = sum(j * weight for j, weight in enumerate(weights)) / total
    gives_up = leave * queue / arrive
    in_time = below / total + sum(
        weight / total * _served_within(j, serve, leave, target_s)
        for j, weight in enumerate(weights)
        if weight / total > 1e-10
    )
    return Staffed(
        agents=agents,
        occupancy=load * (1 - gives_up) / agents,
        waits=waits,
        mean_wait_s=queue / arrive,
        answered_in_time=min(in_time, 1.0),
        gives_up=gives_up,
    )


def _served_within(
    ahead: int, serve: float, leave: float, target_s: float, steps: int = 40
) -> float:
    """Return the chance to be served in time, with so many ahead in the queue.

    The queue ahead drains by one at rate serve + k*leave, k falling; our own
    patience runs meanwhile. The row of chances is stepped through time (uniformisation).
    """
    rates = [serve + k * leave for k in range(ahead + 1)]
    fastest = rates[-1] + leave
    mean = fastest * target_s
    row = [0.0] * (ahead + 1)
    row[ahead] = 1.0
    served, result, jump = 0.0, 0.0, math.exp(-mean)
    for step in range(int(mean + 10 * math.sqrt(mean) + steps)):
        result += jump * served
        jump *= mean / (step + 1)
        moved = [0.0] * (ahead + 1)
        for k, chance in enumerate(row):
            if not chance:
                continue
            on = rates[k] / fastest
            if k == 0:
                served += chance * on
            else:
                moved[k - 1] += chance * on
            moved[k] += chance * (1 - on - leave / fastest)
        row = moved
    return result


def agents_needed(
    calls: float,
    handle_s: float,
    *,
    in_time: float = 0.8,
    target_s: float = 20.0,
    patience_s: float | None = None,
    most_busy: float = 0.88,
) -> Staffed:
    """Return the fewest people with whom enough callers are answered in time.

    Args:
        calls: In a half hour.
        handle_s: Mean seconds of talk and wrap-up.
        in_time: Share of callers to be answered within `target_s`.
        target_s: Seconds.
        patience_s: Mean patience of callers; None: nobody hangs up (Erlang C).
        most_busy: Occupancy that people can keep up; above it more of them are needed.
    """
    agents = max(1, math.ceil(offered(calls, handle_s) / most_busy)) if calls > 0 else 0
    while True:
        if patience_s is None or agents == 0:
            fares = erlang_c(calls, handle_s, agents, target_s)
        else:
            fares = erlang_a(calls, handle_s, agents, patience_s, target_s)
        if fares.answered_in_time >= in_time and fares.occupancy <= most_busy:
            return fares
        agents += 1
