"""People: digits that people said one by one, strung together as somebody dictates.

The recordings (`7_name_12.wav`) are the Free Spoken Digit Dataset's: English, 8 kHz.
"""

import random
from pathlib import Path

import numpy as np
import soxr

from bot.hearing.files import read_sound
from bot.hearing.heard import RATE, Audio

FAINT, LOUD = 0.02, 0.3
"""Of 1: what is softer is not speech; how loud each digit is made, unless told otherwise."""
BETWEEN_S = (0.05, 0.15)
"""Silence between the digits of a group."""


class People:
    """Speakers, and each one's recordings of each digit."""

    def __init__(self, folder: Path) -> None:
        """Look for `fsdd/recordings` in a folder; without it there is nobody."""
        self._said: dict[str, dict[str, list[Path]]] = {}
        for path in sorted((folder / "fsdd" / "recordings").glob("*.wav")):
            digit, speaker, _take = path.stem.split("_")
            self._said.setdefault(speaker, {}).setdefault(digit, []).append(path)
        self.names = tuple(sorted(self._said))

    def group(
        self, name: str, digits: str, dice: random.Random, *, rate: int = RATE, loud: float = LOUD
    ) -> Audio:
        """Return digits that are said in one breath, mono, `loud` of full scale."""
        parts: list[Audio] = []
        for digit in digits:
            if parts:
                parts.append(np.zeros(int(dice.uniform(*BETWEEN_S) * RATE), np.float32))
            parts.append(_one(dice.choice(self._said[name][digit]), loud))
        said = np.concatenate(parts)
        narrow = soxr.resample(said, RATE, rate) if rate != RATE else said
        return np.asarray(narrow, np.float32)


def _one(path: Path, loud: float) -> Audio:
    sound = read_sound(path)
    heard = np.flatnonzero(np.abs(sound) > FAINT)
    if heard.size:
        sound = sound[heard[0] : heard[-1] + 1]
    scaled: Audio = (sound / (np.abs(sound).max() + 1e-6) * loud).astype(np.float32)
    return scaled
