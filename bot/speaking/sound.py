"""Sound: what is heard of a sentence, whole or piece by piece."""

from dataclasses import dataclass

import numpy as np

_FAINT = 200
"""Of 32768: what is softer is a voice's breath and noise."""
_ATTACK_S = 0.01
"""Kept before the first sound, so that no consonant is clipped."""


@dataclass(frozen=True)
class Sound:
    """PCM, 16 bits signed, little-endian, mono."""

    pcm: bytes
    sample_rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.pcm) / 2 / self.sample_rate

    @property
    def is_faint(self) -> bool:
        """Whether there is nothing in it to be heard."""
        return self._first_heard() is None

    def at_once(self) -> "Sound":
        """Return it without the silence before its first sound: callers wait for that."""
        heard = self._first_heard()
        if heard is None:
            return self
        begin = max(0, heard - int(_ATTACK_S * self.sample_rate))
        return Sound(self.pcm[2 * begin :], self.sample_rate)

    def after(self, share: float) -> "Sound":
        """Return what is left of it after a share, 0 to 1, has been played."""
        return Sound(self.pcm[2 * int(share * len(self.pcm) / 2) :], self.sample_rate)

    def _first_heard(self) -> int | None:
        samples = np.frombuffer(self.pcm, np.int16)
        heard = np.flatnonzero(np.abs(samples.astype(np.int32)) > _FAINT)
        return int(heard[0]) if heard.size else None


@dataclass(frozen=True)
class Piece:
    """A part of a sentence's sound."""

    sound: Sound
    share: float
    """Of the whole sentence, 0 to 1; all of them together make about 1."""


def joined(pieces: list[Piece]) -> Sound:
    """Return pieces of one sample rate as one sound; there must be one at least."""
    return Sound(b"".join(piece.sound.pcm for piece in pieces), pieces[0].sound.sample_rate)
