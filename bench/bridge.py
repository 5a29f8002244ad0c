"""Measures the delay that Kalm adds between caller and agent, each way, on this machine.

    python bench/bridge.py [--seconds 30] [--json]

Two WebRTC peers (aiortc) stand for the two browsers. One beeps for 20 ms now and then; the
other listens for it. `inside` is from the sound's arrival in Kalm, decoded, until it is taken
to be encoded for the other side. `mouth_to_ear` is from one peer to the other through Kalm, and
`direct` is the same between the same two peers without Kalm.
"""

import argparse
import asyncio
import fractions
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError
from av import AudioFrame
from loguru import logger
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.transport import RawAudioTrack
from pipecat.workers.runner import WorkerRunner

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.line.browser import BrowserTransport  # noqa: E402 - the checkout is on the path only now
from handoff.bridge import AgentVoice, BrowserLine, CallerTap  # noqa: E402
from handoff.relay import Ear, Relay  # noqa: E402

RATE, SAMPLES = 48000, 960
BEEP = (np.sin(2 * np.pi * 1000 * np.arange(SAMPLES) / RATE) * 20000).astype("<i2")
LOUD = 2000
"""Above this is the beep, below it is what a codec makes of silence."""
APART = 25
"""Frames of 20 ms between beeps, at least; a few more at random, or all would fall alike."""


class Beeper(AudioStreamTrack):
    """A microphone in a quiet room that beeps now and then, and knows when."""

    def __init__(self) -> None:
        super().__init__()
        self.beeps: list[float] = []
        self._begin: float | None = None
        self._frames = 0
        self._next = APART
        self._random = random.Random(7)

    async def recv(self) -> AudioFrame:
        """Return the next 20 ms."""
        now = time.monotonic()
        self._begin = self._begin or now
        await asyncio.sleep(max(0.0, self._begin + self._frames * 0.02 - now))
        samples = np.zeros(SAMPLES, "<i2")
        if self._frames >= self._next:
            samples = BEEP
            self.beeps.append(time.monotonic())
            self._next += APART + self._random.randrange(8)
        frame = AudioFrame.from_ndarray(samples[None, :], layout="mono")
        frame.sample_rate, frame.pts = RATE, self._frames * SAMPLES
        frame.time_base = fractions.Fraction(1, RATE)
        self._frames += 1
        return frame


class Times:
    """When beeps came by."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def note(self, sound: bytes | np.ndarray[Any, Any]) -> None:
        """Take sound, and note when a beep begins in it."""
        samples = np.frombuffer(sound, "<i2") if isinstance(sound, bytes) else sound
        now = time.monotonic()
        if np.abs(samples).max(initial=0) > LOUD and (not self.times or now > self.times[-1] + 0.3):
            self.times.append(now)


class Peer:
    """A browser's part: beeps, and hears beeps."""

    def __init__(self) -> None:
        self.pc = RTCPeerConnection()
        self.beeper = Beeper()
        self.heard = Times()
        self.listening: list[asyncio.Task[None]] = []
        self.pc.addTrack(self.beeper)

        @self.pc.on("track")
        def on_track(track: Any) -> None:
            self.listening.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track: Any) -> None:
        try:
            while True:
                frame = await track.recv()
                self.heard.note(frame.to_ndarray().reshape(-1))
        except MediaStreamError:
            return

    async def offer(self) -> str:
        """Return an offer with all its candidates."""
        self.pc.createDataChannel("kalm")
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return str(self.pc.localDescription.sdp)

    async def answered(self, sdp: str) -> None:
        """Take the answer."""
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp, "answer"))


def watch(ear: Ear, entered: Times) -> None:
    """Note when a beep is put into what somebody hears."""
    put = ear.put

    def noted(sound: bytes, rate: int, speaker: str = "") -> None:
        entered.note(sound)
        put(sound, rate, speaker)

    # A measurement from outside: the relay itself offers no place to listen in, on purpose.
    patch.object(ear, "put", noted).start()


def watch_tracks(left: dict[int, Times]) -> None:
    """Note when a beep is taken to be encoded, by the rate of the line."""
    recv: Callable[[RawAudioTrack], Awaitable[AudioFrame]] = RawAudioTrack.recv

    async def noted(self: RawAudioTrack) -> AudioFrame:
        frame = await recv(self)
        left.setdefault(frame.sample_rate, Times()).note(frame.to_ndarray().reshape(-1))
        return frame

    # The track is made deep inside pipecat, which hands it out to nobody: watch its class.
    patch.object(RawAudioTrack, "recv", noted).start()


async def direct(seconds: float) -> list[float]:
    """Delays between two peers without Kalm, in ms."""
    one, two = Peer(), Peer()
    await two.pc.setRemoteDescription(RTCSessionDescription(await one.offer(), "offer"))
    await two.pc.setLocalDescription(await two.pc.createAnswer())
    await one.answered(two.pc.localDescription.sdp)
    await asyncio.sleep(seconds)
    delays = between(one.beeper.beeps, two.heard.times)
    await asyncio.gather(one.pc.close(), two.pc.close())
    return delays


async def bridged(seconds: float) -> tuple[dict[str, list[float]], list[int]]:
    """Delays through Kalm, each way, in ms; and the frames that were dropped, each way."""
    relay = Relay("bench", caller_rate=16000, line_rate=24000)
    entered = {"to_agent": Times(), "to_caller": Times()}
    watch(relay.to_agent, entered["to_agent"])
    watch(relay.to_caller, entered["to_caller"])
    left: dict[int, Times] = {}
    watch_tracks(left)
    caller, agent = Peer(), Peer()
    connection = SmallWebRTCConnection()
    await connection.initialize(await caller.offer(), "offer")
    transport = BrowserTransport(connection)
    voice = AgentVoice(relay)
    worker = PipelineWorker(
        Pipeline([transport.input(), CallerTap(relay), voice, transport.output(), voice.played]),
        params=PipelineParams(audio_in_sample_rate=16000, audio_out_sample_rate=24000),
        enable_rtvi=False,
        idle_timeout_secs=None,
    )
    runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    answer = connection.get_answer()
    assert answer is not None
    await caller.answered(answer["sdp"])
    line, sdp = await BrowserLine.answer(await agent.offer(), relay)
    talking = asyncio.create_task(line.run())
    await agent.answered(sdp)
    await line.speaks()
    relay.begin_talk()
    await asyncio.sleep(seconds)
    result = {
        "inside_to_agent": between(entered["to_agent"].times, left[16000].times),
        "inside_to_caller": between(entered["to_caller"].times, left[24000].times),
        "mouth_to_ear_to_agent": between(caller.beeper.beeps, agent.heard.times),
        "mouth_to_ear_to_caller": between(agent.beeper.beeps, caller.heard.times),
    }
    await asyncio.gather(caller.pc.close(), agent.pc.close())
    await line.stop()
    await worker.cancel(reason="over")
    await asyncio.gather(running, talking)
    return result, [relay.to_agent.dropped, relay.to_caller.dropped]


def between(begins: list[float], ends: list[float]) -> list[float]:
    """Pair each beep with the first end after it, in ms; those without one are left out."""
    delays = []
    for begin in begins:
        after = [end for end in ends if begin <= end < begin + 0.45]
        if after:
            delays.append(1000 * (after[0] - begin))
    return delays


def summary(delays: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    if not delays:
        return {"beeps": 0}
    p50, p95 = np.percentile(delays, [50, 95])
    return {"beeps": len(delays), "p50_ms": round(float(p50), 1), "p95_ms": round(float(p95), 1)}


def main() -> None:
    """Measure, and print a table or one JSON object."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=30)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    logger.remove()
    found: dict[str, Any] = {"direct": summary(asyncio.run(direct(given.seconds)))}
    through, dropped = asyncio.run(bridged(given.seconds))
    found |= {name: summary(delays) for name, delays in through.items()}
    found["dropped_frames"] = {"to_agent": dropped[0], "to_caller": dropped[1]}
    if given.json:
        print(json.dumps(found))
        return
    for name, values in found.items():
        print(f"{name:24}", "  ".join(f"{key} {value}" for key, value in values.items()))


if __name__ == "__main__":
    main()
