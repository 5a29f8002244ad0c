"""What hearing's tests share: the real recogniser, and a pipeline to listen through."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from pipecat.frames.frames import EndFrame, Frame, InputAudioRawFrame, SystemFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from bot.hearing.pool import Recogniser
from bot.hearing.whisper import Whisper
from bot.line.frames import UtteranceFrame
from bot.models import Models
from bot.settings import Settings
from tests.voices import Samples


@pytest.fixture(scope="session")
def whisper() -> Whisper:
    """The real model. `kalm models fetch` brings it."""
    return Whisper(Models(Settings()).path("whisper-base"), threads=2, workers=1)


@pytest.fixture(scope="session")
def recogniser(whisper: Whisper) -> Iterator[Recogniser]:
    """The real model, as calls use it."""
    recogniser = Recogniser(whisper, workers=1)
    yield recogniser
    recogniser.close()


@dataclass
class Mark(SystemFrame):
    """Comes out when everything before it has been dealt with."""

    seen: asyncio.Event = field(default_factory=asyncio.Event)


class Listener:
    """A running pipeline that sound is put into, and utterances come out of."""

    def __init__(self, worker: PipelineWorker, rate: int):
        self._worker = worker
        self._rate = rate
        self.frames: asyncio.Queue[Frame] = asyncio.Queue()

    async def send(self, frame: Frame) -> None:
        await self._worker.queue_frame(frame)

    async def play(self, *sounds: Samples) -> None:
        """Send sound in frames of 20 ms, each one when the last has been dealt with.

        So the sound's own time is the only clock, however fast it is played.
        """
        size = self._rate // 50
        for sound in sounds:
            for start in range(0, len(sound), size):
                data = sound[start : start + size].tobytes()
                await self.send(InputAudioRawFrame(data, self._rate, 1))
                await self.send(mark := Mark())
                async with asyncio.timeout(60):
                    await mark.seen.wait()

    async def next(self, kind: type[Frame] = UtteranceFrame) -> Frame:
        """Return the next frame of the kind that comes out; anything else is passed over."""
        async with asyncio.timeout(60):
            while not isinstance(frame := await self.frames.get(), kind):
                pass
        return frame

    def taken(self) -> list[Frame]:
        """Take all frames that have come out so far."""
        return [self.frames.get_nowait() for _ in range(self.frames.qsize())]

    async def utterance(self) -> UtteranceFrame:
        frame = await self.next(UtteranceFrame)
        assert isinstance(frame, UtteranceFrame)
        return frame


class _Collector(FrameProcessor):
    def __init__(self, collect: Callable[[Frame], None]):
        super().__init__()
        self._collect = collect

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, Mark):
            frame.seen.set()
        else:
            self._collect(frame)
        await self.push_frame(frame, direction)


@asynccontextmanager
async def listening(processors: list[FrameProcessor], rate: int = 16000) -> AsyncIterator[Listener]:
    """Run the processors as a pipeline for as long as the block lasts."""
    collected: list[Callable[[Frame], None]] = []
    collector = _Collector(lambda frame: collected[0](frame))
    worker = PipelineWorker(
        Pipeline([*processors, collector]),
        params=PipelineParams(audio_in_sample_rate=rate),
        enable_rtvi=False,
        idle_timeout_secs=None,
    )
    listener = Listener(worker, rate)
    collected.append(listener.frames.put_nowait)
    started = asyncio.Event()

    async def note_start(_worker: object, _frame: object) -> None:
        started.set()

    worker.add_event_handler("on_pipeline_started", note_start)
    runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    try:
        await asyncio.wait_for(started.wait(), 10)
        yield listener
    finally:
        await worker.queue_frame(EndFrame())
        await asyncio.wait_for(running, 20)
