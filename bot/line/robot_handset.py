"""Handset: the robot's telephone, which plays what Twilio would play and remembers all sound.

Time is counted in ticks of 20 ms, not in seconds of a clock: each tick sends
one frame of the caller and plays one of the bot. Both sides are written down
tick by tick, so they can't drift apart in the recording.
"""

import audioop  # in Python 3.13 from audioop-lts, which pipecat brings along
import wave
from collections import deque
from pathlib import Path

import numpy as np

from bot.line.frames import MUSIC_MARK
from bot.line.robot_ears import first_sound
from bot.line.twilio_messages import ClearMessage, MarkMessage, MediaMessage, Outbound

RATE = 8000
FRAME = 160
"""Samples a tick."""
TICK = FRAME / RATE
SILENCE = bytes(2 * FRAME)
PAUSE = int(0.3 * RATE)
"""Samples of quiet after which sound is a new beginning, not the same sentence."""


class Handset:
    """Sends the caller's sound and plays the bot's, a frame at a time."""

    def __init__(self) -> None:
        self._to_say = bytearray()
        self._to_play: deque[bytes | str] = deque()
        self._caller: list[bytes] = []
        self._bot: list[bytes] = []
        self._music = False
        self.last_sound: int | None = None
        """Sample at which the bot last made a sound."""
        self.onsets: list[int] = []
        """Samples at which the bot began to speak."""

    @property
    def now(self) -> int:
        """Samples since the call began."""
        return FRAME * len(self._bot)

    @property
    def speaking(self) -> bool:
        """Whether the caller has sound left to send."""
        return bool(self._to_say)

    @property
    def playing(self) -> bool:
        """Whether sound or marks of the bot wait to be played; music counts for nothing."""
        return bool(self._to_play) and not self._music

    def say(self, sound: bytes) -> int:
        """Take PCM16 at 8 kHz to send from the next tick on; returns the sample it begins at."""
        begins = self.now + len(self._to_say) // 2
        self._to_say += sound + bytes(-len(sound) % len(SILENCE))
        return begins

    def receive(self, message: Outbound) -> list[str]:
        """Take what the bot sent; returns marks to send back at once."""
        match message:
            case MediaMessage(media=media):
                self._to_play.append(audioop.ulaw2lin(media.sound(), 2))
            case MarkMessage(mark=mark):
                if not self._to_play:
                    self._follow(mark.name)
                    return [mark.name]
                self._to_play.append(mark.name)
            case ClearMessage():
                marks = [each for each in self._to_play if isinstance(each, str)]
                self._to_play.clear()
                self._music = False
                return marks
        return []

    def tick(self) -> tuple[bytes, list[str]]:
        """Pass 20 ms.

        Returns:
            The caller's frame to send, as mu-law, and the names of marks that were played.
        """
        begins = self.now
        spoken = bytes(self._to_say[: len(SILENCE)]) or SILENCE
        del self._to_say[: len(SILENCE)]
        heard, marks = self._play()
        self._caller.append(spoken)
        self._bot.append(heard)
        sound = first_sound(heard)
        if sound is not None and not self._music:
            at = begins + sound
            if self.last_sound is None or at - self.last_sound > PAUSE:
                self.onsets.append(at)
            self.last_sound = begins + FRAME
        return audioop.lin2ulaw(spoken, 2), marks

    def _play(self) -> tuple[bytes, list[str]]:
        heard = bytearray()
        marks: list[str] = []
        while self._to_play:
            piece = self._to_play[0]
            if isinstance(piece, str):
                marks.append(piece)
                self._follow(piece)
            elif len(heard) == len(SILENCE):
                break
            else:
                room = len(SILENCE) - len(heard)
                heard += piece[:room]
                if len(piece) > room:
                    self._to_play[0] = piece[room:]
                    continue
            self._to_play.popleft()
        return bytes(heard).ljust(len(SILENCE), b"\0"), marks

    def _follow(self, mark: str) -> None:
        """Note that music begins or is over: it is no answer, and nobody waits for its end."""
        if mark.startswith(MUSIC_MARK):
            self._music = not mark.endswith("/over")

    def bot_sound(self, begin: int, end: int | None = None) -> bytes:
        """Return what the bot sounded like between two samples, PCM16."""
        sound = b"".join(self._bot)
        return sound[2 * begin : None if end is None else 2 * end]

    def write(self, file: Path) -> None:
        """Write both sides as a stereo WAV: caller left, bot right."""
        sides = [np.frombuffer(b"".join(side), "<i2") for side in (self._caller, self._bot)]
        with wave.open(str(file), "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(np.stack(sides, axis=1).tobytes())
