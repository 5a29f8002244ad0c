"""What goes to Twilio: a little ahead of its time, and nothing that an interruption cut off."""

import asyncio
import time
from typing import cast

import pytest
from fastapi import WebSocket
from pipecat.frames.frames import Frame, InterruptionFrame, OutputAudioRawFrame, TTSAudioRawFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.transports.websocket.fastapi import FastAPIWebsocketOutputTransport as Base

from bot.line.twilio_transport import LEAD_S, RATE, TwilioTransport

PIECE_S = 0.02


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Frame]:
    """Stand in for the socket: what the base class would have written to it."""
    written: list[Frame] = []

    async def write(_self: Base, frame: OutputAudioRawFrame) -> bool:
        written.append(frame)
        await _self._write_audio_sleep()
        return True

    async def process(_self: Base, _frame: Frame, _direction: FrameDirection) -> None:
        pass

    monkeypatch.setattr(Base, "write_audio_frame", write)
    monkeypatch.setattr(Base, "process_frame", process)
    return written


def output() -> Base:
    made = TwilioTransport(cast(WebSocket, None), "MZ" + "0" * 32).output()
    assert isinstance(made, Base)
    vars(made)["_send_interval"] = PIECE_S  # set from the line's rate when a call starts
    return made


def piece(*, of_a_person: bool = False) -> OutputAudioRawFrame:
    sound = bytes(2 * int(PIECE_S * RATE))
    if not of_a_person:
        return TTSAudioRawFrame(sound, RATE, 1)
    frame = OutputAudioRawFrame(sound, RATE, 1)
    frame.interruptible = False
    return frame


async def test_no_scrap_of_a_word_follows_an_interruption(sent: list[Frame]) -> None:
    """The piece that was on its way is dropped; a person's sound and what comes after are sent."""
    line, scrap, person = output(), piece(), piece(of_a_person=True)
    await line.process_frame(InterruptionFrame(), FrameDirection.DOWNSTREAM)
    after = piece()
    took = [await line.write_audio_frame(frame) for frame in (scrap, person, after)]
    assert took == [False, True, True]
    assert sent == [person, after]


async def test_words_are_ahead_of_the_line_and_a_person_is_not(
    sent: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twilio holds so much of the bot's words and no more; live sound goes at its own pace."""
    now, waits = 100.0, list[float]()

    async def sleep(seconds: float) -> None:
        nonlocal now
        waits.append(seconds)
        now += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    bot, person = output(), output()
    for _ in range(50):
        await bot.write_audio_frame(piece())
    assert now == pytest.approx(100.0 + 50 * PIECE_S - LEAD_S)
    begun = now
    for _ in range(50):
        await person.write_audio_frame(piece(of_a_person=True))
    assert now == pytest.approx(begun + 50 * PIECE_S)
    assert len(sent) == len(waits) == 100
