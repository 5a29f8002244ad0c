"""Robot ears: where sound begins and ends, by its energy alone."""

import numpy as np

_WINDOW = 40  # samples: 5 ms, half a period of the lowest voices
_LOUD = 250.0  # -42 dB: above the noise of mu-law, below any vowel


def first_sound(pcm: bytes) -> int | None:
    """Return the sample at which a PCM16 sound first is more than noise, within 5 ms."""
    windows = _loud(pcm)
    return int(windows.argmax()) * _WINDOW if windows.any() else None


def last_sound(pcm: bytes) -> int | None:
    """Return the sample after which a PCM16 sound is no more than noise, within 5 ms."""
    windows = _loud(pcm)
    if not windows.any():
        return None
    return min((len(windows) - int(windows[::-1].argmax())) * _WINDOW, len(pcm) // 2)


def _loud(pcm: bytes) -> "np.typing.NDArray[np.bool_]":
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    windows = np.pad(samples, (0, -len(samples) % _WINDOW)).reshape(-1, _WINDOW)
    loud: np.typing.NDArray[np.bool_] = np.sqrt((windows**2).mean(axis=1)) > _LOUD
    return loud
