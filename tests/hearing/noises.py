"""What a line carries when nobody speaks: hiss, hum, tones, breath, music; made from numbers."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from tests.voices import Samples

Wave = npt.NDArray[np.float64]


def noise(name: str, seconds: float, rate: int = 8000) -> Samples:
    """Return so many seconds of the noise; the same every time."""
    wave = NOISES[name](np.arange(int(seconds * rate)) / rate, np.random.default_rng(7))
    samples: Samples = (np.clip(wave, -1, 1) * 32767).astype(np.int16)
    return samples


def _silence(time: Wave, random: np.random.Generator) -> Wave:
    return np.zeros_like(time)


def _hiss(time: Wave, random: np.random.Generator) -> Wave:
    return random.normal(0, 0.03, len(time))


def _crackle(time: Wave, random: np.random.Generator) -> Wave:
    clicks = (random.random(len(time)) < 0.002) * random.normal(0, 0.6, len(time))
    return clicks + random.normal(0, 0.005, len(time))


def _mains_hum(time: Wave, random: np.random.Generator) -> Wave:
    wave = np.zeros_like(time)
    for overtone in (1, 2, 3, 5):
        wave += 0.2 / overtone * np.sin(2 * np.pi * 50 * overtone * time)
    return wave


def _dial_tone(time: Wave, random: np.random.Generator) -> Wave:
    return 0.3 * np.sin(2 * np.pi * 425 * time)


def _ringing(time: Wave, random: np.random.Generator) -> Wave:
    return 0.3 * np.sin(2 * np.pi * 425 * time) * (time % 5 < 1)


def _touch_tones(time: Wave, random: np.random.Generator) -> Wave:
    pair = np.sin(2 * np.pi * 770 * time) + np.sin(2 * np.pi * 1336 * time)
    return 0.2 * pair * (time % 0.5 < 0.2)


def _breath(time: Wave, random: np.random.Generator) -> Wave:
    """Air, louder and softer every three seconds, as through a handset."""
    white = random.normal(0, 1, len(time))
    air = np.convolve(white, np.ones(6) / 6, "same")
    wave: Wave = 0.12 * air * np.clip(np.sin(2 * np.pi * time / 3), 0, 1) ** 2
    return wave


def _wind(time: Wave, random: np.random.Generator) -> Wave:
    low = np.convolve(random.normal(0, 1, len(time)), np.ones(80) / 80, "same")
    wave: Wave = 1.5 * low * (1 + 0.7 * np.sin(2 * np.pi * time / 2.3))
    return wave


def _music(time: Wave, random: np.random.Generator) -> Wave:
    """Music on hold: chords that change twice a second, with a melody over them."""
    wave = np.zeros_like(time)
    chords = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
    beat = (time * 2).astype(int)
    melody = random.choice([523, 587, 659, 698, 784, 880], beat.max() + 1)
    for number in range(int(beat.max()) + 1):
        here = beat == number
        fade = np.exp(-3 * (time[here] % 0.5))
        for pitch in (*chords[number // 4 % 4], melody[number]):
            for overtone in (1, 2, 3):
                wave[here] += fade / overtone * np.sin(2 * np.pi * pitch * overtone * time[here])
    return 0.08 * wave


def _modem(time: Wave, random: np.random.Generator) -> Wave:
    pitch = 1200 + 600 * random.integers(0, 2, len(time) // 40 + 1).repeat(40)[: len(time)]
    return 0.3 * np.sin(2 * np.pi * np.cumsum(pitch) / 8000)


NOISES: Mapping[str, Callable[[Wave, np.random.Generator], Wave]] = {
    "silence": _silence,
    "hiss": _hiss,
    "crackle": _crackle,
    "mains hum": _mains_hum,
    "dial tone": _dial_tone,
    "ringing": _ringing,
    "touch tones": _touch_tones,
    "breath": _breath,
    "wind": _wind,
    "music on hold": _music,
    "modem": _modem,
}
