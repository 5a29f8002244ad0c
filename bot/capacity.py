"""Capacity: how many calls a worker can carry, from how fast it recognises a turn.

Recognition is what calls share and what they wait for, so it is taken as a queue with `servers`
servers: the probability that a turn waits longer than t is, by Erlang's C for the chance to wait
at all and the heavy-traffic approximation for how long (Allen and Cunneen's correction of M/M/c
for other service times than exponential ones; A. O. Allen, "Probability, Statistics, and Queueing
Theory", 2nd ed., section 5.3),

    P(W > t) = C(servers, load) * exp(-2 / (1 + SPREAD) * (servers - load) * t / seconds)

with load = turns a second * seconds a turn. What else a call does (voice activity, codecs, end of
turn, understanding, speech) takes its share of the cores, and recognition gets slower by it. A
worker carries the most calls with which at most one turn in twenty waits longer than a second.
"""

import math

from handoff.staffing import erlang_b

TURN_EVERY_S = 8.0
"""Seconds from one turn of a caller to the next."""
WAIT_S = 1.0
SELDOM = 0.05
"""No more than this share of turns waits longer than WAIT_S."""
SPREAD = 0.25
"""Squared coefficient of variation of recognition's seconds: turns of 1 to 6 s take about 0.2 to
0.6 s, for the window, not the turn, sets the cost."""
LINE_CORES = 0.04
"""Share of a core that a call takes all the time: voice activity 0.013, the rest codecs, pipeline
and timers."""
TURN_CORE_S = 0.25
"""Core seconds of a turn besides its recognition: end of turn 0.07 a pause, a guess in vain now
and then, understanding and mood 0.05, synthesis of what is not kept."""
MEMORY_A_CALL = 20_000_000
"""Bytes: buffers of sound and one pipeline; the models are there once, whatever the calls."""


def calls_at_most(
    seconds: float, *, cores: int, servers: int = 1, memory: int | None = None
) -> int:
    """Return how many calls a worker can carry, at least 1.

    Args:
        seconds: That a typical turn takes through recognition, on an idle machine.
        cores: That this worker may use.
        servers: Turns that are recognised at the same time.
        memory: Bytes that are left; None when nobody can tell.
    """
    room = None if memory is None else memory // MEMORY_A_CALL
    calls = 1
    while (room is None or calls < room) and _in_time(calls + 1, seconds, cores, servers):
        calls += 1
    return calls


def waits_too_long(calls: int, seconds: float, *, cores: int, servers: int = 1) -> float:
    """Return the share of turns that wait longer than WAIT_S for recognition, with so many calls.

    Args: as of `calls_at_most`.
    """
    free = 1 - calls * (LINE_CORES + TURN_CORE_S / TURN_EVERY_S) / cores
    if free <= 0:
        return 1.0
    slowed = seconds / free
    load = calls / TURN_EVERY_S * slowed
    if load >= servers:
        return 1.0
    rate = 2 / (1 + SPREAD) * (servers - load) / slowed
    return chance_to_wait(servers, load) * math.exp(-rate * WAIT_S)


def chance_to_wait(servers: int, load: float) -> float:
    """Return the chance that a turn that comes must wait, by Erlang's C; load below `servers`."""
    blocked = erlang_b(servers, load)
    return servers * blocked / (servers - load * (1 - blocked))


def _in_time(calls: int, seconds: float, cores: int, servers: int) -> bool:
    return waits_too_long(calls, seconds, cores=cores, servers=servers) <= SELDOM
