"""Kalm's own pipecat frames, which carry a turn from ears to mind to mouth and back as time."""

from dataclasses import dataclass

from pipecat.frames.frames import DataFrame, SystemFrame

from bot.events import CallerSpoke, Outcome
from bot.speaking.say import Say


@dataclass
class UtteranceFrame(DataFrame):
    """Ears to mind: the caller's turn is over, and this was said."""

    utterance: CallerSpoke
    speech_ended: float = 0.0
    """time.monotonic() at which the caller's last sound arrived; for latency."""


@dataclass
class SayFrame(DataFrame):
    """Mind to mouth: say this."""

    say: Say


@dataclass
class HangUpFrame(DataFrame):
    """Mind to mouth and line: end the call once what was said before has been played."""

    outcome: Outcome


@dataclass
class SaidFrame(SystemFrame):
    """Mouth to mind (upstream): a Say was played in full, or cut short."""

    say: Say
    heard: str
    """The words that were played; all of them unless the caller barged in."""
    interrupted: bool
