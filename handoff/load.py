"""Load: the weight of the calls that a person took, wearing off over hours."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handoff.heaviness import Heaviness
from handoff.routing_rules import LoadRules

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Load:
    """What one agent carries; made of calls, never of how the agent sounds or does."""

    points: float = 0.0
    """Carried at `at`."""
    at: datetime | None = None
    last_was_heavy: bool = False
    """Whether the latest call was a heavy one."""
    taken: tuple[tuple[datetime, float], ...] = ()
    """Heavy calls of the past seven days: when, and their points."""

    def now(self, moment: datetime, rules: LoadRules) -> float:
        """Return the points carried now: half of them are gone after each half-life."""
        if self.at is None:
            return 0.0
        hours = max(0.0, (moment - self.at).total_seconds() / 3600)
        return float(self.points * 0.5 ** (hours / rules.half_life_hours))

    def week(self, moment: datetime) -> float:
        """Return the points of the heavy calls of the past seven days, none worn off."""
        return sum(points for at, points in self.taken if moment - at < WEEK)

    def after_call(self, call: Heaviness, moment: datetime, rules: LoadRules) -> "Load":
        """Return the load after a call; a light one weighs nothing, and ends a row of heavy ones.

        Args:
            call: What the call asked.
            moment: When it ended.
            rules: How points wear off.
        """
        if not call.heavy:
            return replace(self, last_was_heavy=False)
        recent = tuple((at, points) for at, points in self.taken if moment - at < WEEK)
        return Load(
            points=self.now(moment, rules) + call.points,
            at=moment,
            last_was_heavy=True,
            taken=(*recent, (moment, call.points)),
        )
