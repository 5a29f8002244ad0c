"""A caller on a telephone and an agent hear each other over Twilio's protocol."""

import asyncio
import audioop
import base64
import json
from typing import Any

import numpy as np
from fastapi import FastAPI
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.workers.runner import WorkerRunner
from websockets.asyncio.client import ClientConnection, connect

from bot.line import twilio
from bot.line.arrival import Arrival
from bot.line.door import Door
from bot.settings import Settings
from handoff.bridge import AgentVoice, CallerTap
from handoff.relay import Ear, Relay
from tests.line.serving import CONNECTED, send, served, start, tone, until

CALLER_HZ, AGENT_HZ = 500, 1200


class TalkedTo:
    """An `Answer` that runs what `bot.call` builds around a talk, on whatever line."""

    def __init__(self) -> None:
        self.relay: Relay | None = None

    async def __call__(self, arrival: Arrival) -> None:
        relay = Relay(arrival.call_id, caller_rate=16000, line_rate=arrival.sample_rate_out)
        voice, transport = AgentVoice(relay), arrival.transport
        worker = PipelineWorker(
            Pipeline(
                [
                    transport.input(),
                    *arrival.inbound,
                    CallerTap(relay),
                    voice,
                    *arrival.outbound,
                    transport.output(),
                    voice.played,
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

        relay.begin_talk()
        self.relay = relay
        runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
        await runner.add_workers(worker)
        await runner.run()


def media(sound: bytes) -> dict[str, Any]:
    payload = base64.b64encode(audioop.lin2ulaw(sound, 2)).decode()
    return {
        "event": "media",
        "streamSid": "MZ1",
        "sequenceNumber": "3",
        "media": {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": payload},
    }


async def heard_by_the_agent(channel: Ear, frames: int) -> bytes:
    return b"".join([await channel.frame() for _ in range(frames)])


async def heard_by_the_caller(socket: ClientConnection, seconds: float) -> bytes:
    sound = b""
    while len(sound) < seconds * 16000:
        message = json.loads(await socket.recv())
        if message["event"] == "media":
            sound += audioop.ulaw2lin(base64.b64decode(message["media"]["payload"]), 2)
    return sound


def pitch(sound: bytes, rate: int) -> float:
    samples = np.frombuffer(sound, "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate / len(samples)


async def test_a_telephone_caller_and_an_agent_hear_each_other() -> None:
    """Each hears the other's tone, at the rate of each one's own line."""
    bot = TalkedTo()
    app = FastAPI()
    app.include_router(twilio.router(bot, Door(), Settings()))
    async with (
        asyncio.timeout(20),
        served(app) as address,
        connect(f"ws://{address}/lines/twilio") as socket,
    ):
        await send(socket, CONNECTED, start())
        await until(lambda: bot.relay)
        assert bot.relay is not None
        relay = bot.relay
        listening = asyncio.create_task(heard_by_the_agent(relay.to_agent, 20))
        caller, agent = tone(0.02 * 25, 8000, CALLER_HZ), tone(0.02 * 60, 8000, AGENT_HZ)
        while not listening.done():  # whatever is dropped, more of the tone follows
            for at in range(0, len(caller), 320):
                await send(socket, media(caller[at : at + 320]))
                await asyncio.sleep(0)
        assert abs(pitch(await listening, 16000) - CALLER_HZ) < 10

        async def agent_speaks() -> None:
            for at in range(0, len(agent), 320):
                # A microphone's pace: as soon as the line has taken the sound before it.
                while relay.to_caller.ready:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
                relay.to_caller.put(agent[at : at + 320], 8000)

        speaking = asyncio.create_task(agent_speaks())
        assert abs(pitch(await heard_by_the_caller(socket, 0.6), 8000) - AGENT_HZ) < 10
        await speaking
