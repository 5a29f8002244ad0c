"""Long speech is cut into parts without losing a sample, and where it is quiet."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.hearing.heard import RATE
from bot.hearing.parts import cut, split


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 60 * RATE), st.floats(1, 25))
def test_parts_are_the_whole(length: int, longest_s: float) -> None:
    """Joined parts are the audio; none is longer than allowed, none is empty."""
    audio = np.random.default_rng(1).normal(0, 0.1, length).astype(np.float32)
    parts = split(audio, longest_s)
    assert all(0 < len(part) <= longest_s * RATE for part in parts)
    assert np.array_equal(np.concatenate([np.zeros(0, np.float32), *parts]), audio)


def test_the_cut_is_in_the_pause() -> None:
    """A cut falls into the pause between words, not into a word."""
    audio = np.random.default_rng(1).normal(0, 0.1, 40 * RATE).astype(np.float32)
    audio[21 * RATE : 21 * RATE + RATE // 4] = 0
    assert 21 * RATE <= cut(audio, 25) <= 21 * RATE + RATE // 4


def test_short_audio_is_one_part() -> None:
    """What fits is left whole."""
    audio = np.ones(24 * RATE, np.float32)
    assert cut(audio) == len(audio)
