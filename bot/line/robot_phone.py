"""Phone: the robot's end of a Twilio-protocol websocket, at the pace of a real call."""

import asyncio
import base64
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from loguru import logger
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bot.line.robot_handset import RATE, TICK, Handset
from bot.line.twilio_messages import BadMessage, read_outbound

Pace = Callable[[int], Awaitable[None]]
"""Returns when the tick of this number is due."""


class RealPace:
    """Twenty milliseconds are twenty milliseconds; a late tick is made up for."""

    def __init__(self) -> None:
        self._began: float | None = None

    async def __call__(self, tick: int) -> None:
        """Wait until it is time."""
        if self._began is None:
            self._began = time.monotonic()
        await asyncio.sleep(max(0.0, self._began + tick * TICK - time.monotonic()))


class Phone:
    """One call; use `Phone.calling`."""

    def __init__(
        self, socket: ClientConnection, call_id: str, pace: Pace, handset: Handset
    ) -> None:
        self.call_id = call_id
        self.handset = handset
        self.received = 0
        """Messages of the bot so far."""
        self._socket = socket
        self._stream = "MZ" + secrets.token_hex(16)
        self._pace = pace
        self._ticks = asyncio.Condition()
        self.bot_hung_up = False

    @classmethod
    @asynccontextmanager
    async def calling(
        cls,
        url: str,
        call_id: str,
        parameters: dict[str, str],
        pace: Pace | None = None,
        handset: Handset | None = None,
    ) -> "AsyncIterator[Phone]":
        """Call a bot, and hang up at the end.

        Args:
            url: Of a Twilio-protocol websocket.
            call_id: The call's SID.
            parameters: What TwiML would pass on: from, language, ticket.
            pace: Tells when a tick is due; real time when None.
            handset: The telephone; a plain one when None.
        """
        # Deflating fifty small messages a second costs both sides more than it saves.
        async with connect(url, max_size=None, compression=None) as socket:
            phone = cls(socket, call_id, pace or RealPace(), handset or Handset())
            await phone._start(parameters)
            tasks = [asyncio.create_task(phone._talk()), asyncio.create_task(phone._listen())]
            try:
                yield phone
            finally:
                for task in tasks:
                    task.cancel()
                for failure in await asyncio.gather(*tasks, return_exceptions=True):
                    if isinstance(failure, Exception):
                        logger.error(f"the robot's telephone broke: {failure!r}")
                await phone._send({"event": "stop", "stop": {"callSid": call_id}})

    @property
    def why_closed(self) -> str:
        """The close code and reason, once the bot has hung up."""
        return f"{self._socket.close_code} {self._socket.close_reason or ''}".strip()

    async def press(self, key: str) -> None:
        """Press a key."""
        await self._send({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": key}})

    async def until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait for something to become true; no longer than so many seconds of the call.

        Returns:
            Whether it became true before the time was over and the bot hung up.
        """
        ends = self.handset.now + int(seconds * RATE)
        async with self._ticks:
            await self._ticks.wait_for(
                lambda: true() or self.bot_hung_up or self.handset.now >= ends
            )
        return true()

    async def _start(self, parameters: dict[str, str]) -> None:
        await self._socket.send(
            json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        )
        await self._send(
            {
                "event": "start",
                "start": {
                    "accountSid": "AC" + "0" * 32,
                    "streamSid": self._stream,
                    "callSid": self.call_id,
                    "tracks": ["inbound"],
                    "mediaFormat": {
                        "encoding": "audio/x-mulaw",
                        "sampleRate": RATE,
                        "channels": 1,
                    },
                    "customParameters": parameters,
                },
            }
        )

    async def _talk(self) -> None:
        try:
            await self._tick_on()
        finally:
            # Nobody may wait for a telephone that is broken.
            self.bot_hung_up = True
            await self._notify()

    async def _tick_on(self) -> None:
        tick = 0
        while not self.bot_hung_up:
            await self._pace(tick)
            frame, marks = self.handset.tick()
            await self._send(
                {
                    "event": "media",
                    "media": {
                        "track": "inbound",
                        "chunk": str(tick + 1),
                        "timestamp": str(int(tick * TICK * 1000)),
                        "payload": base64.b64encode(frame).decode(),
                    },
                }
            )
            await self._played(marks)
            tick += 1
            await self._notify()

    async def _listen(self) -> None:
        try:
            async for data in self._socket:
                try:
                    marks = self.handset.receive(read_outbound(data))
                except BadMessage as error:
                    logger.warning(f"the bot sent {error}")
                    marks = []
                self.received += 1
                await self._played(marks)
        except ConnectionClosed:
            pass
        self.bot_hung_up = True
        await self._notify()

    async def _played(self, marks: list[str]) -> None:
        for mark in marks:
            await self._send({"event": "mark", "mark": {"name": mark}})

    async def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(json.dumps({**message, "streamSid": self._stream}))

    async def _notify(self) -> None:
        async with self._ticks:
            self._ticks.notify_all()
