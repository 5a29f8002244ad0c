"""In a real pipeline, an agent's sound goes out to the caller and to nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import numpy as np
import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    TTSAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner

from handoff.bridge import IN_FLIGHT, AgentTap, AgentVoice, CallerTap, RelayedAudioFrame
from handoff.conference import Role
from handoff.relay import MOST_FRAMES, Joined, Relay

HEARD, LINE = 16000, 24000
CALLER, AGENT, BOT = 1000, 2000, 3000
"""Each one's sound: a sample value that nobody else has."""


def sound(value: int, rate: int = HEARD, seconds: float = 0.02) -> bytes:
    return np.full(int(rate * seconds), value, "<i2").tobytes()


def values(*frames: Frame) -> set[int]:
    """Which samples occur in sound, of whatever kind."""
    pieces = [np.frombuffer(f.audio, "<i2") for f in frames if hasattr(f, "audio")]
    return {int(value) for piece in pieces for value in np.unique(piece)}


class Spy(FrameProcessor):
    """Sees every frame that passes, up and down: where any analyser could stand."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Frame] = []
        self.news = asyncio.Condition()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        async with self.news:
            self.seen.append(frame)
            self.news.notify_all()
        await self.push_frame(frame, direction)

    def of(self, kind: type[Frame]) -> list[Any]:
        return [frame for frame in self.seen if isinstance(frame, kind)]

    async def has(self, kind: type[Frame], count: int = 1) -> list[Any]:
        async with asyncio.timeout(60), self.news:
            await self.news.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)


class Line(BaseOutputTransport):
    """A line's output that plays when the test lets it."""

    def __init__(self) -> None:
        super().__init__(TransportParams(audio_out_enabled=True, audio_out_10ms_chunks=2))
        self.plays = asyncio.Event()
        self.plays.set()
        self.played: list[OutputAudioRawFrame] = []
        self.taken = 0

    async def start(self, frame: Any) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        self.taken += 1
        await self.plays.wait()
        self.played.append(frame)
        return True


class Call:
    """A caller's pipeline as `bot.call` builds it, with spies for all that listens and speaks."""

    def __init__(self) -> None:
        self.relay = Relay("c1", caller_rate=HEARD, line_rate=LINE)
        self.source, self.listener, self.speaker, self.end = Spy(), Spy(), Spy(), Spy()
        self.line = Line()
        self.voice = AgentVoice(self.relay)
        self.worker = PipelineWorker(
            Pipeline(
                [
                    self.source,
                    CallerTap(self.relay),
                    self.listener,
                    self.speaker,
                    self.voice,
                    self.line,
                    self.voice.played,
                    self.end,
                ]
            ),
            params=PipelineParams(audio_in_sample_rate=HEARD, audio_out_sample_rate=LINE),
            enable_rtvi=False,
            idle_timeout_secs=None,
        )

    async def caller_speaks(self, frames: int = 1) -> None:
        for _ in range(frames):
            await self.source.push_frame(InputAudioRawFrame(sound(CALLER), HEARD, 1))

    async def bot_speaks(self) -> None:
        await self.speaker.push_frame(TTSAudioRawFrame(sound(BOT, LINE), LINE, 1))

    def agent_speaks(self) -> None:
        self.relay.to_caller.put(sound(AGENT, LINE), LINE)


@asynccontextmanager
async def running(worker: PipelineWorker) -> AsyncIterator[None]:
    started = asyncio.Event()

    async def note_start(_worker: object, _frame: object) -> None:
        started.set()

    worker.add_event_handler("on_pipeline_started", note_start)
    runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
    await runner.add_workers(worker)
    over = asyncio.create_task(runner.run())
    await started.wait()
    try:
        yield
    finally:
        await worker.queue_frame(EndFrame())
        await over


@pytest.fixture
async def call() -> AsyncIterator[Call]:
    call = Call()
    async with running(call.worker):
        yield call


async def test_no_analyser_can_receive_an_agents_sound(call: Call) -> None:
    """Wherever one stood, upstream or down, in hearing or in speaking: it would see none of it."""
    call.relay.begin_talk()
    for _ in range(5):
        await call.caller_speaks()
        call.agent_speaks()
        await call.end.has(RelayedAudioFrame, len(call.end.of(RelayedAudioFrame)) + 1)
    assert values(*call.line.played) == {AGENT}
    for spy in (call.source, call.listener, call.speaker):
        assert AGENT not in values(*spy.seen)
        assert spy.of(RelayedAudioFrame) == []
        assert spy.of(OutputAudioRawFrame) == []


async def test_what_listens_hears_silence_while_the_agent_hears_the_caller(call: Call) -> None:
    """Of the talk nothing is recognised or measured, and times in the call stay right."""
    await call.caller_speaks(2)
    await call.listener.has(InputAudioRawFrame, 2)
    call.relay.begin_talk()
    await call.caller_speaks()
    heard = await call.listener.has(InputAudioRawFrame, 3)
    assert await call.relay.to_agent.frame() == sound(CALLER)
    call.relay.close()
    await call.caller_speaks()
    heard = await call.listener.has(InputAudioRawFrame, 4)
    assert [values(frame) for frame in heard] == [{CALLER}, {CALLER}, {0}, {CALLER}]
    assert {len(frame.audio) for frame in heard} == {len(sound(CALLER))}


async def test_half_a_sample_does_not_shift_what_the_agent_hears(call: Call) -> None:
    """A malformed piece of the caller's sound is left out, not turned into noise."""
    call.relay.begin_talk()
    await call.source.push_frame(InputAudioRawFrame(sound(CALLER)[:-1], HEARD, 1))
    await call.caller_speaks()
    await call.listener.has(InputAudioRawFrame, 2)
    assert await call.relay.to_agent.frame() == sound(CALLER)


async def test_the_bot_is_held_back_while_an_agent_talks(call: Call) -> None:
    """The caller hears one at a time: the bot before and after, the agent between."""
    await call.bot_speaks()
    await call.end.has(TTSAudioRawFrame)
    call.relay.begin_talk()
    await call.bot_speaks()
    call.agent_speaks()
    await call.end.has(RelayedAudioFrame)
    call.relay.close()
    await call.bot_speaks()
    await call.end.has(TTSAudioRawFrame, 2)
    assert [values(frame) for frame in call.line.played] == [{BOT}, {AGENT}, {BOT}]


async def test_a_bot_that_speaks_is_interrupted_once(call: Call) -> None:
    """When the talk begins the bot falls silent as for a caller who speaks, at each talk anew."""
    for talk in (1, 2):
        call.relay.begin_talk()
        await call.caller_speaks(3)
        await call.listener.has(InputAudioRawFrame, 3 * talk)
        assert len(await call.listener.has(InterruptionFrame)) == talk
        call.relay.close()
        await call.caller_speaks()
        await call.listener.has(InputAudioRawFrame, 3 * talk + talk)
        call.listener.seen = [f for f in call.listener.seen if not isinstance(f, EndFrame)]


async def test_keys_still_work_while_an_agent_talks(call: Call) -> None:
    """Only sound is taken away from the rest of the call."""
    call.relay.begin_talk()
    await call.source.push_frame(InputDTMFFrame(KeypadEntry.ZERO))
    assert len(await call.end.has(InputDTMFFrame)) == 1


async def test_a_line_that_can_not_follow_hears_the_newest(call: Call) -> None:
    """Delay never adds up: a slow line holds two frames, two wait, and the oldest are dropped."""
    call.relay.begin_talk()
    call.line.plays.clear()
    for n in range(20):
        call.relay.to_caller.put(sound(n, LINE), LINE)
        await asyncio.sleep(0)
    async with asyncio.timeout(60):
        while call.line.taken < 1:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert call.voice._on_its_way <= IN_FLIGHT
    call.line.plays.set()
    frames = await call.end.has(RelayedAudioFrame, MOST_FRAMES)
    await call.end.has(RelayedAudioFrame, min(20, len(frames)))
    assert call.relay.to_caller.dropped >= 20 - IN_FLIGHT - MOST_FRAMES - 1
    async with asyncio.timeout(60):
        while 19 not in values(*call.line.played):  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert len(call.line.played) <= IN_FLIGHT + MOST_FRAMES + 1


async def test_an_agents_own_pipeline_keeps_the_sound_to_itself() -> None:
    """Behind the tap there is none of it, so nothing that is added there can hear an agent."""
    relay = Relay("c1", caller_rate=HEARD, line_rate=LINE)
    source, tap, behind = Spy(), AgentTap(relay, lambda: 1.0), Spy()
    worker = PipelineWorker(
        Pipeline([source, tap, behind]), enable_rtvi=False, idle_timeout_secs=None
    )
    async with running(worker):
        await source.push_frame(InputAudioRawFrame(sound(7, LINE), LINE, 1))  # not yet open
        async with asyncio.timeout(60):
            await tap.speaks.wait()
        relay.begin_talk()
        await source.push_frame(InputAudioRawFrame(sound(AGENT, LINE), LINE, 1))
        await source.push_frame(InputDTMFFrame(KeypadEntry.ONE))
        await behind.has(InputDTMFFrame)
        assert await relay.to_caller.frame() == sound(AGENT, LINE)
        assert behind.of(InputAudioRawFrame) == []
    assert tap.last_packet == 1.0


@pytest.mark.parametrize("role", ["agent", "colleague", "supervisor"])
async def test_whoever_sits_in_is_heard_by_people_only(call: Call, role: Role) -> None:
    """A colleague's and a supervisor's sound comes by no place where an analyser could stand."""
    with ExitStack() as stack:
        people: dict[Role, Joined] = {}
        places: tuple[Role, ...] = ("agent", "colleague", "supervisor")
        for place in places:
            people[place] = stack.enter_context(call.relay.joining(place, place))
        call.relay.begin_talk()
        call.relay.consult(with_caller=True)
        call.relay.watch("whisper", announced=True)
        source, behind = Spy(), Spy()
        tap = AgentTap(call.relay, lambda: 1.0, people[role])
        own = PipelineWorker(
            Pipeline([source, tap, behind]), enable_rtvi=False, idle_timeout_secs=None
        )
        async with running(own):
            for _ in range(3):
                await call.caller_speaks()
                await source.push_frame(InputAudioRawFrame(sound(AGENT, LINE), LINE, 1))
                await source.push_frame(InputDTMFFrame(KeypadEntry.ONE))
            await behind.has(InputDTMFFrame, 3)
            assert behind.of(InputAudioRawFrame) == []
        if role != "supervisor":
            await call.end.has(RelayedAudioFrame)
            assert values(*call.line.played) == {AGENT}
        else:
            heard = np.frombuffer(await people["agent"].ear.frame(), "<i2")
            assert heard.any()
            assert call.end.of(RelayedAudioFrame) == []
        for spy in (call.source, call.listener, call.speaker):
            assert AGENT not in values(*spy.seen)
            assert spy.of(RelayedAudioFrame) == []


async def test_music_on_hold_goes_to_the_caller_and_to_no_analyser(call: Call) -> None:
    """During a consult the caller hears the music, and neither voice."""
    with call.relay.joining("Ana") as ana, call.relay.joining("Sem", "colleague") as sem:
        call.relay.begin_talk()
        call.relay.consult(with_caller=False)
        for who in (ana, sem):
            call.relay.said(who, sound(AGENT, LINE), LINE)
        call.relay.play(sound(BOT, LINE), LINE)
        await call.end.has(RelayedAudioFrame)
        assert values(*call.line.played) == {BOT}
        assert BOT not in values(*call.listener.seen)
