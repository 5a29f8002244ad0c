"""Fitting: brings the sound of a sentence to the rate of a line, whole or piece by piece."""

import numpy as np
import soxr

from bot.speaking.sound import Sound


class Fitting:
    """Brings one sentence to a sample rate; pieces join as if it had been whole.

    Args:
        sample_rate: That is wanted, samples a second; None for the sound's own.
    """

    def __init__(self, sample_rate: int | None) -> None:
        """Take the rate that is wanted."""
        self._wanted = sample_rate
        self._own = 0
        self._stream: soxr.ResampleStream | None = None

    def whole(self, sound: Sound) -> Sound:
        """Return all of a sentence at the wanted rate."""
        if self._wanted in (None, sound.sample_rate):
            return sound
        samples = np.frombuffer(sound.pcm, dtype=np.int16)
        fitted = soxr.resample(samples, sound.sample_rate, self._wanted)
        return Sound(np.asarray(fitted, np.int16).tobytes(), self._wanted or sound.sample_rate)

    def next(self, sound: Sound) -> Sound:
        """Return the next piece at the wanted rate: about as long, and perhaps nothing yet.

        Another voice may have taken over, at another rate: what the first held back is lost, a
        hundredth of a second.
        """
        wanted = self._wanted or sound.sample_rate
        if sound.sample_rate == wanted:
            self._stream = None
            return sound
        if self._stream is None or self._own != sound.sample_rate:
            self._own = sound.sample_rate
            self._stream = soxr.ResampleStream(self._own, wanted, 1, dtype="int16")
        fitted = self._stream.resample_chunk(np.frombuffer(sound.pcm, np.int16))
        return Sound(np.asarray(fitted, np.int16).tobytes(), wanted)

    def rest(self) -> Sound:
        """Return what was held back; empty when there is nothing."""
        if self._stream is None or self._wanted is None:
            return Sound(b"", self._wanted or 1)
        fitted = self._stream.resample_chunk(np.empty(0, np.int16), last=True)
        return Sound(np.asarray(fitted, np.int16).tobytes(), self._wanted)
