"""Cues: which differences from a calm voice speak for anger, and how much.

Signs and order of the weights follow the published profiles of anger against
joy and sadness (Banse & Scherer 1996; Juslin & Laukka 2003; Scherer 2003);
the weights themselves are round numbers set by hand. docs/mood-voice.md tells
which and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from typing import Final

from bot.events import Evidence, Prosody
from bot.mood.norms import NORMS


@dataclass(frozen=True)
class Cue:
    """What a measure's difference, in standard deviations, counts for."""

    weight: float
    """Below 0 when less of it is angrier."""
    most: float = 3.0
    """Deviations that count at most, so that no measure decides alone,"""
    least: float = -3.0
    """and the other way."""

    def counted(self, deviation: float) -> float:
        """Return what this deviation adds to the score."""
        towards = deviation if self.weight > 0 else -deviation
        return abs(self.weight) * min(max(towards, self.least), self.most)


CUES: Final[Mapping[str, Cue]] = {
    "bright_st": Cue(1.0, most=5.0),
    "pitch_st": Cue(1.0),
    "clear_db": Cue(-1.0),
    "ending_db": Cue(0.25),
    "range_st": Cue(-1.0, most=1.0),  # a wide melody is joy's; a flat one is not yet anger
    "bend_st": Cue(-0.5, most=1.0),
    "level_db": Cue(0.5, least=0.0),  # an automatic gain makes who shouts no louder
    "syllables_s": Cue(0.25),
    "swing_db": Cue(0.25),
}


HANDSET: Final = 2.0
"""So much brightness and harshness may be another handset's; of a voice that rises, twice what
it rises by is believed as well."""


def counted(deviations: Mapping[str, float]) -> dict[str, float]:
    """Return what each cue adds to the score, by the measure's name."""
    found = {name: cue.counted(deviations[name]) for name, cue in CUES.items()}
    timbre = max(found["bright_st"], 0.0) + max(found["clear_db"], 0.0)
    believed = HANDSET + 2 * max(found["pitch_st"], 0.0)
    if timbre > believed:
        for name in ("bright_st", "clear_db"):
            found[name] = min(found[name], found[name] * believed / timbre)
    return found


@dataclass(frozen=True)
class _Told:
    """A difference as a person is told of it."""

    name: str
    sign: int
    from_: float
    """Smaller differences are not told; in the unit of the name."""


_TOLD: Final[Mapping[str, _Told]] = {
    "level_db": _Told("louder_db", 1, 4),
    "pitch_st": _Told("higher_st", 1, 2),
    "bright_st": _Told("brighter_st", 1, 3),
    "clear_db": _Told("harsher_db", -1, 2),
    "ending_db": _Told("ending_louder_db", 1, 4),
    "range_st": _Told("wider_st", 1, 4),
    "bend_st": _Told("more_melodic_percent", 1, 30),
    "swing_db": _Told("more_contrast_db", 1, 1),
    "attack_dbs": _Told("steeper_dbs", 1, 100),
    "syllables_s": _Told("faster_percent", 1, 20),
}


def features(differences: Mapping[str, float]) -> dict[str, float]:
    """Return the differences by the names and in the units that people are told."""
    return {told.name: round(_in_units(name, differences[name]), 2) for name, told in _TOLD.items()}


def evidence(
    differences: Mapping[str, float], deviations: Mapping[str, float]
) -> tuple[Evidence, ...]:
    """Return what speaks for anger and can be heard, what counts most first."""
    counts = counted(deviations)
    found = []
    for name in sorted(counts, key=lambda name: -counts[name]):
        told, value = _TOLD[name], _in_units(name, differences[name])
        if counts[name] >= 0.5 and value >= told.from_:
            found.append(Evidence(source="voice", name=told.name, value=round(value, 1)))
    return tuple(found)


def certainty(prosody: Prosody) -> float:
    """Return how far the measures can be trusted, 0 to 1: noise, clipping, a second voice."""
    noise = _between(prosody.features.get("snr_db", 60.0), 6.0, 18.0)
    clipping = 1 - 0.5 * _between(prosody.features.get("clipped", 0.0), 0.01, 0.05)
    alone = 0.5 if prosody.features.get("second_voice", 0.0) > 0 else 1.0
    return (0.5 + 0.5 * noise) * clipping * alone


def _between(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _in_units(name: str, difference: float) -> float:
    value = _TOLD[name].sign * difference
    return 100 * (exp(value) - 1) if NORMS[name].ratio else value
