"""Speech is found in a telephone's sound, and nowhere else."""

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.hearing.heard import RATE, Audio
from bot.hearing.voice import stretches, voiced_s
from tests.hearing.noises import NOISES, noise
from tests.voices import caller_speech, silence


def from_telephone(text: str) -> Audio:
    sound = np.concatenate([silence(0.5), caller_speech(text, "en"), silence(0.5)])
    audio: Audio = soxr.resample(sound.astype(np.float32) / 32768, 8000, RATE)
    return audio


@pytest.mark.parametrize("name", NOISES)
def test_noise_is_no_voice(name: str) -> None:
    """Not one window of noise counts as speech."""
    sound = noise(name, 5).astype(np.float32) / 32768
    assert voiced_s(soxr.resample(sound, 8000, RATE)) == 0


@pytest.mark.models
@pytest.mark.parametrize("loudness", [1.0, 0.05])
def test_a_voice_is_found_loud_and_soft(loudness: float) -> None:
    """Most of a sentence on a telephone line counts as speech, soft or loud."""
    audio = from_telephone("I want to talk to a person.")
    assert voiced_s(audio * loudness) > 0.6 * (len(audio) / RATE - 1)


@pytest.mark.models
def test_stretches_are_what_was_said() -> None:
    """Two sentences with a long pause are two stretches, and neither holds the pause."""
    one, two = from_telephone("I have already paid."), from_telephone("Talk to a person.")
    pause = np.zeros(3 * RATE, np.float32)
    found = stretches(np.concatenate([one, pause, two]), pause_s=0.8, pad_s=0.3)
    assert len(found) == 2
    assert all(end - start < 3 * RATE for start, end in found)
    assert found[0][1] < len(one) + RATE
    assert found[1][0] > len(one) + 2 * RATE


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 3 * RATE), st.integers(0, 9))
def test_any_length_is_taken(length: int, seed: int) -> None:
    """No length of sound is an error, and stretches lie within it, in order."""
    audio = np.random.default_rng(seed).normal(0, 0.1, length).astype(np.float32)
    assert 0 <= voiced_s(audio) <= length / RATE + 0.04
    ends = [edge for stretch in stretches(audio, 0.2, 0.1) for edge in stretch]
    assert all(0 <= edge <= length for edge in ends)
