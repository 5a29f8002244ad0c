"""TwilioTransport: pipecat's websocket transport, speaking Media Streams with marks.

It adds to pipecat's own serializer what a telephone call needs: marks, so
that "played" is known from Twilio and not from a clock of ours, and patience
with messages that make no sense.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect
from loguru import logger
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    EndFrame,
    Frame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketClient,
    FastAPIWebsocketInputTransport,
    FastAPIWebsocketOutputTransport,
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)

from bot.line.doubling import Doubler
from bot.line.frames import MarkFrame, MarkPlayedFrame
from bot.line.twilio_messages import (
    BadMessage,
    DtmfMessage,
    MarkMessage,
    MediaMessage,
    StopMessage,
    read_inbound,
)

RATE = 8000
"""Hz of every telephone line."""
LEAD_S = 0.35
"""Seconds of the bot's words that Twilio holds before they are due: a call is not to stutter
when the machine is busy for a moment. What is held is cleared when the caller interrupts.

No more than pipecat waits after the last sound before it tells that the bot stopped: that is
then told when the caller has heard it."""
LAST_SOUND = 2.0
"""Seconds that Twilio may take to play what it has been sent, at the end of a call."""


class TwilioSerializer(TwilioFrameSerializer):
    """Pipecat's serializer, with marks, and deaf to nonsense."""

    def __init__(self, stream_sid: str, on_stop: Callable[[], Awaitable[None]]) -> None:
        """Serve one stream.

        Args:
            stream_sid: Twilio's id of the stream.
            on_stop: Called when Twilio says that the stream is over.
        """
        # No hang-up through Twilio's REST API: when the websocket closes, the
        # TwiML goes on, and ends. That needs no credentials and no network.
        super().__init__(stream_sid, params=TwilioFrameSerializer.InputParams(auto_hang_up=False))
        self._input_resampler = Doubler()
        self._on_stop = on_stop
        self._waiting: set[str] = set()
        self._none_waiting = asyncio.Event()
        self._none_waiting.set()
        self._ignored = 0

    async def serialize(self, frame: Frame) -> str | bytes | None:
        """Write a frame as Twilio's message, or None if Twilio has none for it."""
        if isinstance(frame, MarkFrame):
            self._waiting.add(frame.mark)
            self._none_waiting.clear()
            mark = {"event": "mark", "streamSid": self._stream_sid, "mark": {"name": frame.mark}}
            return json.dumps(mark)
        if isinstance(frame, InterruptionFrame):
            # Twilio answers `clear` with every mark it had not played yet: not played.
            self._forget(*self._waiting)
        return await super().serialize(frame)

    async def deserialize(self, data: str | bytes) -> Frame | None:
        """Read a message of Twilio's; None when it is nothing for the pipeline."""
        try:
            return await self._read(data)
        except BadMessage as error:
            self.ignore(str(error))
            return None

    async def all_played(self, within: float) -> None:
        """Wait until Twilio has played every mark, but no longer than so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._none_waiting.wait()

    def _forget(self, *marks: str) -> None:
        self._waiting.difference_update(marks)
        if not self._waiting:
            self._none_waiting.set()

    def ignore(self, why: str) -> None:
        """Count a message that made no sense; only the first of a call is worth a warning."""
        self._ignored += 1
        log = logger.warning if self._ignored == 1 else logger.trace
        log(f"stream {self._stream_sid}: ignored {why}")

    async def _read(self, data: str | bytes) -> Frame | None:
        message = read_inbound(data)
        match message:
            case MediaMessage(media=media) if media.sound() and media.track == "inbound":
                # Written anew, for pipecat reads JSON less strictly than we have just done.
                return await super().deserialize(message.model_dump_json())
            case MarkMessage(mark=mark):
                if mark.name not in self._waiting:
                    return None
                self._forget(mark.name)
                return MarkPlayedFrame(mark.name)
            case DtmfMessage(dtmf=dtmf):
                return InputDTMFFrame(KeypadEntry(dtmf.digit))
            case StopMessage():
                await self._on_stop()
        return None


class Marks(FrameProcessor):
    """Puts a mark behind everything the bot says; outbound, right before the transport."""

    def __init__(self) -> None:
        """Stand in the way of the sound without a queue of its own."""
        super().__init__(enable_direct_mode=True)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass every frame on, and a mark after the end of each Say."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, TTSStoppedFrame) and direction is FrameDirection.DOWNSTREAM:
            await self.push_frame(MarkFrame(frame.context_id or frame.name))


class _Client(FastAPIWebsocketClient):
    def _on_close_done(self, task: asyncio.Task[None]) -> None:
        """Pass over that a caller who hung up is not there to be told that we hang up too."""
        if not task.cancelled() and isinstance(task.exception(), WebSocketDisconnect):
            return
        super()._on_close_done(task)


class _Input(FastAPIWebsocketInputTransport):
    def __init__(self, *args: Any, serializer: TwilioSerializer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._serializer = serializer

    async def stop(self, frame: EndFrame) -> None:
        """Listen until the last mark has come back."""
        await self._serializer.all_played(within=LAST_SOUND)
        await super().stop(frame)


class _Output(FastAPIWebsocketOutputTransport):
    def __init__(self, *args: Any, serializer: TwilioSerializer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._serializer = serializer
        self._lead_s = self._due = 0.0
        self._newest_dropped = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Note an interruption before the base class drops what waits, and clears the line."""
        if isinstance(frame, InterruptionFrame):
            self._newest_dropped = InterruptionFrame().id  # ids grow
        await super().process_frame(frame, direction)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Send a piece of sound; of what the bot says, some ahead of its time.

        The base class still sends the piece that was on its way when the caller
        interrupted: after `clear` it is a scrap of a word out of nothing.
        """
        if frame.interruptible and frame.id < self._newest_dropped:
            return False
        self._lead_s = LEAD_S if isinstance(frame, TTSAudioRawFrame) else 0.0
        return await super().write_audio_frame(frame)

    async def _write_audio_sleep(self) -> None:
        """Wait until the next piece is due, as the base class does, but for the lead."""
        now = time.monotonic()
        self._due = max(self._due, now) + self._send_interval
        await asyncio.sleep(max(0.0, self._due - self._lead_s - now))

    async def write_transport_frame(self, frame: Frame) -> None:
        """Send a mark in its place between the sounds."""
        if isinstance(frame, MarkFrame):
            await self._write_frame(frame)

    async def stop(self, frame: EndFrame) -> None:
        """Close once Twilio has played what it holds; closing would throw that away."""
        await self._serializer.all_played(within=LAST_SOUND)
        await super().stop(frame)


class TwilioTransport(FastAPIWebsocketTransport):
    """One call's websocket."""

    def __init__(self, websocket: WebSocket, stream_sid: str) -> None:
        """Take an accepted websocket whose `start` has been read."""
        serializer = TwilioSerializer(stream_sid, self._stopped)
        super().__init__(
            websocket,
            FastAPIWebsocketParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_out_sample_rate=RATE,
                audio_out_10ms_chunks=2,  # 20 ms a message, as telephones do
                audio_out_end_silence_secs=0,  # the last mark tells when it is over
                serializer=serializer,
                allowed_origins=[],
            ),
        )
        self._client = _Client(websocket, self._callbacks)
        self._input = _Input(
            self, self._client, self._params, name=self._input_name, serializer=serializer
        )
        self._output = _Output(
            self, self._client, self._params, name=self._output_name, serializer=serializer
        )
        self._websocket = websocket
        self._gone = False

    async def _stopped(self) -> None:
        await self._on_client_disconnected(self._websocket)

    async def _on_client_disconnected(self, websocket: WebSocket) -> None:
        """Tell once that the caller is gone: `stop` and the closed websocket both say so."""
        if not self._gone:
            self._gone = True
            # What the base class does is to tell whoever waits; pipecat leaves its type out.
            tell: Callable[[WebSocket], Awaitable[None]] = super()._on_client_disconnected
            await tell(websocket)
