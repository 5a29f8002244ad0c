"""Serving: a real uvicorn on a free loopback port, and a tiny bot that answers with tones."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from pipecat.frames.frames import (
    EndWorkerFrame,
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
    TTSStoppedFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner
from websockets.asyncio.client import ClientConnection

from bot.line.arrival import Arrival
from bot.line.frames import MarkFrame


async def until(true: Callable[[], object]) -> None:
    """Wait until something that no event tells of has become true."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


PATIENCE = 60.0
"""Seconds after which a test gives up on something that has not happened."""


@asynccontextmanager
async def served(app: FastAPI, **options: Any) -> AsyncIterator[str]:
    """Serve an application; yields "127.0.0.1:PORT"."""
    config = uvicorn.Config(
        app, "127.0.0.1", 0, log_level="warning", ws="websockets-sansio", **options
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


def tone(seconds: float, rate: int, hertz: float = 440.0, level: float = 0.3) -> bytes:
    """A sine as PCM16."""
    times = np.arange(int(seconds * rate)) / rate
    return (np.sin(2 * np.pi * hertz * times) * level * 32767).astype("<i2").tobytes()


class Tones(FrameProcessor):
    """Key 5: a tone of 0.4 s and a mark; 6: a tone as the mouth does it.

    Key 8: an interruption. Key 9: the end.
    """

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.rate = rate
        self.seen: list[Frame] = []
        self.marks = 0
        self.changed = asyncio.Condition()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        async with self.changed:
            self.seen.append(frame)
            self.changed.notify_all()
        match frame:
            case InputDTMFFrame():
                await self.press(str(frame.button.value))

    async def press(self, key: str) -> None:
        if key == "5":
            self.marks += 1
            await self.play(0.4)
            await self.push_frame(MarkFrame(str(self.marks)))
        elif key == "6":
            await self.play(0.4)
            await self.push_frame(TTSStoppedFrame(context_id="say-2"))
        elif key == "8":
            await self.broadcast_frame(InterruptionFrame)
        elif key == "9":
            await self.push_frame(EndWorkerFrame(), FrameDirection.UPSTREAM)

    async def play(self, seconds: float, hertz: float = 440.0) -> None:
        sound = tone(seconds, self.rate, hertz)
        await self.push_frame(OutputAudioRawFrame(sound, self.rate, 1))

    async def wait_for(self, kind: type[Frame], count: int = 1) -> list[Frame]:
        """Wait until so many frames of a kind have come by."""
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)

    def of(self, kind: type[Frame]) -> list[Frame]:
        return [frame for frame in self.seen if isinstance(frame, kind)]

    @property
    def sound(self) -> bytes:
        """Everything that was heard, PCM16 at 16 kHz."""
        return b"".join(f.audio for f in self.seen if isinstance(f, InputAudioRawFrame))


@dataclass
class ToneBot:
    """An `Answer` that runs `Tones` in a real pipeline, and remembers its calls."""

    make: type[Tones] = Tones
    arrivals: list[Arrival] = field(default_factory=list)
    tones: list[Tones] = field(default_factory=list)
    over: list[str] = field(default_factory=list)

    async def __call__(self, arrival: Arrival) -> None:
        tones = self.make(arrival.sample_rate_out)
        transport = arrival.transport
        worker = PipelineWorker(
            Pipeline(
                [
                    transport.input(),
                    *arrival.inbound,
                    tones,
                    *arrival.outbound,
                    transport.output(),
                ]
            ),
            params=PipelineParams(
                audio_in_sample_rate=16000, audio_out_sample_rate=arrival.sample_rate_out
            ),
            enable_rtvi=False,
            idle_timeout_secs=None,
        )

        async def gone(_transport: object, _client: object) -> None:
            await worker.cancel(reason="the caller hung up")

        transport.add_event_handler("on_client_disconnected", gone)

        self.arrivals.append(arrival)
        self.tones.append(tones)
        runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
        await runner.add_workers(worker)
        await runner.run()
        self.over.append(arrival.call_id)

    async def answered(self, count: int = 1) -> Tones:
        """Wait until the pipeline of the newest call runs."""
        await until(lambda: len(self.tones) >= count)
        await self.tones[-1].wait_for(StartFrame)
        return self.tones[-1]


CONNECTED = {"event": "connected", "protocol": "Call", "version": "1.0.0"}


def start(call_sid: str = "CA1", **parameters: str) -> dict[str, Any]:
    """Twilio's own example of a start message, with our ids."""
    return {
        "event": "start",
        "sequenceNumber": "1",
        "start": {
            "accountSid": "AC" + 32 * "0",
            "streamSid": "MZ1",
            "callSid": call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        },
        "streamSid": "MZ1",
    }


def key(digit: str) -> dict[str, Any]:
    return {
        "event": "dtmf",
        "streamSid": "MZ1",
        "sequenceNumber": "5",
        "dtmf": {"track": "inbound_track", "digit": digit},
    }


async def send(socket: ClientConnection, *messages: dict[str, Any] | str | bytes) -> None:
    for message in messages:
        await socket.send(json.dumps(message) if isinstance(message, dict) else message)
