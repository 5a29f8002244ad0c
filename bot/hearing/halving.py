"""Halver: sound at 16 kHz to the 8 kHz that voice activity wants, with 2 ms of delay.

A stream resampler made for music hands its samples out in blocks of 57 ms, at 16 kHz. A caller
who speaks over the bot would wait for the end of such a block until the bot is silent.
"""

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

_TAPS = 71
_HERTZ = 3350
"""Where half is left, and at 3.8 kHz nothing. Of what lies above, a telephone carries only noise,
with which Silero took twice as many hums for a voice."""
_BETA = 7.0  # 70 dB
_OFFSETS = np.arange(_TAPS) - _TAPS // 2
_SHAPE = np.sinc(_OFFSETS * _HERTZ / 8000) * np.kaiser(_TAPS, _BETA)
_FILTER = (_SHAPE / _SHAPE.sum()).astype(np.float32)


class Halver:
    """Halves the sample rate of one stream; every two samples in give one out, at once."""

    def __init__(self) -> None:
        self._past: npt.NDArray[np.float32] = np.zeros(_TAPS - 1, np.float32)

    def halved(self, sound: Samples) -> Samples:
        """Return the next samples at half the rate; one that is left over waits for the next."""
        samples = np.concatenate([self._past, sound.astype(np.float32)])
        if len(samples) < _TAPS:
            self._past = samples
            return np.zeros(0, np.int16)
        smooth = np.convolve(samples, _FILTER, mode="valid")[::2]
        self._past = samples[2 * len(smooth) :]
        return np.clip(np.rint(smooth), -32768, 32767).astype(np.int16)
