"""Voice: what the sound of a turn tells, against the caller's own calm voice."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import exp, isfinite, sqrt
from typing import Final

from bot.events import Prosody
from bot.mood.frames import available
from bot.mood.impression import VoiceImpression
from bot.mood.norms import NORMS, TURN_S
from bot.mood.prosody import LEAST_SPEECH_S, measure
from bot.mood.voice_cues import CUES, certainty, counted, evidence, features

__all__ = ["Baseline", "available", "measure"]

OWN_S: Final = 30.0
"""After so much calm speech the baseline is known, and stays that of the call's begin."""
TRUSTED_S: Final = 4.0
"""Until so much was heard, calm words are enough; from then on the voice must be calm too."""
ANGRY: Final = 0.5
"""Anger from which a voice is called angry."""
SPREAD: Final = 1.7
"""Standard deviation of the score among calm turns of one voice: 1.6 of telephone prompts
(`bench/mood_voice.py --norms`), and a little more in a call."""
THRESHOLD: Final = 3 * SPREAD
"""Score at which anger is ANGRY."""
SLOPE: Final = 1.5


@dataclass(frozen=True)
class _Turn:
    """A turn that the baseline learnt from."""

    seconds: float
    values: Mapping[str, float]
    """By measure, scaled as its norm."""
    score: float
    """How it sounds against the norms, whoever speaks; to compare turns of one caller."""


@dataclass(frozen=True)
class Baseline:
    """How the caller sounds when calm, as far as was heard.

    It starts as the norm of all voices and becomes the caller's own with every
    calm turn: each measure's mean is weighed by what was heard of it against
    how much voices differ (empirical Bayes). A difference then counts in
    standard deviations of what may still be expected of a calm turn, so that
    little weight rests on what is not known yet.

    Calm words may be spoken angrily or with joy: of the turns learnt, those
    that sound more excited than the calmest one hardly count.
    """

    turns: tuple[_Turn, ...] = ()

    def with_turn(self, prosody: Prosody, *, calm: bool) -> "Baseline":
        """Return the baseline after one more turn; `calm` when its words were calm."""
        if not calm or not _usable(prosody):
            return self
        values = {name: norm.scaled(prosody.features[name]) for name, norm in NORMS.items()}
        score = sum(
            cue.weight * (values[name] - NORMS[name].mean) / NORMS[name].within
            for name, cue in CUES.items()
        )
        turn = _Turn(prosody.speech_s, values, score)
        calmer = not self.turns or score < self._calmest - 1.5 * SPREAD
        if self.heard_s >= OWN_S and not calmer:
            return self
        if self.heard_s >= TRUSTED_S and (found := self.judge(prosody)) and found.angry:
            return self
        return replace(self, turns=(*self.turns, turn))

    def judge(self, prosody: Prosody) -> VoiceImpression | None:
        """Return what the sound tells against this baseline; None when too little was heard."""
        if not _usable(prosody):
            return None
        differences = {
            name: norm.scaled(prosody.features[name]) - self._mean(name)
            for name, norm in NORMS.items()
        }
        deviations = {
            name: difference / self._expected(name, prosody.speech_s)
            for name, difference in differences.items()
        }
        score = sum(counted(deviations).values())
        anger = 1 / (1 + exp(-(certainty(prosody) * score - THRESHOLD) / SLOPE))
        return VoiceImpression(
            anger=round(anger, 3),
            angry=anger >= ANGRY,
            features=features(differences),
            evidence=evidence(differences, deviations),
        )

    @cached_property
    def heard_s(self) -> float:
        """Seconds of calm speech that were learnt from."""
        return sum(self._weights)

    @cached_property
    def _calmest(self) -> float:
        return min(turn.score for turn in self.turns)

    @cached_property
    def _weights(self) -> tuple[float, ...]:
        """Seconds that each turn counts for: all, down to none of what sounds excited."""
        return tuple(
            turn.seconds * min(max(3 - (turn.score - self._calmest) / SPREAD / 1.5, 0.0), 1.0)
            for turn in self.turns
        )

    def _mean(self, name: str) -> float:
        norm = NORMS[name]
        prior_s = TURN_S * (norm.within / norm.between) ** 2
        own = sum(
            weight * turn.values[name]
            for weight, turn in zip(self._weights, self.turns, strict=True)
        )
        return (prior_s * norm.mean + own) / (prior_s + self.heard_s)

    def _expected(self, name: str, speech_s: float) -> float:
        """Return the standard deviation of a calm turn's measure about the baseline's mean."""
        norm = NORMS[name]
        turn = norm.within**2 * TURN_S / min(speech_s, TURN_S)
        unknown = 1 / (1 / norm.between**2 + self.heard_s / TURN_S / norm.within**2)
        return sqrt(turn + unknown)


def _usable(prosody: Prosody) -> bool:
    """Whether the turn is long enough, and was measured by these measures."""
    return (
        prosody.speech_s >= LEAST_SPEECH_S
        and NORMS.keys() <= prosody.features.keys()
        and all(isfinite(value) for value in prosody.features.values())
    )
