"""Signals: what in an agent's week was unlike that agent's own others; never a score of anybody.

Each agent is compared with nobody but themselves. The usual is the median of the own weeks
before, its spread the median distance from it (MAD): one odd week moves neither. Weeks with few
calls do not count, and with few weeks nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, get_args

from handoff.care.counts import Counts
from handoff.care.rules import Measure, WeeklyRules

NORMAL = 1.4826
"""Times the MAD: the standard deviation of what varies normally."""
MEASURES: tuple[Measure, ...] = get_args(Measure)

Way = Literal["more", "less", "usual", "unknown"]
"""`unknown`: too little to say."""


@dataclass(frozen=True)
class Signal:
    """One measure of one week, beside what is usual for this agent."""

    measure: Measure
    way: Way
    value: float | None
    """Seconds, or a share of 1."""
    usual: float | None
    """The median of the weeks before; None when there are too few."""
    low: float | None
    high: float | None
    """From `low` to `high` a week counts as usual."""
    weeks: int
    """Weeks before that are compared with."""
    calls: int
    """In this week."""

    @property
    def tells(self) -> bool:
        """Whether it is told as a signal: only what was more than usual asks for care."""
        return self.way == "more"


def signals(week: Counts, before: Sequence[Counts], rules: WeeklyRules) -> list[Signal]:
    """Compare a week with the same agent's weeks before.

    Args:
        week: The week.
        before: The agent's weeks before it; those with too few calls are left out here.
        rules: When a difference is told.
    """
    counted = [each for each in before if each.calls >= rules.least_calls]
    return [_signal(measure, week, counted, rules) for measure in MEASURES]


def _signal(
    measure: Measure, week: Counts, counted: Sequence[Counts], rules: WeeklyRules
) -> Signal:
    value = week.value(measure)
    usual_ones = [v for each in counted if (v := each.value(measure)) is not None]
    too_little = (
        value is None or week.calls < rules.least_calls or len(usual_ones) < rules.least_weeks
    )
    if value is None or too_little:
        weeks = len(usual_ones)
        return Signal(measure, "unknown", value, None, None, None, weeks, week.calls)
    usual = median(usual_ones)
    spread = NORMAL * median(abs(each - usual) for each in usual_ones)
    reach = rules.deviations * max(spread, rules.least_spread.get(measure, 0.0))
    low, high = max(0.0, usual - reach), usual + reach
    way: Way = "more" if value > high else "less" if value < low else "usual"
    return Signal(measure, way, value, usual, low, high, len(usual_ones), week.calls)
