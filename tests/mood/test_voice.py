"""What is measured of a voice is the voice's, not the line's, and nothing makes it fail."""

from math import isfinite

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bot.events import Prosody
from bot.mood.frames import RATE, Samples
from bot.mood.voice import measure
from tests.hearing.noises import NOISES, noise
from tests.mood.sounds import SENTENCES, at, says, sharp

SAID = SENTENCES[2]


def measured(sound: Samples, rate: int = RATE) -> Prosody:
    found = measure(sound, rate)
    assert found is not None
    return found


def test_a_higher_brighter_and_faster_voice_measures_so() -> None:
    """Each measure moves with what it is named after."""
    calm = measured(says(SAID)).features
    assert measured(says(SAID, pitch=80)).features["pitch_st"] > calm["pitch_st"] + 3
    assert measured(sharp(says(SAID))).features["bright_st"] > calm["bright_st"] + 3
    assert measured(says(SAID, speed=230)).features["syllables_s"] > 1.2 * calm["syllables_s"]
    assert measured(at(says(SAID), 9)).features["level_db"] - calm["level_db"] == pytest.approx(9)


@pytest.mark.parametrize("decibels", [-30, -12, 9])
def test_only_the_level_depends_on_how_loud_the_line_is(decibels: float) -> None:
    """Whatever the gain of the line, all measures but the level stay what they are."""
    calm = measured(says(SAID)).features
    other = measured(at(says(SAID), decibels)).features
    for name in calm.keys() - {"level_db"}:
        assert other[name] == pytest.approx(calm[name], rel=0.02, abs=0.05), name


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_a_headset_with_more_than_a_telephone_sounds_the_same(rate: int) -> None:
    """Sound above the telephone band changes no measure."""
    plain = says(SAID)
    wide = soxr.resample(plain, RATE, rate)
    hiss = 0.02 * np.sin(2 * np.pi * 6000 * np.arange(len(wide)) / rate)
    calm, other = (
        measured(plain).features,
        measured((wide + hiss).astype(np.float32), rate).features,
    )
    assert other["pitch_st"] == pytest.approx(calm["pitch_st"], abs=0.2)
    assert other["bright_st"] == pytest.approx(calm["bright_st"], abs=0.4)
    assert other["clear_db"] == pytest.approx(calm["clear_db"], abs=0.5)


def test_an_offset_and_holes_in_the_sound_are_borne() -> None:
    """A constant in the sound is not a voice's, and samples that are no numbers are silence."""
    plain = says(SAID)
    calm = measured(plain).features
    assert measured(plain + np.float32(0.3)).features == pytest.approx(calm, rel=0.02, abs=0.05)
    holed = plain.copy()
    holed[100:140] = np.nan
    holed[-50:] = np.inf
    assert measured(holed).features["pitch_st"] == pytest.approx(calm["pitch_st"], abs=0.3)


def test_what_is_measured_is_not_changed() -> None:
    """The ears' sound goes on to recognition as it came."""
    sound = says(SAID)
    kept = sound.copy()
    measure(sound, RATE)
    assert np.array_equal(sound, kept)


@pytest.mark.parametrize("name", sorted(set(NOISES) - {"music on hold"}))
def test_what_is_no_voice_has_no_tone(name: str) -> None:
    """Silence, hiss, tones and breath are not measured."""
    sound = noise(name, 4).astype(np.float32) / np.float32(32768)
    assert measure(sound, RATE) is None


@pytest.mark.parametrize(
    ("sound", "rate"),
    [
        (np.zeros(0, np.float32), RATE),
        (np.ones((2, RATE), np.float32), RATE),
        (says("Yes."), RATE),
        (says(SAID), 0),
        (says(SAID), -8000),
        (says(SAID), 4000),
        (np.full(RATE * 2, np.nan, np.float32), RATE),
    ],
    ids=["empty", "two channels", "one word", "rate 0", "rate below 0", "low rate", "no numbers"],
)
def test_what_cannot_be_measured_is_not(sound: Samples, rate: int) -> None:
    """Too little sound, or none that can be understood, is None and no error."""
    assert measure(sound, rate) is None


def test_a_second_voice_is_noticed() -> None:
    """Two speakers of different height are told from one, however high or low that is."""
    low, high = says(SAID), says(SAID, pitch=90, voice="en-us+f3")
    assert measured(low).features["second_voice"] == 0
    assert measured(high).features["second_voice"] == 0
    both = np.concatenate([low, high])
    assert measured(both).features["second_voice"] > 0.15


def test_cut_off_sound_is_noticed() -> None:
    """The share of samples that lie flat at full scale is told."""
    plain = says(SAID)
    assert measured(plain).features["clipped"] < 0.005
    assert measured(at(plain, 30).clip(-1, 1)).features["clipped"] > 0.05


def test_of_a_long_turn_ten_seconds_are_measured() -> None:
    """Five minutes cost what ten seconds do, and its end is among them."""
    calm = [says(sentence) for sentence in SENTENCES] * 25
    higher = [says(sentence, pitch=80) for sentence in SENTENCES]
    found = measured(np.concatenate([*calm, *higher]))
    assert 5 < found.speech_s <= 10
    assert found.features["range_st"] > measured(np.concatenate(calm)).features["range_st"] + 2


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        np.float32, st.integers(0, 3000), elements=st.floats(-2, 2, width=32) | st.just(np.nan)
    ),
    st.integers(1, 12),
    st.integers(-10, 200_000),
)
def test_nothing_makes_it_fail(sound: Samples, times: int, rate: int) -> None:
    """Whatever the sound and its rate, there is a finite measure or none."""
    found = measure(np.tile(sound, times), rate)
    assert found is None or all(isfinite(value) for value in found.features.values())
