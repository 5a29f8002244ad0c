"""Who is much softer than the caller does not stop the bot; the caller always does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.hearing.background import (
    FADED_DB,
    JUST_S,
    LEARNED_S,
    SILENCE_DB,
    SOFTER_DB,
    OwnVoice,
    decibels,
)

WINDOW_S = 0.032


def window(level_db: float) -> bytes:
    time = np.arange(256) / 8000
    loud = 32767 * np.sqrt(2) * 10 ** (level_db / 20)
    samples: np.typing.NDArray[np.int16] = (loud * np.sin(2 * np.pi * 500 * time)).astype("<i2")
    return samples.tobytes()


def told(own: OwnVoice, level_db: float, *, bot_speaks: bool, seconds: float = 1.0) -> list[bool]:
    """Tell for each window of a voice whether it is taken for the background."""
    return [
        own.is_background(window(level_db), voice=True, bot_speaks=bot_speaks)
        for _ in range(round(seconds / WINDOW_S))
    ]


def known(level_db: float) -> OwnVoice:
    own = OwnVoice(WINDOW_S)
    told(own, level_db, bot_speaks=False, seconds=2 * LEARNED_S)
    return own


def test_a_much_softer_voice_is_the_background_while_the_bot_speaks() -> None:
    """Talk in the room does not stop the bot; when the bot is silent, it counts as any voice."""
    own = known(-20)
    assert all(told(own, -20 - SOFTER_DB - 2, bot_speaks=True)[7:])
    assert not any(told(own, -20 - SOFTER_DB - 2, bot_speaks=False))


@settings(deadline=None)  # a busy machine is not a soft caller
@given(st.floats(-45, -6), st.floats(0, SOFTER_DB - 1))
def test_the_caller_is_never_the_background(usual: float, softer: float) -> None:
    """However loud the caller is, and somewhat softer now, the bot hears it at once."""
    assert not any(told(known(usual), usual - softer, bot_speaks=True))


def test_nobody_is_held_against_a_caller_who_is_not_known() -> None:
    """Before the caller was heard for a while, every voice may be the caller's."""
    assert not any(told(OwnVoice(WINDOW_S), -40, bot_speaks=True))
    own = OwnVoice(WINDOW_S)
    told(own, -10, bot_speaks=False, seconds=LEARNED_S / 2)
    assert not any(told(own, -40, bot_speaks=True))


def test_a_caller_who_has_become_softer_is_learned_anew() -> None:
    """Who speaks softly for a while is no longer measured by how it was before."""
    own = known(-15)
    assert any(told(own, -35, bot_speaks=True))
    told(own, -35, bot_speaks=False, seconds=15)
    assert not any(told(own, -35, bot_speaks=True))


def test_what_is_no_voice_is_neither_learned_nor_background() -> None:
    """A loud door does not make the caller soft."""
    own = known(-30)
    for _ in range(200):
        assert not own.is_background(window(-3), voice=False, bot_speaks=False)
    assert not any(told(own, -33, bot_speaks=True))


@pytest.mark.parametrize("level", [-60.0, -20.0, -3.0])
def test_loudness_is_told_in_decibels(level: float) -> None:
    """A sine of a known level measures as that; silence has a bottom."""
    assert decibels(window(level)) == pytest.approx(level, abs=0.5)
    assert decibels(bytes(512)) == decibels(b"") == SILENCE_DB


def test_sound_far_below_what_was_just_said_is_no_voice() -> None:
    """The room after a word is silence at once, and who goes on that softly is heard soon."""
    own = OwnVoice(WINDOW_S)
    told(own, -20, bot_speaks=False)
    assert not own.faded
    told(own, -20 - FADED_DB + 2, bot_speaks=False, seconds=WINDOW_S)
    assert not own.faded
    told(own, -20 - FADED_DB - 2, bot_speaks=False, seconds=WINDOW_S)
    assert own.faded
    told(own, -20 - FADED_DB - 2, bot_speaks=False, seconds=JUST_S)
    assert not own.faded
