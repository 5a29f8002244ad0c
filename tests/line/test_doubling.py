"""Telephone sound comes out at twice the rate, unharmed and at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.line.doubling import Doubler
from tests.line.serving import tone


@given(some.lists(some.integers(0, 400), max_size=20))
async def test_every_sample_gives_two_at_once(sizes: list[int]) -> None:
    """Nothing is held back, whatever the sizes of the pieces."""
    doubler = Doubler()
    for size in sizes:
        assert len(await doubler.resample(bytes(2 * size), 8000, 16000)) == 4 * size


async def test_pieces_join_without_a_seam() -> None:
    """Cut into pieces of 20 ms, a sound comes out as if it had never been cut."""
    sound = tone(0.5, 8000)
    whole = await Doubler().resample(sound, 8000, 16000)
    doubler = Doubler()
    pieces = [await doubler.resample(sound[i : i + 320], 8000, 16000) for i in range(0, 8000, 320)]
    difference = np.frombuffer(whole, "<i2").astype(int) - np.frombuffer(b"".join(pieces), "<i2")
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("hertz", [100, 440, 1000, 2500, 3400])
async def test_a_tone_stays_the_tone_it_was(hertz: float) -> None:
    """In all that a telephone carries, a tone keeps pitch and level; its mirror image is gone."""
    doubled = await Doubler().resample(tone(1, 8000, hertz), 8000, 16000)
    spectrum = np.abs(np.fft.rfft(np.frombuffer(doubled, "<i2")[1600:] / 32767 * 2)) / 14400
    frequencies = np.fft.rfftfreq(14400, 1 / 16000)
    assert frequencies[spectrum.argmax()] == pytest.approx(hertz, abs=2)
    assert spectrum.max() == pytest.approx(0.3, rel=0.02)
    assert spectrum[frequencies > 4600].max() < 0.3 / 1000


async def test_other_rates_are_refused() -> None:
    """It doubles, or leaves a sound alone; it does not guess."""
    assert await Doubler().resample(b"ab", 8000, 8000) == b"ab"
    with pytest.raises(ValueError, match="11025"):
        await Doubler().resample(b"ab", 11025, 16000)
