"""Background: voices that are much softer than the caller's own are not the caller.

While the bot is silent, whoever speaks is the caller, and how loud the caller is can be learned.
While the bot speaks, a voice that does not come near to that is somebody else in the room, or a
radio, and the bot need not stop for it. Nobody is ever shut out: as soon as the bot is silent,
every voice counts again.
"""

import math
from collections import deque

import numpy as np

SOFTER_DB = 13.0
"""How much softer than the caller's loud vowels a voice in the background is, at least."""
LEARNED_S = 1.0
"""Seconds of the caller's voice before anything is held against another."""
REMEMBERED_S = 12.0
"""Seconds of the caller's voice that are remembered: the telephone may be held otherwise."""
FADED_DB = 30.0
"""How much softer than what was just heard is the sound of a room, and no voice any more."""
JUST_S = 0.5
"""Seconds that were just heard: nobody who goes on more softly is shut out for longer."""
VOWEL_S = 0.2
"""Seconds for which a loud vowel speaks for the softer sounds after it."""
SILENCE_DB = -100.0
LOUD = 90
"""Percentile of the caller's windows that counts as loud."""


class OwnVoice:
    """How loud the caller of one call is."""

    def __init__(self, window_s: float) -> None:
        """Take how long the windows of sound are, in seconds."""
        self._needed = round(LEARNED_S / window_s)
        self._own: deque[float] = deque(maxlen=round(REMEMBERED_S / window_s))
        self._last: deque[float] = deque(maxlen=max(1, round(VOWEL_S / window_s)))
        self._just: deque[float] = deque(maxlen=max(1, round(JUST_S / window_s)))

    @property
    def level_db(self) -> float:
        """How loud it is now, vowels counting for what follows them; dB below full scale."""
        return max(self._last, default=SILENCE_DB)

    @property
    def faded(self) -> bool:
        """Whether the last window is so much softer than those before it that nobody speaks.

        Silero goes on to tell of a voice for a window or two after its last sound.
        """
        return bool(self._just) and self._just[-1] < max(self._just) - FADED_DB

    def is_background(self, window: bytes, *, voice: bool, bot_speaks: bool) -> bool:
        """Say whether a window holds a voice in the background, and learn from it if not.

        Args:
            window: PCM16, mono.
            voice: Whether there is a voice in it.
            bot_speaks: Whether the bot does, so that nobody should.
        """
        level = decibels(window)
        self._last.append(level)
        self._just.append(level)
        if not voice:
            return False
        if not bot_speaks:
            self._own.append(level)
            return False
        if len(self._own) < self._needed:
            return False
        return self.level_db < float(np.percentile(self._own, LOUD)) - SOFTER_DB


def decibels(window: bytes) -> float:
    """Return how loud PCM16 is, in dB below full scale; SILENCE_DB at least."""
    samples = np.frombuffer(window, "<i2").astype(np.float64)
    power = float(np.mean(samples**2)) if len(samples) else 0.0
    return max(SILENCE_DB, 10 * math.log10(max(power, 1e-9) / 32768**2))
