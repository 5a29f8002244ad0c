"""A relay passes sound on in order, late by no more than it must, to one agent at a time."""

import asyncio
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.relay import MOST_FRAMES, Channel, Joined, Occupied, Relay, Relays


def ramp(begin: int, samples: int) -> bytes:
    """Samples that each say which one they are."""
    return (np.arange(begin, begin + samples) % 30000).astype("<i2").tobytes()


def waiting(channel: Channel) -> list[bytes]:
    """Take all frames that can be had without waiting."""

    async def take() -> list[bytes]:
        frames = []
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(0):
                    frames.append(await channel.frame())
        return frames

    return asyncio.run(take())


@given(st.lists(st.integers(0, 700), max_size=40), st.sampled_from([8000, 16000, 24000]))
def test_sound_comes_out_in_order_and_only_the_oldest_is_dropped(
    sizes: list[int], rate: int
) -> None:
    """Whatever pieces go in: what waits is the newest of it, in whole frames and in order."""
    channel = Channel(rate)
    begin = 0
    for size in sizes:
        channel.put(ramp(begin, size), rate)
        begin += size
    frames = waiting(channel)
    assert len(frames) <= MOST_FRAMES
    assert all(len(frame) == channel.size for frame in frames)
    samples = channel.size // 2
    whole = begin // samples
    assert len(frames) + channel.dropped == whole
    out = b"".join(frames)
    assert out == ramp((whole - len(frames)) * samples, len(frames) * samples)


@given(st.lists(st.integers(0, 5000), max_size=30))
def test_a_channel_never_grows(sizes: list[int]) -> None:
    """However much comes in at once and nobody takes it, less than one frame more is held."""
    channel = Channel(8000)
    for size in sizes:
        channel.put(bytes(2 * size), 16000)
        assert len(channel._sound) < (MOST_FRAMES + 1) * channel.size


@pytest.mark.parametrize(("rate", "out"), [(16000, 24000), (24000, 8000), (48000, 16000)])
def test_resampled_sound_keeps_its_pitch_and_its_pace(rate: int, out: int) -> None:
    """A tone of 440 Hz is one of 440 Hz at the other rate, and none of it piles up."""
    channel = Channel(out, most_frames=1000)
    times = np.arange(2 * rate) / rate
    sound = (np.sin(2 * np.pi * 440 * times) * 9000).astype("<i2")
    for piece in np.split(sound, 100):
        channel.put(piece.tobytes(), rate)
    heard = np.frombuffer(b"".join(waiting(channel)), "<i2")
    assert len(heard) / out == pytest.approx(2, abs=0.1)
    steady = heard[out // 2 : out // 2 + out]
    spectrum = np.abs(np.fft.rfft(steady))
    assert int(np.argmax(spectrum)) == 440
    assert np.abs(steady).max() == pytest.approx(9000, rel=0.05)


async def test_who_waits_for_sound_is_woken() -> None:
    """A frame is handed over when it is whole, and not before."""
    channel = Channel(16000)
    taking = asyncio.create_task(channel.frame())
    channel.put(ramp(0, 319), 16000)
    await asyncio.sleep(0)
    assert not taking.done()
    channel.put(ramp(319, 1), 16000)
    assert await taking == ramp(0, 320)


def relay() -> Relay:
    return Relay("c1", caller_rate=16000, line_rate=24000)


async def test_one_agent_at_a_time() -> None:
    """Who comes second is told who talks; when the first is gone, another may join."""
    one = relay()
    with one.joining("Ana"):
        with pytest.raises(Occupied) as told, one.joining("Sem"):
            pass
        assert told.value.agent == "Ana"
    with one.joining("Sem") as joined:
        assert joined.agent == "Sem"


async def test_the_bot_has_the_line_only_when_no_agent_has() -> None:
    """From the click until the end is on record, the bot waits."""
    one = relay()
    await one.bot_may_speak()
    with one.joining("Ana"):
        speaks = asyncio.create_task(one.bot_may_speak())
        await asyncio.sleep(0)
        one.begin_talk()
        assert one.open
        assert not speaks.done()
    await speaks
    assert not one.open


async def test_nothing_of_before_is_heard_after() -> None:
    """Sound from before a talk, or from the one before it, reaches nobody."""
    one = relay()
    one.to_agent.put(ramp(0, 640), 16000)
    with one.joining("Ana"):
        one.begin_talk()
        taking = asyncio.create_task(one.to_agent.frame())
        one.to_agent.put(ramp(1000, 320), 16000)
        assert await taking == ramp(1000, 320)
        one.to_caller.put(ramp(0, 960), 24000)
    with suppress(TimeoutError):
        async with asyncio.timeout(0):
            raise AssertionError(await one.to_caller.frame())


async def test_the_first_end_counts() -> None:
    """Who hangs up while the caller does so too has not hung up on anybody."""
    joined = Joined("Ana")
    joined.end("given_back", "payment_link")
    joined.end("lost")
    assert (joined.how, joined.task) == ("given_back", "payment_link")
    assert joined.over.is_set()


async def test_a_call_that_is_over_can_not_be_joined() -> None:
    """The agent is told that the caller is gone, in mid-talk and before it."""
    relays = Relays()
    with relays.begin("c1", caller_rate=16000, line_rate=8000) as one:
        assert relays.find("c1") is one
        with one.joining("Ana") as joined:
            one.end()
            assert joined.how == "caller_gone"
        with one.joining("Sem") as late:
            assert late.how == "caller_gone"
    assert relays.find("c1") is None
    assert one.caller_gone
