"""The peer: a stock pipecat bot as its documentation builds one: Whisper base, Piper, smart-turn.

    python bench/peers/stock_pipecat.py PORT WHISPER_FOLDER VOICES_FOLDER VOICE

Default voice activity, turns and services of pipecat 1.14 on a Twilio-protocol websocket
(`/ws`). It answers "You said: ..." to each turn: no understanding, no dialogue and no
company's systems, which a real bot would have to add.
"""

import json
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    Frame,
    TranscriptionFrame,
    TTSSpeakFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.piper.tts import PiperTTSService
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from pipecat.turns.user_turn_processor import UserTurnProcessor
from pipecat.workers.runner import WorkerRunner

RATE = 16000

app = FastAPI()


class Echo(FrameProcessor):
    """Answers each turn with its own words."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self._over = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Wait for the words and for the end of the turn, whichever comes first."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            self._words += frame.text
        elif isinstance(frame, UserStoppedSpeakingFrame):
            self._over = True
        await self.push_frame(frame, direction)
        if self._words and self._over:
            words, self._words, self._over = self._words.strip(), "", False
            await self.push_frame(TTSSpeakFrame(f"You said: {words}"))


@app.websocket("/ws")
async def call(websocket: WebSocket) -> None:
    """Answer one call."""
    whisper, voices, voice = sys.argv[2:5]
    await websocket.accept()
    messages = websocket.iter_text()
    await anext(messages)
    stream = json.loads(await anext(messages))["start"]["streamSid"]
    serializer = TwilioFrameSerializer(
        stream, params=TwilioFrameSerializer.InputParams(auto_hang_up=False)
    )
    transport = FastAPIWebsocketTransport(
        websocket,
        FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, serializer=serializer
        ),
    )
    pipeline = Pipeline(
        [
            transport.input(),
            VADProcessor(vad_analyzer=SileroVADAnalyzer()),
            WhisperSTTService(
                device="cpu",
                compute_type="int8",
                settings=WhisperSTTService.Settings(model=whisper, language="en"),
            ),
            UserTurnProcessor(),
            Echo(),
            PiperTTSService(
                download_dir=Path(voices), settings=PiperTTSService.Settings(voice=voice)
            ),
            transport.output(),
        ]
    )
    worker = PipelineWorker(
        pipeline, params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
    )

    async def connected(_transport: object, _client: object) -> None:
        await worker.queue_frames([TTSSpeakFrame("Hello, how can I help you?")])

    async def disconnected(_transport: object, _client: object) -> None:
        await worker.cancel()

    transport.add_event_handler("on_client_connected", connected)
    transport.add_event_handler("on_client_disconnected", disconnected)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
