"""Music for who waits: calm, quiet, without a click, and fit for a telephone."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from bot.speaking.music import LEVEL_DB, Music, Playing, UnreadableMusic, compose

RATE = 8000
PIECE = 0.1


@pytest.fixture(scope="module")
def samples() -> npt.NDArray[np.float32]:
    return compose(RATE)


def decibel(samples: npt.NDArray[np.float32]) -> float:
    return float(20 * np.log10(np.sqrt((samples.astype(np.float64) ** 2).mean()) + 1e-12))


def sound(pcm: bytes) -> npt.NDArray[np.float32]:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)


def test_it_is_quiet_and_even(samples: npt.NDArray[np.float32]) -> None:
    """Below the voice, never gone, and without a peak that startles."""
    assert decibel(samples) == pytest.approx(LEVEL_DB, abs=0.1)
    assert 20 <= len(samples) / RATE <= 40
    assert np.abs(samples).max() < 10 ** (-12 / 20)
    for second in samples[: len(samples) // RATE * RATE].reshape(-1, RATE):
        assert LEVEL_DB - 9 < decibel(second) < LEVEL_DB + 4


def test_a_telephone_carries_it(samples: npt.NDArray[np.float32]) -> None:
    """Next to nothing of it lies outside of 300 to 3400 Hz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    assert power[(hertz >= 300) & (hertz <= 3400)].sum() / power.sum() > 0.999


def test_the_loop_has_no_click(samples: npt.NDArray[np.float32]) -> None:
    """From its last sample to its first is no greater step than within it."""
    steps = np.abs(np.diff(samples))
    assert abs(float(samples[0] - samples[-1])) <= steps.max()
    bend = np.abs(np.diff(np.concatenate([samples[-3:], samples[:3]]), n=2))
    assert bend.max() <= np.abs(np.diff(samples, n=2)).max()


def test_it_goes_on_where_it_was_and_comes_in_softly() -> None:
    """Words break it off; afterwards it begins from silence, at the place it had reached."""
    loop = Music().loop(RATE)
    playing = Playing(loop, RATE)
    first = playing.next(PIECE)
    assert abs(sound(first)[0]) < 1e-3
    heard = [playing.next(PIECE) for _ in range(5)]
    size = len(first)
    assert heard[-1] == loop[5 * size : 6 * size]
    assert abs(sound(playing.ending())[-1]) < 1e-3
    playing.broken_off()
    again = playing.next(PIECE)
    assert abs(sound(again)[0]) < 1e-3
    playing.next(PIECE)
    playing.next(PIECE)
    ending = int(0.25 * RATE) * 2
    at = 6 * size + ending + 3 * size
    assert playing.next(PIECE) == loop[at : at + size]


def test_it_loops_for_as_long_as_anybody_waits() -> None:
    """The end passes into the beginning, whatever the size of a piece."""
    loop = Music().loop(RATE)
    playing = Playing(loop, RATE)
    pieces = b"".join(playing.next(0.7) for _ in range(100))
    assert pieces[len(loop) : len(loop) + 4000] == loop[:4000]


def wav(folder: Path, samples: npt.NDArray[np.float32], rate: int = 22050) -> Path:
    file = folder / "music.wav"
    soundfile.write(file, samples, rate)
    return file


def test_a_company_may_give_its_own(tmp_path: Path) -> None:
    """Any usual rate, two channels; made soft when it is loud; no click at the seam."""
    time = np.arange(22050 * 8) / 22050
    loud = np.stack([0.9 * np.sin(2 * np.pi * 440 * time)] * 2, axis=1).astype(np.float32)
    loop = sound(Music(wav(tmp_path, loud)).loop(RATE))
    assert decibel(loop) < -20
    assert len(loop) / RATE == pytest.approx(6, abs=0.1)
    assert abs(loop[0] - loop[-1]) < 2 * np.abs(np.diff(loop)).max()


@pytest.mark.parametrize("broken", ["missing", "no sound", "short", "silent", "folder"])
def test_a_file_that_cant_be_played_is_told(tmp_path: Path, broken: str) -> None:
    """The error names the file and the cure."""
    file = tmp_path / "music.wav"
    if broken == "no sound":
        file.write_text("not a sound")
    elif broken == "short":
        wav(tmp_path, np.full(22050, 0.1, np.float32))
    elif broken == "silent":
        wav(tmp_path, np.zeros(22050 * 8, np.float32))
    elif broken == "folder":
        file.mkdir()
    with pytest.raises(UnreadableMusic, match=r"music\.wav.*KALM_MUSIC"):
        Music(file)
