"""Doubler: telephone sound at 8 kHz to the 16 kHz that hearing wants, with 2 ms of delay.

A stream resampler made for music hands its samples out in blocks of 100 ms.
Each turn of a call would wait for the end of such a block.
"""

import numpy as np
from pipecat.audio.resamplers.base_audio_resampler import BaseAudioResampler

_TAPS = 63  # 1.2 kHz between pass (3.4 kHz, all that a telephone carries) and stop
_BETA = 7.0  # 70 dB
_OFFSETS = np.arange(_TAPS) - _TAPS // 2
_FILTER = (np.sinc(_OFFSETS / 2) * np.kaiser(_TAPS, _BETA)).astype(np.float32)


class Doubler(BaseAudioResampler):
    """Doubles the sample rate of one stream; every sample in gives two out, at once."""

    def __init__(self) -> None:
        self._past = np.zeros(_TAPS - 1, dtype=np.float32)

    async def resample(self, audio: bytes, in_rate: int, out_rate: int) -> bytes:
        """Return PCM16 at twice the rate, or as it came when the rates agree."""
        if in_rate == out_rate or not audio:
            return audio
        if out_rate != 2 * in_rate:
            raise ValueError(f"a Doubler can't turn {in_rate} Hz into {out_rate} Hz")
        samples = np.frombuffer(audio, dtype="<i2")
        spread = np.zeros(2 * len(samples), dtype=np.float32)
        spread[::2] = samples
        spread = np.concatenate([self._past, spread])
        self._past = spread[-(_TAPS - 1) :]
        smooth = np.convolve(spread, _FILTER, mode="valid")
        return np.clip(np.rint(smooth), -32768, 32767).astype("<i2").tobytes()
