"""Heaviness: what a call asks of the person who takes it, seen from the caller's side only.

Nothing of the agent's is looked at: not the voice, not the words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from bot.events import (
    Bridged,
    CallEnded,
    Event,
    HandedOn,
    IncidentReported,
    MoodChanged,
    MoodHeard,
    Returned,
    Sign,
    WrappedUp,
)
from handoff.routing_rules import Weight


@dataclass(frozen=True)
class Heaviness:
    """The weight of a call, and what it is made of."""

    points: float
    heavy: bool
    because: tuple[str, ...] = ()
    """Signs, levels, and "long", the weightiest first."""


WEIGHS = (
    *(MoodHeard, MoodChanged, IncidentReported),
    *(Bridged, Returned, HandedOn, WrappedUp, CallEnded),
)
"""Events that a call is weighed by; the others change nothing."""


def heaviness(events: Iterable[Event], weight: Weight) -> Heaviness:
    """Weigh a call by its events so far.

    Each thing counts once, however often it was heard: a caller who swears ten
    times is weighed by what was said, and `long` by how long somebody bore it.
    """
    worst_level, signs, talked, since = "calm", set[Sign](), 0.0, _Since()
    for event in events:
        match event.body:
            case MoodHeard() as heard:
                signs.update(heard.signs)
            case IncidentReported(by=str(), sign=sign):  # what only the agent heard
                signs.add(sign)
            case MoodChanged(level="angry"):
                worst_level = "angry"
            case MoodChanged(level="frustrated") if worst_level == "calm":
                worst_level = "frustrated"
            case Bridged():
                since.start(event.at)
            case Returned() | HandedOn() | WrappedUp() | CallEnded():
                talked += since.stop(event.at)
            case _:
                pass
    table = weight.model_dump()
    # Moods of every shade are one thing, told by the level; the rest adds up.
    parts = {s: table[s] for s in get_args(Sign) if s in signs and s in _SIGNS_THAT_WEIGH}
    if worst_level != "calm":
        parts[worst_level] = table[worst_level]
    long = (talked / 60 - weight.long_after_minutes) / 10 * weight.long_points
    if long > 0:
        parts["long"] = min(long, weight.long_most)
    points = sum(parts.values())
    because = tuple(sorted((p for p in parts if parts[p]), key=lambda part: -parts[part]))
    return Heaviness(points, points >= weight.heavy_from, because)


_SIGNS_THAT_WEIGH = frozenset(Weight.model_fields) - {"frustrated", "angry"}


class _Since:
    """Seconds between a start and the next stop."""

    def __init__(self) -> None:
        self._at: datetime | None = None

    def start(self, at: datetime) -> None:
        self._at = self._at or at

    def stop(self, at: datetime) -> float:
        begun, self._at = self._at, None
        return max(0.0, (at - begun).total_seconds()) if begun else 0.0
