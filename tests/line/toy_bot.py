"""ToyBot: a Twilio-protocol bot that answers with tones, and counts frames, not seconds."""

import asyncio
import audioop
import base64
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from bot.line.robot_ears import first_sound
from bot.line.robot_phone import Phone
from tests.line.serving import tone


@dataclass(frozen=True)
class Reply:
    """What the bot does at its turn."""

    after: int
    """Frames of 20 ms to wait; for the greeting from the first frame on."""
    seconds: float = 0.4
    """Of tone."""
    hang_up: bool = False
    """When the tone has been played."""


@dataclass
class ToyBot:
    """Each time the caller falls silent for `hears_after` frames, the next reply begins."""

    replies: list[Reply]
    hears_after: int = 10
    start: dict[str, Any] = field(default_factory=dict)
    got: list[dict[str, Any]] = field(default_factory=list)
    """All messages but sound."""
    heard: bytearray = field(default_factory=bytearray)
    """The caller's sound, PCM16 at 8 kHz."""
    echoes: list[tuple[str, int]] = field(default_factory=list)
    """Marks that came back, and the frames there had been by then."""
    frames: int = 0
    sent: int = 0
    playing: str | None = None
    """The mark of the tone that is not yet played."""

    def __post_init__(self) -> None:
        self._left = deque(self.replies)
        self._quiet = 0
        self._spoke = True  # the greeting answers nothing

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        async with serve(self._serve, "127.0.0.1", 0) as server:
            yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/lines/twilio"

    async def lockstep(self, phone: Phone | None, tick: int) -> None:
        """Return when the bot has dealt with all frames so far, and the robot with all answers."""
        async with asyncio.timeout(10):
            while phone and not phone.bot_hung_up:
                if self.frames >= tick and phone.received >= self.sent:
                    break
                await asyncio.sleep(0)

    async def _serve(self, socket: ServerConnection) -> None:
        async for data in socket:
            message = json.loads(data)
            if message["event"] == "media":
                await self._hear(socket, audioop.ulaw2lin(_payload(message), 2))
                self.frames += 1
            else:
                self.got.append(message)
            if message["event"] == "mark":
                self.echoes.append((message["mark"]["name"], self.frames))
                self.playing = None

    async def _hear(self, socket: ServerConnection, frame: bytes) -> None:
        self.heard += frame
        if first_sound(frame) is not None:
            self._spoke, self._quiet = True, 0
            if self.playing:
                await self._send(socket, {"event": "clear"})
            return
        self._quiet += 1
        if not self._spoke or not self._left:
            return
        wait = self._left[0].after + (self.hears_after if self.heard.strip(b"\0") else 0)
        if self._quiet > wait:
            await self._reply(socket, self._left.popleft())

    async def _reply(self, socket: ServerConnection, reply: Reply) -> None:
        self._spoke = False
        sound = audioop.lin2ulaw(tone(reply.seconds, 8000), 2)
        for at in range(0, len(sound), 400):  # not the robot's own 160
            payload = base64.b64encode(sound[at : at + 400]).decode()
            await self._send(socket, {"event": "media", "media": {"payload": payload}})
        self.playing = str(self.frames)
        await self._send(socket, {"event": "mark", "mark": {"name": self.playing}})
        if reply.hang_up:
            await socket.close(1000, "goodbye")

    async def _send(self, socket: ServerConnection, message: dict[str, Any]) -> None:
        self.sent += 1
        await socket.send(json.dumps({**message, "streamSid": "MZ"}))


def _payload(message: dict[str, Any]) -> bytes:
    return base64.b64decode(message["media"]["payload"])
