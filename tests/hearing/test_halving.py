"""Sound comes out at half the rate, unharmed and at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.hearing.halving import Halver
from tests.line.serving import tone


@given(some.lists(some.integers(0, 400), max_size=20))
def test_every_two_samples_give_one_at_once(sizes: list[int]) -> None:
    """Nothing is held back but half a sample, whatever the sizes of the pieces."""
    halver = Halver()
    taken = given_back = 0
    for size in sizes:
        taken += size
        given_back += len(halver.halved(np.zeros(size, np.int16)))
        assert given_back == (taken + 1) // 2


@given(some.lists(some.integers(1, 400), max_size=20))
def test_pieces_join_without_a_seam(sizes: list[int]) -> None:
    """However it is cut, a sound comes out as if it had never been cut."""
    sound = np.frombuffer(tone(0.5, 16000), "<i2")
    halver = Halver()
    pieces = [halver.halved(piece) for piece in np.split(sound, np.cumsum(sizes))]
    difference = Halver().halved(sound).astype(int) - np.concatenate(pieces)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("hertz", [100, 440, 1000, 2500, 3000])
def test_a_tone_stays_the_tone_it_was(hertz: float) -> None:
    """In what a telephone carries of a voice, a tone keeps pitch and level."""
    halved = Halver().halved(np.frombuffer(tone(1, 16000, hertz), "<i2"))
    spectrum = np.abs(np.fft.rfft(halved[800:] / 32767 * 2)) / 7200
    assert np.fft.rfftfreq(7200, 1 / 8000)[spectrum.argmax()] == pytest.approx(hertz, abs=2)
    assert spectrum.max() == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize("hertz", [3900, 4500, 5500, 7000])
def test_what_a_telephone_cuts_off_is_gone(hertz: float) -> None:
    """Of sound above half the new rate nothing is heard as another tone below it."""
    halved = Halver().halved(np.frombuffer(tone(1, 16000, hertz), "<i2"))
    assert np.abs(halved[800:].astype(int)).max() < 0.3 * 32767 / 100
