"""Relay: carries sound between one caller and one agent, and says whose turn of the line it is.

Sound is passed on and nothing else: nobody counts, measures, keeps or listens to it here.
The caller's side of a call makes the relay (`Relays.begin`); an agent joins it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import soxr

FRAME_S = 0.02
"""Seconds of sound in one frame."""
MOST_FRAMES = 2
"""Frames that wait at most for a line that has no room; older sound is dropped, never late."""

How = Literal["given_back", "agent_hung_up", "lost", "caller_gone"]
"""How an agent's part in a call ends."""


class Channel:
    """One direction: PCM16 mono goes in at any rate and size, and comes out in frames of 20 ms."""

    def __init__(self, rate: int, most_frames: int = MOST_FRAMES) -> None:
        """Begin with nothing in it.

        Args:
            rate: Samples a second that come out.
            most_frames: Frames that are held at most.
        """
        self.rate = rate
        self.size = 2 * int(rate * FRAME_S)
        """Bytes of a frame."""
        self.dropped = 0
        """Frames that were too old to be passed on."""
        self._most = most_frames * self.size
        self._sound = bytearray()
        self._ready = asyncio.Event()
        self._resampler: tuple[int, soxr.ResampleStream] | None = None

    def put(self, sound: bytes, rate: int) -> None:
        """Take sound, which must be whole samples; drop the oldest when too much waits."""
        self._sound += sound if rate == self.rate else self._resampled(sound, rate)
        while len(self._sound) >= self._most + self.size:
            del self._sound[: self.size]
            self.dropped += 1
        if len(self._sound) >= self.size:
            self._ready.set()

    async def frame(self) -> bytes:
        """Wait for the next 20 ms and take them."""
        await self._ready.wait()
        frame = bytes(self._sound[: self.size])
        del self._sound[: self.size]
        if len(self._sound) < self.size:
            self._ready.clear()
        return frame

    def clear(self) -> None:
        """Forget what waits."""
        self._sound.clear()
        self._ready.clear()
        self._resampler = None

    def _resampled(self, sound: bytes, rate: int) -> bytes:
        if self._resampler is None or self._resampler[0] != rate:
            # Finer filters hand their sound out in blocks of 40 to 150 ms.
            self._resampler = (rate, soxr.ResampleStream(rate, self.rate, 1, "int16", "LQ"))
        samples = self._resampler[1].resample_chunk(np.frombuffer(sound, "<i2"))
        return bytes(samples.astype("<i2").tobytes())


class NotAnOffer(ValueError):
    """What an agent's page sent is no WebRTC offer."""


class Occupied(Exception):
    """An agent has joined this call already."""

    def __init__(self, agent: str) -> None:
        super().__init__(f"{agent} talks with this caller")
        self.agent = agent


@dataclass(eq=False)
class Joined:
    """One agent's part in a call, from the click until it is over."""

    agent: str
    bot_is_quiet: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the bot has told the caller who comes."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    how: How | None = None
    """How it ended; the first who ends it decides."""
    task: str | None = None
    """Name of the flow that the bot is to take up, when the call is given back."""

    def end(self, how: How, task: str | None = None) -> None:
        """End it; what comes second changes nothing."""
        if self.how is None:
            self.how, self.task = how, task
            self.over.set()


class Relay:
    """The caller's sound to the agent and the agent's to the caller, while it is open."""

    def __init__(self, call_id: str, *, caller_rate: int, line_rate: int) -> None:
        """Begin closed: the bot has the line.

        Args:
            call_id: Of the call.
            caller_rate: Samples a second of the caller's sound.
            line_rate: Samples a second that the caller's line plays.
        """
        self.call_id = call_id
        self.to_agent = Channel(caller_rate)
        self.to_caller = Channel(line_rate)
        self.joined: Joined | None = None
        self.caller_gone = False
        self._open = False
        self._bot_may_speak = asyncio.Event()
        self._bot_may_speak.set()

    @property
    def open(self) -> bool:
        """Whether caller and agent hear each other, and the bot is held back."""
        return self._open

    @contextmanager
    def joining(self, agent: str) -> Iterator[Joined]:
        """Let an agent in, for as long as the context lasts; raises Occupied."""
        if self.joined is not None:
            raise Occupied(self.joined.agent)
        self.joined = Joined(agent)
        if self.caller_gone:
            self.joined.end("caller_gone")
        self._bot_may_speak.clear()
        try:
            yield self.joined
        finally:
            self.joined.end("lost")
            self.close()
            self.joined = None
            self._bot_may_speak.set()

    def begin_talk(self) -> None:
        """Let caller and agent hear each other from now on, and nothing of before."""
        self.to_agent.clear()
        self.to_caller.clear()
        self._open = True

    def close(self) -> None:
        """Let nobody hear anybody; what was on its way is forgotten."""
        self._open = False
        self.to_agent.clear()
        self.to_caller.clear()

    def bot_is_quiet(self) -> None:
        """The bot has told the caller who comes."""
        if self.joined is not None:
            self.joined.bot_is_quiet.set()

    async def bot_may_speak(self) -> None:
        """Wait until no agent is joined: what the bot says now reaches the caller."""
        await self._bot_may_speak.wait()

    def end(self) -> None:
        """The caller is gone."""
        self.caller_gone = True
        if self.joined is not None:
            self.joined.end("caller_gone")


class Relays:
    """The calls in progress in this process, which an agent may join."""

    def __init__(self) -> None:
        self._relays: dict[str, Relay] = {}

    @contextmanager
    def begin(self, call_id: str, *, caller_rate: int, line_rate: int) -> Iterator[Relay]:
        """Make a call's relay, for as long as the call lasts."""
        relay = Relay(call_id, caller_rate=caller_rate, line_rate=line_rate)
        self._relays[call_id] = relay
        try:
            yield relay
        finally:
            relay.end()
            del self._relays[call_id]

    def find(self, call_id: str) -> Relay | None:
        """Return a call's relay; None when it is not in progress in this process."""
        return self._relays.get(call_id)
