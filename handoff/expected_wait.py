"""Expected wait: how long a place in the queue takes, from how long recent calls took.

Each person serves one caller after another, so the k-th in line waits until k of the calls
at hand are over: with n people and calls of h seconds each, about k * h / n on average, and
a third of a turn less in the middle. Who is ahead but may well go to other people counts
for that share. It is told in round words, and never on too little.
"""

from collections.abc import Sequence, Set
from statistics import fmean

SAMPLES = 30
"""Of the latest calls, so many count."""
FEWEST = 5
"""With fewer nothing is told."""
LONGEST_CALL_S = 3600.0
"""A card that was left open does not make everybody's wait look endless."""


MEDIAN = 1 / 3
"""Turns by which half of the waits are shorter than their mean: of a sum of k exponential
times the median is about (k - 1/3) times the mean of one."""


def share(mine: Set[str], theirs: Set[str]) -> float:
    """Return how much of a turn of mine somebody ahead takes, by who may take whom, 0 to 1."""
    return len(mine & theirs) / len(theirs) if theirs else 0.0


def expected_wait(
    turn: float, handled_s: Sequence[float], serving: int, free: int, answer_s: float
) -> float | None:
    """Return the seconds that a wait is expected to take; None when nobody can tell.

    Args:
        turn: 1 for who is next, and the `share` of each who is ahead.
        handled_s: Seconds that recent calls kept somebody, wrap-up among them.
        serving: People who take such calls one after the other now, busy or free.
        free: Of these, who could take one at once.
        answer_s: Seconds that an agent has to answer an offer.
    """
    if serving < 1:
        return None
    if turn <= free:
        return answer_s
    recent = [min(seconds, LONGEST_CALL_S) for seconds in handled_s[-SAMPLES:]]
    if len(recent) < FEWEST:
        return None
    return (turn - free - MEDIAN) * fmean(recent) / serving
