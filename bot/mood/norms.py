"""Norms: how voices differ from one another, and one voice from turn to turn, when calm.

Before a caller was heard, they stand in for the caller's own calm voice. The
pitch is that of men and women in European languages (Traunmüller & Eriksson
1995); the rest was measured on the telephone prompts of six voices in five
languages (`bench/mood_voice.py --norms`), with room between voices for
handsets and lines. Nothing comes from recordings of emotions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Final


@dataclass(frozen=True)
class Norm:
    """A measure among calm voices, in the measure's own unit."""

    mean: float
    between: float
    """Standard deviation of one voice's mean among voices,"""
    within: float
    """and of one turn of TURN_S about its voice's mean."""
    ratio: bool = False
    """Differences are ratios: mean and deviations are of its natural logarithm."""

    def scaled(self, value: float) -> float:
        """Return the value as differences are taken from it."""
        return log(min(max(value, 1e-3), 1e3)) if self.ratio else value


TURN_S: Final = 2.5
"""Speech in the turns that `within` was measured on."""

NORMS: Final[Mapping[str, Norm]] = {
    "level_db": Norm(-22, 12, 1.5),
    "pitch_st": Norm(8, 5.5, 1.6),
    "range_st": Norm(9, 2, 2.2),
    "bend_st": Norm(log(0.12), 0.25, 0.25, ratio=True),
    "bright_st": Norm(-8, 2, 1.7),
    "clear_db": Norm(12, 2.5, 1.5),
    "ending_db": Norm(-3.5, 1, 2.5),
    "swing_db": Norm(5.6, 0.4, 0.5),
    "attack_dbs": Norm(250, 40, 50),
    "syllables_s": Norm(log(5), 0.15, 0.16, ratio=True),
}
"""By the names of `bot.mood.prosody`."""
