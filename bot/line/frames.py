"""Kalm's own pipecat frames, which carry a turn from ears to mind to mouth.

An interruption empties pipecat's queues; what must survive one says so with
`interruptible`: a caller's words, and anything that somebody counts.
"""

from dataclasses import dataclass, field

from pipecat.frames.frames import ControlFrame, DataFrame, SystemFrame

from bot.events import CallerSpoke, Outcome
from bot.say import Say
from bot.stages import Stopwatch


@dataclass
class UtteranceFrame(DataFrame):
    """Ears to mind: the caller's turn is over, and this was said."""

    utterance: CallerSpoke
    speech_ended: float = 0.0
    """time.monotonic() at which the caller's last sound arrived; for latency."""
    watch: Stopwatch | None = None
    """Runs since then."""
    interruptible: bool = field(default=False, init=False)


@dataclass
class NothingHeardFrame(DataFrame):
    """Ears to mind: the caller's turn is over, and nothing was said in it: a cough, a door."""

    interruptible: bool = field(default=False, init=False)


@dataclass
class SayFrame(DataFrame):
    """Mind to mouth: say this. Answered by exactly one SaidFrame."""

    say: Say
    skip: float = 0.0
    """Letters of what is spoken that were heard before: it goes on where it was cut off."""
    interruptible: bool = field(default=False, init=False)


@dataclass
class MusicFrame(DataFrame):
    """Mind to mouth: play music while nobody speaks, or no more. Words always end it."""

    play: bool
    interruptible: bool = field(default=False, init=False)


@dataclass
class HangUpFrame(DataFrame):
    """Mind to mouth and line: end the call once what was said before has been played."""

    outcome: Outcome
    interruptible: bool = field(default=False, init=False)


@dataclass
class SaidFrame(SystemFrame):
    """Mouth to mind (upstream): a Say was played in full, or cut short."""

    say: Say
    heard: str
    """The words that were played; all of them unless the caller barged in."""
    interrupted: bool
    letters: float = 0.0
    """Of what is spoken, how many were played; only told of what was interrupted."""


@dataclass
class MarkFrame(ControlFrame):
    """Mouth to line, behind some sound: say when the caller has heard everything up to here.

    An interruption drops it together with the sound before it. The line cuts
    sound into whole chunks, so a TTSStoppedFrame (or padding) belongs before
    the mark, or up to 20 ms of sound come after it.
    """

    mark: str
    """Its name, unique within the call; "12" or "12/0.4", as the mouth likes."""


MUSIC_MARK = "music"
"""A mark of which the name begins so tells that music follows; "music/over", words or nothing."""


@dataclass
class MarkPlayedFrame(SystemFrame):
    """Line to mouth, from either side: everything before this mark was played.

    Never sent for a mark whose sound was cleared by an interruption.
    """

    mark: str
