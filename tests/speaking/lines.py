"""A telephone line and a voice for tests: sound takes no real time, and a test decides how much."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EndFrame,
    Frame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams

from bot.line.frames import SaidFrame
from bot.speaking.cache import SpeechCache
from bot.speaking.mouth import Mouth
from bot.speaking.sound import Piece, Sound
from bot.speaking.voices import Voice, Voices
from tests.workers import begun

RATE = 8000
LETTER_SECONDS = 0.05


class ToneVoice:
    """Speaks every letter for the same time, loud enough to be no silence."""

    name = "tone"
    sample_rate = 16000
    stand_in = False

    def synthesise(self, text: str, slow: bool = False) -> bytes:
        letters = len("".join(text.split()))
        samples = int(letters * LETTER_SECONDS * self.sample_rate * (2 if slow else 1))
        return b"\x00\x20" * samples

    def pieces(self, text: str, slow: bool = False) -> Iterator[Piece]:
        yield Piece(Sound(self.synthesise(text, slow), self.sample_rate), 1.0)


def voices(voice: Voice | None = None) -> Voices:
    speaks = voice or ToneVoice()
    return Voices({"nl": speaks, "en": speaks}, SpeechCache(None))


class Line(BaseOutputTransport):
    """Plays as much as it is allowed to; its clock is what has been played."""

    def __init__(self) -> None:
        super().__init__(
            TransportParams(
                audio_out_enabled=True,
                audio_out_sample_rate=RATE,
                audio_out_end_silence_secs=0,
            )
        )
        self.played = 0.0
        self.frames_seen: list[Frame] = []
        self.told = asyncio.Event()
        """Whether the mouth knows that the line has begun to play.

        On a real line that takes a thousandth of the first sound; this one plays in no time.
        """
        self._allowed = float("inf")
        self._changed = asyncio.Condition()

    def now(self) -> float:
        return 100.0 + self.played

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def allow(self, seconds: float) -> None:
        """Let the line play until so much has been played in all."""
        async with self._changed:
            self._allowed = seconds
            self._changed.notify_all()

    async def has_played(self, seconds: float) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.played >= seconds - 1e-9)

    async def has_seen(self, kind: type[Frame]) -> None:
        """Wait until a frame of this kind has come, whether or not it may be played yet."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: any(isinstance(frame, kind) for frame in self.frames_seen)
            )

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        seconds = len(frame.audio) / 2 / frame.sample_rate
        assert frame.sample_rate == RATE
        await self.told.wait()
        async with self._changed:
            await self._changed.wait_for(lambda: self.played + seconds <= self._allowed + 1e-9)
            self.played += seconds
            self._changed.notify_all()
        return True

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if direction is FrameDirection.DOWNSTREAM:
            self.frames_seen.append(frame)
            async with self._changed:
                self._changed.notify_all()
        await super().process_frame(frame, direction)


class Head(FrameProcessor):
    """Stands where the mind stands: hears what was said, and when the line plays."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self.said: asyncio.Queue[SaidFrame] = asyncio.Queue()
        self._line = line

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, SaidFrame):
            self.said.put_nowait(frame)
        elif isinstance(frame, BotStartedSpeakingFrame):
            self._line.told.set()
        elif isinstance(frame, BotStoppedSpeakingFrame):
            self._line.told.clear()
        await self.push_frame(frame, direction)


class Call:
    """A pipeline of head, mouth and line."""

    def __init__(self, voice: Voice | None = None) -> None:
        self.line = Line()
        self.head = Head(self.line)
        self.mouth = Mouth(voices(voice), now=self.line.now)
        self.worker = PipelineWorker(
            Pipeline([self.head, self.mouth, self.line]),
            params=PipelineParams(audio_out_sample_rate=RATE),
            enable_rtvi=False,
            idle_timeout_secs=None,
        )
        self.over: asyncio.Task[None] | None = None

    async def send(self, *frames: Frame) -> None:
        """Push frames as the mind does, in this order and at once."""
        for frame in frames:
            await self.mouth.queue_frame(frame)

    async def said(self, count: int) -> list[SaidFrame]:
        return [await self.head.said.get() for _ in range(count)]


@asynccontextmanager
async def call(voice: Voice | None = None) -> AsyncIterator[Call]:
    """Run a call; at the end everything still to be said is said, and the pipeline ends."""
    running = Call(voice)
    running.over = await begun(running.worker)
    async with asyncio.timeout(20):
        yield running
        if not running.over.done():
            await running.worker.queue_frame(EndFrame())
        await running.over
