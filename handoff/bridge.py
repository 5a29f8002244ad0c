"""Bridge: the ends of a relay inside pipelines, and the line of an agent who talks from a page.

The agent's sound enters a call behind everything that listens: `AgentVoice` stands right
before the line's output and pushes downstream only. An agent's own pipeline holds nothing but
the ends of the relay. So no part of Kalm can hear an agent, whatever else is built.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiortc.jitterbuffer import JitterBuffer
from loguru import logger
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    OutputAudioRawFrame,
    OutputTransportMessageUrgentFrame,
    StartFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport
from pipecat.workers.runner import WorkerRunner

from handoff.relay import Joined, NotAnOffer, Relay, Source

IN_FLIGHT = 2
"""Frames that a line may hold: one that is being played, one so that no gap follows."""
NO_ROOM_S = 0.2
"""Seconds after which a line that plays nothing is taken to have thrown its frames away."""
HELD_PACKETS = 4
"""Packets of 20 ms that are waited for one that is missing; a power of two."""
SILENT_S = 4.0
"""Seconds without a packet after which an agent is lost: a browser sends also when muted."""


@dataclass
class RelayedAudioFrame(OutputAudioRawFrame):
    """Sound of a person on its way out of a pipeline; no interruption of the bot's drops it."""

    interruptible: bool = field(default=False, init=False)


class CallerTap(FrameProcessor):
    """Takes the caller's sound to the agent while the relay is open; right behind the input.

    Whatever listens after it gets as much silence, so that a turn that was under way comes to
    its end and times in the call stay right. When the relay opens, the bot falls silent as it
    does when the caller interrupts it.
    """

    def __init__(self, relay: Relay) -> None:
        """Take the relay of the call."""
        super().__init__()
        self._relay = relay
        self._bot_silenced = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass every frame on, sound only when no agent talks with the caller."""
        await super().process_frame(frame, direction)
        if not self._relay.open:
            self._bot_silenced = False
        elif isinstance(frame, InputAudioRawFrame):
            if not self._bot_silenced:
                self._bot_silenced = True
                interrupt: Callable[[], Awaitable[None]] = self.broadcast_interruption
                await interrupt()  # by a name with a type, which pipecat leaves out
            if len(frame.audio) % 2 == 0:
                self._relay.said_by_caller(frame.audio, frame.sample_rate)
            frame = InputAudioRawFrame(
                audio=bytes(len(frame.audio)),
                sample_rate=frame.sample_rate,
                num_channels=frame.num_channels,
            )
        await self.push_frame(frame, direction)


class RelayedVoice(FrameProcessor):
    """Lets the relay's sound out at the pace at which the line plays; right before the output.

    `played` belongs right behind the output: what the line has played passes there.
    """

    def __init__(self, source: Source) -> None:
        """Take the sound that is to be heard on this line."""
        super().__init__()
        self._source = source
        self._on_its_way = 0
        self._room = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self.played = _Played(self._one_played)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass every frame on, and let sound out between start and end."""
        await super().process_frame(frame, direction)
        if isinstance(frame, EndFrame | CancelFrame):
            await self._stop()
        await self.push_frame(frame, direction)
        if isinstance(frame, StartFrame):
            self._pump = self.create_task(self._let_out(), "let out")

    async def cleanup(self) -> None:
        """Leave no task behind, however the pipeline ended."""
        await self._stop()
        cleanup: Callable[[], Awaitable[None]] = super().cleanup  # pipecat leaves its type out
        await cleanup()

    async def _stop(self) -> None:
        pump, self._pump = self._pump, None
        if pump is not None:
            await self.cancel_task(pump)

    def _one_played(self) -> None:
        self._on_its_way = max(0, self._on_its_way - 1)
        self._room.set()

    async def _let_out(self) -> None:
        while True:
            # First the room, then the sound: what is taken is what is new at that moment.
            await self._until_room()
            sound = await self._source.frame()
            self._on_its_way += 1
            await self.push_frame(RelayedAudioFrame(sound, self._source.rate, 1))

    async def _until_room(self) -> None:
        while self._on_its_way >= IN_FLIGHT:
            self._room.clear()
            try:
                async with asyncio.timeout(NO_ROOM_S):
                    await self._room.wait()
            except TimeoutError:
                self._on_its_way = 0


class AgentVoice(RelayedVoice):
    """The agent's sound on the caller's line; holds the bot's back while the relay is open."""

    def __init__(self, relay: Relay) -> None:
        """Take the relay of the call."""
        super().__init__(relay.to_caller)
        self._relay = relay

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass every frame on but the bot's own sound while an agent talks."""
        own = isinstance(frame, OutputAudioRawFrame) and direction is FrameDirection.DOWNSTREAM
        if not (own and self._relay.open):
            await super().process_frame(frame, direction)
            return
        await FrameProcessor.process_frame(self, frame, direction)


class _Played(FrameProcessor):
    """Tells what the line has played."""

    def __init__(self, one_played: Callable[[], None]) -> None:
        super().__init__(enable_direct_mode=True)  # a queue for each frame would cost more
        self._one_played = one_played

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass every frame on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, RelayedAudioFrame):
            self._one_played()
        await self.push_frame(frame, direction)


class AgentTap(FrameProcessor):
    """The sound of somebody at the desk to the relay, and no further: it ends here."""

    def __init__(
        self, relay: Relay, now: Callable[[], float], joined: Joined | None = None
    ) -> None:
        """Take the relay of the call and a clock of seconds that never go back.

        Args:
            relay: Of the call.
            now: The clock.
            joined: Whose sound it is; None for the agent's.
        """
        super().__init__()
        self._relay = relay
        self._joined = joined
        self._now = now
        self.last_packet: float | None = None
        """When sound came last; None before the first."""
        self.speaks = asyncio.Event()
        """Set by the first packet."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass every frame on but sound."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, InputAudioRawFrame):
            await self.push_frame(frame, direction)
            return
        self.last_packet = self._now()
        self.speaks.set()
        if self._relay.open and len(frame.audio) % 2 == 0:
            self._relay.said(self._joined, frame.audio, frame.sample_rate)


class BrowserLine:
    """One agent's browser, connected to a relay by WebRTC."""

    def __init__(
        self,
        connection: SmallWebRTCConnection,
        relay: Relay,
        joined: Joined | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take a connection whose offer has been answered, and whose it is; None: the agent's."""
        self._connection = connection
        self._now = now
        self._tap = AgentTap(relay, now, joined)
        ear = relay.to_agent if joined is None else joined.ear
        transport = SmallWebRTCTransport(
            connection,
            TransportParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                # Each line works at the other's rate, so that the relay has nothing to resample.
                audio_in_sample_rate=relay.to_caller.rate,
                audio_out_sample_rate=ear.rate,
                audio_out_10ms_chunks=2,
                audio_out_end_silence_secs=0,
                # Nothing is sent when there is nothing: sound goes on at once, and the browser
                # evens it out. With silence between, each hitch would stay as delay.
                audio_out_auto_silence=False,
            ),
        )
        voice = RelayedVoice(ear)
        self._worker = PipelineWorker(
            Pipeline([transport.input(), self._tap, voice, transport.output(), voice.played]),
            params=PipelineParams(
                audio_in_sample_rate=relay.to_caller.rate,
                audio_out_sample_rate=ear.rate,
            ),
            enable_rtvi=False,
            idle_timeout_secs=None,
        )
        self._gone = asyncio.Event()

        async def disconnected(_transport: object, _client: object) -> None:
            self._gone.set()

        transport.add_event_handler("on_client_disconnected", disconnected)

    @classmethod
    async def answer(
        cls, sdp: str, relay: Relay, joined: Joined | None = None
    ) -> tuple["BrowserLine", str]:
        """Answer an offer; return the line, not yet running, and the answer's SDP.

        Raises NotAnOffer.
        """
        connection = SmallWebRTCConnection()  # no STUN or TURN: localhost and the LAN need none
        try:
            await connection.initialize(sdp, "offer")
        except Exception as error:  # whatever a parser of SDP makes of nonsense
            await connection.disconnect()
            raise NotAnOffer(str(error)) from error
        _hold_less(connection)
        answer = connection.get_answer()
        assert answer is not None  # noqa: S101 - it raises otherwise
        return cls(connection, relay, joined), answer["sdp"]

    async def run(self) -> None:
        """Carry sound until cancelled; the connection is closed then."""
        runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
        try:
            await runner.add_workers(self._worker)
            await runner.run()
        except Exception:
            logger.exception("an agent's line failed")
        finally:
            self._gone.set()
            await self._connection.disconnect()

    async def close(self) -> None:
        """Let go of a connection that was never run."""
        await self._connection.disconnect()

    async def stop(self) -> None:
        """End `run`."""
        await self._worker.cancel(reason="the talk is over")

    async def speaks(self) -> None:
        """Wait for the agent's first packet of sound."""
        await self._tap.speaks.wait()

    async def lost(self) -> None:
        """Wait until the agent's page is closed, or nothing has come from it for too long."""
        while not self._gone.is_set():
            last = self._tap.last_packet
            wait = SILENT_S if last is None else last + SILENT_S - self._now()
            if wait <= 0:
                return
            try:
                async with asyncio.timeout(wait):
                    await self._gone.wait()
            except TimeoutError:
                if self._tap.last_packet == last:
                    return

    async def tell(self, message: dict[str, Any]) -> None:
        """Send the page a message over its data channel."""
        await self._worker.queue_frame(OutputTransportMessageUrgentFrame(message=message))


def _hold_less(connection: SmallWebRTCConnection) -> None:
    """Let the receiver hold back less sound.

    aiortc holds 80 ms, and 320 ms when a packet is lost. It has no setting for it, so its
    buffer is replaced before the first packet, as pipecat does for screens.
    """
    for transceiver in connection.pc.getTransceivers():
        if transceiver.kind == "audio":
            buffer = JitterBuffer(capacity=HELD_PACKETS)
            setattr(transceiver.receiver, "_RTCRtpReceiver__jitter_buffer", buffer)  # noqa: B010
