"""Talk: what caller and bot do and say, and how the call begins and ends."""

from typing import Literal

from pydantic import Field

from bot.events.base import Fixed, Language, Outcome


class CallStarted(Fixed):
    """A caller reached us."""

    kind: Literal["CallStarted"] = "CallStarted"
    line: str
    """How: browser, twilio, chat."""
    language: Language
    """The language of the greeting."""
    caller_number: str | None = None
    """E.164, when the line tells it."""
    content_version: int | None = None
    """The published version of intents, answers and flows that it is held with; None when
    none was published."""


class Prosody(Fixed):
    """How an utterance sounded, without its words."""

    speech_s: float = Field(ge=0)
    """Seconds of speech that were measured."""
    features: dict[str, float] = Field(default_factory=dict)
    """Named and in the units of `bot.mood.voice`."""


class CallerSpoke(Fixed):
    """The caller said something that was recognised."""

    kind: Literal["CallerSpoke"] = "CallerSpoke"
    words: str
    confidence: float = Field(default=1.0, ge=0, le=1)
    """Recognition's mean probability of a token."""
    language: Language
    start_ms: int = Field(default=0, ge=0)
    """When the utterance began, from the start of the call."""
    end_ms: int = Field(default=0, ge=0)
    """When it ended."""
    prosody: Prosody | None = None
    """None when the company does not look at the tone of voice, or it could not be measured."""


class KeyPressed(Fixed):
    """The caller pressed a key of the telephone."""

    kind: Literal["KeyPressed"] = "KeyPressed"
    key: Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]


class CallerSilent(Fixed):
    """The caller said nothing for as long as the bot waits."""

    kind: Literal["CallerSilent"] = "CallerSilent"
    seconds: float


class BotSpoke(Fixed):
    """The bot starts to say something; heard in full unless a BargedIn says less."""

    kind: Literal["BotSpoke"] = "BotSpoke"
    words: str
    """As written: "EUR 84,20", not as pronounced."""
    language: Language
    answer: str | None = None
    """Name of the answer in `intents/answers`, with the wording's number: "greeting/0"; None when
    it is said once more after noise that cut it off."""


class BargedIn(Fixed):
    """The caller interrupted the bot."""

    kind: Literal["BargedIn"] = "BargedIn"
    of: int
    """`seq` of the BotSpoke that was cut short."""
    heard: str
    """The words that had been played by then."""


class CallEnded(Fixed):
    """The call is over."""

    kind: Literal["CallEnded"] = "CallEnded"
    outcome: Outcome
    by: Literal["caller", "bot", "system", "agent"]


class TurnTimed(Fixed):
    """How long the bot took to answer an utterance; no caller hears of it."""

    kind: Literal["TurnTimed"] = "TurnTimed"
    of: int
    """`seq` of the CallerSpoke."""
    stages: dict[str, float]
    """Seconds from the caller's last sound to each stage, by the names of `bot.stages`; only
    "company" is a duration."""
