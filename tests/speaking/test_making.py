"""A sentence in the making: whoever listens, from whenever, hears all of it in order."""

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.speaking.fitting import Fitting
from bot.speaking.making import Making
from bot.speaking.sound import Piece, Sound, joined

RATE = 22050


def piece(value: int) -> Piece:
    return Piece(Sound(bytes([value, 0]), 8000), 0.25)


async def listened(making: Making) -> bytes:
    return b"".join([each.sound.pcm async for each in making.pieces()])


async def test_all_who_listen_hear_all_of_it() -> None:
    """One from the start, one who comes in the middle, one after the end: each hears the same."""
    making = Making()
    early = asyncio.create_task(listened(making))
    await asyncio.sleep(0)
    making.add(piece(1))
    making.add(piece(2))
    midway = asyncio.create_task(listened(making))
    await asyncio.sleep(0)
    making.add(piece(3))
    making.end()
    late = asyncio.create_task(listened(making))
    assert await early == await midway == await late == bytes([1, 0, 2, 0, 3, 0])
    assert (await making.whole()).pcm == bytes([1, 0, 2, 0, 3, 0])


async def test_a_piece_is_heard_before_the_next_is_there() -> None:
    """Nobody waits for the end to hear the beginning."""
    making = Making()
    making.add(piece(1))
    async for each in making.pieces():
        if each == piece(1):
            making.add(piece(2))
        else:
            assert each == piece(2)
            making.end()


async def test_who_stops_listening_takes_nothing_from_others() -> None:
    """A listener who is cut off leaves the sound for the rest."""
    making = Making()
    gone = asyncio.create_task(listened(making))
    stays = asyncio.create_task(listened(making))
    await asyncio.sleep(0)
    making.add(piece(1))
    gone.cancel()
    making.add(piece(2))
    making.end()
    assert await stays == bytes([1, 0, 2, 0])


def tone(seconds: float, rate: int = RATE) -> Sound:
    times = np.arange(round(seconds * rate)) / rate
    return Sound((8000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16).tobytes(), rate)


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=8))
def test_pieces_at_another_rate_join(sizes: list[int]) -> None:
    """Brought to a line's rate piece by piece, a sound is what it is whole, nothing left out."""
    whole = tone(sum(sizes) / RATE)
    fitting, at, parts = Fitting(8000), 0, []
    for size in sizes:
        parts.append(fitting.next(Sound(whole.pcm[2 * at : 2 * (at + size)], RATE)))
        at += size
    parts.append(fitting.rest())
    fitted = np.frombuffer(b"".join(part.pcm for part in parts), np.int16).astype(int)
    expected = np.frombuffer(Fitting(8000).whole(whole).pcm, np.int16).astype(int)
    assert abs(len(fitted) - len(expected)) <= 1
    both = min(len(fitted), len(expected))
    assert np.abs(fitted[:both] - expected[:both]).max(initial=0) <= 2


@pytest.mark.parametrize("rate", [None, RATE])
def test_sound_that_fits_is_left_alone(rate: int | None) -> None:
    """At its own rate nothing is done to it, whole or in pieces, and nothing is held back."""
    sound = tone(0.1)
    fitting = Fitting(rate)
    assert fitting.next(sound) is sound
    assert fitting.whole(sound) is sound
    assert fitting.rest().pcm == b""


def test_silence_is_taken_away_where_pieces_begin() -> None:
    """A first piece without a sound is nothing to be heard; joined to the next it is at once."""
    silent, heard = Sound(bytes(800), 8000), tone(0.1, 8000)
    assert silent.is_faint
    assert not heard.is_faint
    both = joined([Piece(silent, 0.5), Piece(heard, 0.5)])
    assert abs(both.at_once().seconds - heard.seconds) <= 0.011
