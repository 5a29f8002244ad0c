"""Pieces: a sentence's sound as it comes, from the two parts of a Piper model.

The first part turns phonemes into frames, numbers that say how it is to sound; it needs the
whole sentence, and a quarter of the time. The decoder turns frames into samples, and looks
only a few frames around: so it can be given them piece by piece, and what comes is the same.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.model_session import Session

Samples = NDArray[np.float32]
"""Mono, within -1 and 1, at the voice's own sample rate."""

AROUND = 14
"""Frames before and after a piece that the decoder must see too.

How far the convolutions of the largest kind of voice (`high`) reach, by their kernels and
dilations. Of a `medium` one it is 10, measured: with 9 the pieces differ by 2e-4 of full scale,
with these 14 by 3e-6, which is rounding.
"""
_FIRST_S = 0.35
_LONGEST_S = 1.5


class Pieces:
    """The two parts of a voice's model, and how long the pieces are that they make."""

    def __init__(self, first: Session, decoder: Session, frames_a_second: float) -> None:
        """Take the parts; `frames_a_second` need only be about right."""
        self._first = first
        self._decoder = decoder
        self._shortest = max(1, round(_FIRST_S * frames_a_second))
        self._longest = max(1, round(_LONGEST_S * frames_a_second))

    def frames(self, inputs: Mapping[str, Any]) -> NDArray[np.float32]:
        """Run the first part. Blocks for a fortieth of the sound's length.

        Args:
            inputs: What the uncut model is given.

        Returns:
            Of shape (1, numbers a frame, frames), with another noise in it each time.
        """
        return np.asarray(self._first.run(None, inputs)[0], np.float32)

    def whole(self, frames: NDArray[np.float32], inputs: Mapping[str, Any]) -> Samples:
        """Return the sound of all frames, made at once."""
        return self._decoded(frames, inputs)

    def in_turn(
        self, frames: NDArray[np.float32], inputs: Mapping[str, Any]
    ) -> Iterator[tuple[Samples, float]]:
        """Yield the same sound in pieces, a short one first. Each blocks for a tenth of it.

        Beside each stands its share of the whole, 0 to 1.
        """
        count = frames.shape[2]
        for begin, end in windows(count, self._shortest, self._longest):
            left, right = max(0, begin - AROUND), min(count, end + AROUND)
            samples = self._decoded(frames[:, :, left:right], inputs)
            a_frame = len(samples) // (right - left)
            piece = samples[(begin - left) * a_frame : (end - left) * a_frame]
            yield piece, (end - begin) / count

    def _decoded(self, frames: NDArray[np.float32], inputs: Mapping[str, Any]) -> Samples:
        name, *others = self._decoder.inputs
        given = {name: frames, **{other: inputs[other] for other in others}}
        return np.asarray(self._decoder.run(None, given)[0], np.float32).reshape(-1)


def windows(count: int, shortest: int, longest: int) -> Iterator[tuple[int, int]]:
    """Yield where pieces begin and end; each is twice as long as the one before it.

    The caller waits for the first alone: while a piece is heard the next is made, ten times
    faster than it is heard. Long ones lose less by the frames around them.

    Args:
        count: Frames to be divided.
        shortest: Frames of the first piece; no other is shorter.
        longest: Frames of a piece at most, but for the last, which takes what is left over.
    """
    begin, size = 0, shortest
    while begin < count:
        end = begin + size
        if count - end < shortest:
            end = count
        yield begin, end
        begin, size = end, min(2 * size, longest)
