"""Relay: carries sound between a caller and those who talk with them, and says who has the line.

Sound is passed on and nothing else: nobody counts, measures, keeps or listens to it here.
The caller's side of a call makes the relay (`Relays.begin`); an agent joins it, and for a while
perhaps a colleague or a supervisor. Who hears whom is `Conference`'s to say.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
import soxr

from handoff.conference import ROLES, Conference, Role, SupervisorPart

FRAME_S = 0.02
"""Seconds of sound in one frame."""
MOST_FRAMES = 2
"""Frames that wait at most for a line that has no room; older sound is dropped, never late."""

How = Literal[
    "given_back", "agent_hung_up", "lost", "caller_gone", "handed_on", "left", "taken_over", "over"
]
"""How somebody's part in a call ends; `left`: others go on; `over`: the agent's talk ended."""


class Source(Protocol):
    """Where the sound comes from that one person hears."""

    @property
    def rate(self) -> int:
        """Samples a second."""
        ...

    async def frame(self) -> bytes:
        """Wait for the next 20 ms and take them."""
        ...


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

    @property
    def ready(self) -> bool:
        """Whether a whole frame waits."""
        return len(self._sound) >= self.size

    async def frame(self) -> bytes:
        """Wait for the next 20 ms and take them."""
        await self._ready.wait()
        return self.take()

    def take(self) -> bytes:
        """Take 20 ms, which must be ready."""
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


class Ear:
    """What one person hears: everybody who speaks to them, added up in frames of 20 ms.

    One voice is passed on as it is. The line takes frames at its own pace, so that two who
    speak at once are heard at once though their frames come at different moments.
    """

    def __init__(self, rate: int) -> None:
        """Begin with nobody; `rate` is the samples a second that come out."""
        self.rate = rate
        self._voices: dict[str, Channel] = {}
        self._ready = asyncio.Event()

    @property
    def dropped(self) -> int:
        """Frames that were too old to be passed on."""
        return sum(voice.dropped for voice in self._voices.values())

    @property
    def ready(self) -> bool:
        """Whether a whole frame of anybody waits."""
        return any(voice.ready for voice in self._voices.values())

    def put(self, sound: bytes, rate: int, speaker: str = "") -> None:
        """Take somebody's sound, PCM16 mono of whole samples."""
        voice = self._voices.setdefault(speaker, Channel(self.rate))
        voice.put(sound, rate)
        if voice.ready:
            self._ready.set()

    async def frame(self) -> bytes:
        """Wait for the next 20 ms and take them, everybody's added up without wrapping round."""
        await self._ready.wait()
        frames = [voice.take() for voice in self._voices.values() if voice.ready]
        if not self.ready:
            self._ready.clear()
        return frames[0] if len(frames) == 1 else mixed(frames)

    def clear(self, speaker: str | None = None) -> None:
        """Forget what waits, of one speaker or of all."""
        for name in list(self._voices) if speaker is None else [speaker]:
            if name in self._voices:
                self._voices[name].clear()
        if not self.ready:
            self._ready.clear()


def mixed(frames: list[bytes]) -> bytes:
    """Add up frames of PCM16 of one length; what would be too loud is as loud as can be."""
    total = sum(np.frombuffer(frame, "<i2").astype(np.int32) for frame in frames)
    return bytes(np.clip(total, -32768, 32767).astype("<i2").tobytes())


class NotAnOffer(ValueError):
    """What an agent's page sent is no WebRTC offer."""


class Occupied(Exception):
    """Somebody has this place in the call already."""

    def __init__(self, agent: str) -> None:
        super().__init__(f"{agent} talks with this caller")
        self.agent = agent


@dataclass(eq=False)
class Joined:
    """One person's part in a call, from the click until it is over."""

    agent: str
    ear: Ear = field(default_factory=lambda: Ear(16000))
    """What this person hears."""
    bot_is_quiet: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the bot has told the caller who comes."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    how: How | None = None
    """How it ended; the first who ends it decides."""
    task: str | None = None
    """Name of the flow that the bot is to take up, when the call is given back."""
    handing_on: bool = False
    """Stays with the caller until a colleague has come."""
    has_card: bool = False
    """Took the card of somebody who hands it on, and takes their place when they leave."""
    heard: bool = False
    """Was brought together with the caller."""

    def end(self, how: How, task: str | None = None) -> None:
        """End it; what comes second changes nothing."""
        if self.how is None:
            self.how, self.task = how, task
            self.over.set()


class Relay:
    """Everybody's sound to those who are to hear it, while somebody talks with the caller."""

    def __init__(self, call_id: str, *, caller_rate: int, line_rate: int) -> None:
        """Begin closed: the bot has the line.

        Args:
            call_id: Of the call.
            caller_rate: Samples a second of the caller's sound.
            line_rate: Samples a second that the caller's line plays.
        """
        self.call_id = call_id
        self.caller_rate = caller_rate
        self.to_caller = Ear(line_rate)
        self.conference = Conference()
        self.caller_gone = False
        self._places: dict[Role, Joined] = {}
        self._nobody = Ear(caller_rate)
        self._bot_may_speak = asyncio.Event()
        self._bot_may_speak.set()

    @property
    def open(self) -> bool:
        """Whether somebody talks with the caller, and the bot is held back."""
        return self.conference.open

    @property
    def joined(self) -> Joined | None:
        """The agent's part."""
        return self._places.get("agent")

    @property
    def to_agent(self) -> Ear:
        """What the agent hears."""
        return self._nobody if self.joined is None else self.joined.ear

    def at(self, role: Role) -> Joined | None:
        """Return who has this place."""
        return self._places.get(role)

    def role_of(self, joined: Joined) -> Role | None:
        """Return somebody's place; None when they have none any more."""
        return next((role for role, who in self._places.items() if who is joined), None)

    @contextmanager
    def joining(self, agent: str, role: Role = "agent") -> Iterator[Joined]:
        """Let somebody in, for as long as the context lasts; raises Occupied."""
        if (there := self._places.get(role)) is not None:
            raise Occupied(there.agent)
        joined = self._places[role] = Joined(agent, Ear(self.caller_rate))
        if self.caller_gone:
            joined.end("caller_gone")
        self._bot_may_speak.clear()
        try:
            yield joined
        finally:
            joined.end("lost")
            self.silence(joined)
            self._places = {role: who for role, who in self._places.items() if who is not joined}
            if not self._places:
                self._bot_may_speak.set()

    def begin_talk(self) -> None:
        """Let caller and agent hear each other from now on, and nothing of before."""
        self.to_agent.clear()
        self.to_caller.clear()
        if self.joined is not None:
            self.joined.heard = True
        self._stand(replace(self.conference, open=True))

    def take_place(self, joined: Joined) -> None:
        """Let somebody who sat in be the agent; who was it is the colleague, heard by all."""
        role, before = self.role_of(joined), self.joined
        if role is None or role == "agent" or before is None:
            return
        self._places.pop(role)
        if (third := self._places.pop("colleague", None)) is not None:
            third.end("over")
        self._places |= {"agent": joined, "colleague": before}
        joined.heard, joined.has_card = True, False
        watched = "out" if role == "supervisor" else self.conference.supervisor
        self._stand(replace(self.conference, open=True, colleague="all", supervisor=watched))

    def consult(self, *, with_caller: bool) -> None:
        """Let agent and colleague talk: alone, or with the caller."""
        if "colleague" in self._places:
            self._stand(replace(self.conference, colleague="all" if with_caller else "consult"))

    def watch(self, how: SupervisorPart, *, announced: bool) -> None:
        """Let a supervisor listen or whisper; nothing is heard before the agent was told."""
        self._stand(replace(self.conference, supervisor=how, announced=announced))

    def silence(self, joined: Joined) -> None:
        """Let somebody hear nobody, and nobody them; of the agent's leave, see who goes on."""
        role = self.role_of(joined)
        if role == "colleague":
            self._stand(replace(self.conference, colleague="out"))
        elif role == "supervisor":
            self._stand(replace(self.conference, supervisor="out", announced=False))
        elif role == "agent":
            heir = self.heir(joined)
            if heir is None:
                for other in self._places.values():
                    other.end("over")
                self.close()
                return
            # Who goes on does so in the place of who leaves.
            self._places.pop("colleague")
            self._places["agent"] = heir
            heir.heard = heir.heard or not heir.has_card
            heir.has_card = False
            self._stand(replace(self.conference, open=heir.heard, colleague="out"))

    def heir(self, joined: Joined) -> Joined | None:
        """Return who goes on when the agent leaves: with the card, or heard by the caller."""
        heir = self._places.get("colleague")
        if self.joined is not joined or heir is None or heir.how is not None:
            return None
        stays = joined.how == "lost" and self.conference.colleague == "all"
        return heir if heir.has_card or stays else None

    def close(self) -> None:
        """Let nobody hear anybody; what was on its way is forgotten."""
        self._stand(Conference())
        self.to_agent.clear()
        self.to_caller.clear()

    def said_by_caller(self, sound: bytes, rate: int) -> None:
        """Pass the caller's sound on."""
        self._pass("caller", sound, rate)

    def said(self, joined: Joined | None, sound: bytes, rate: int) -> None:
        """Pass on what somebody at the desk says; None for the agent."""
        role = "agent" if joined is None else self.role_of(joined)
        if role is not None:
            self._pass(role, sound, rate)

    def play(self, sound: bytes, rate: int) -> None:
        """Let the caller hear music while on hold."""
        if self.conference.on_hold:
            self.to_caller.put(sound, rate, "music")

    def bot_is_quiet(self) -> None:
        """The bot has told the caller who comes."""
        if self.joined is not None:
            self.joined.bot_is_quiet.set()

    async def bot_may_speak(self) -> None:
        """Wait until nobody is joined: what the bot says now reaches the caller."""
        await self._bot_may_speak.wait()

    def end(self) -> None:
        """The caller is gone."""
        self.caller_gone = True
        for joined in self._places.values():
            joined.end("caller_gone")

    def _pass(self, speaker: Role, sound: bytes, rate: int) -> None:
        for listener in ROLES:
            ear = self._ear(listener)
            if ear is not None and self.conference.hears(listener, speaker):
                ear.put(sound, rate, speaker)

    def _ear(self, role: Role) -> Ear | None:
        if role == "caller":
            return self.to_caller
        joined = self._places.get(role)
        if joined is None:
            return self._nobody if role == "agent" else None
        return joined.ear

    def _stand(self, conference: Conference) -> None:
        """Go on with who hears whom from now; of who is heard no more, nothing comes late."""
        self.conference = conference
        for listener in ROLES:
            ear = self._ear(listener)
            for speaker in ROLES:
                if ear is not None and not conference.hears(listener, speaker):
                    ear.clear(speaker)
        if not conference.on_hold:
            self.to_caller.clear("music")


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
