"""Parts: what a card is made of; each carries the event that it came from."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.events import AngerKind, Language, Level, Sign, Trend
from handoff.state import State


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Dispute(_Part):
    """What an agent said against something on the card."""

    agent: str
    seq: int
    """Number of the FactDisputed."""
    now: str = ""
    """What it should be; empty when the agent did not say."""


class Fact(_Part):
    """Something the card says."""

    text: str
    """In the agent's language, or the caller's own words."""
    seq: int
    """Number of the event that says so."""
    call_id: str | None = None
    """The earlier call that the event is of; None for this one."""
    disputed: Dispute | None = None
    """Set when an agent called it wrong."""


class Named(Fact):
    """A fact with a fixed name, for scripts and for colours."""

    name: str


class Step(Fact):
    """Something that was done or tried at the company's systems."""

    action: str
    result: Literal["ok", "refused", "unavailable", "timeout", "invalid", "unknown"]
    """`unknown`: it was sent and nothing tells whether it happened."""


class Detail(Named):
    """A value that the task needs: the invoice, the amount."""

    label: str


class Who(_Part):
    """Who calls, as far as known."""

    name: Fact | None = None
    customer: Fact | None = None
    """Customer number."""
    phone: Fact | None = None
    proof: Fact | None = None
    """How we know: verified by what, or only identified by what."""
    verified: bool = False


class HandedOnBy(Fact):
    """That a colleague handed the caller on; `text` is what the colleague told, or that."""

    agent: str
    to: str | None = None


class About(Named):
    """A named fact about something that the caller said."""

    of: int | None = None
    """Number of the utterance, where the event is about one."""


class Cue(About):
    """Why a mood was seen: `name` is the sign, or the measure."""

    source: Literal["words", "voice", "course"]
    quote: str | None = None
    """The caller's own words."""


class Point(_Part):
    """How the caller came across in one utterance."""

    seq: int
    """Number of the MoodHeard."""
    of: int
    """Number of the utterance."""
    second: int
    """Since the start of the call."""
    anger: float
    """Over the call by then: words, voice and course together, 0 to 1."""
    heard: float
    """In this utterance alone."""
    signs: tuple[Named, ...] = ()


class Moment(About):
    """A turn in the course: a boundary, a warning, a threat."""

    second: int
    """Since the start of the call."""


class Limit(About):
    """What the caller was told: `name` is boundary or warning, `text` what for."""

    sign: Sign
    said: str | None = None
    """In which words, as far as the caller heard them."""


class Urgent(Named):
    """Why a card goes before others: `name` is crisis or threat."""

    since: datetime


class Mood(_Part):
    """How the caller comes across. A card has none when no utterance was looked at."""

    now: About | None = None
    """In words; `name` is the level."""
    level: Level | None = None
    trend: Trend | None = None
    anger_kind: AngerKind | None = None
    anger: float | None = None
    """Over the call, 0 to 1."""
    cues: tuple[Cue, ...] = ()
    course: tuple[Point, ...] = ()
    moments: tuple[Moment, ...] = ()


class Card(_Part):
    """What an agent reads before the first hello. What is unknown is None or empty."""

    call_id: str
    language: Language
    """The agent's: the language of the texts."""
    state: State
    last_seq: int
    """The latest event that was taken into account."""
    line: Fact | None = None
    started: datetime | None = None
    waiting_since: datetime | None = None
    lost: datetime | None = None
    """When an agent who had the card was lost; it kept its place among those that wait."""
    ended: datetime | None = None
    waited_s: int | None = None
    """Seconds from the request for a person until someone accepted, or until now."""
    talked_s: int | None = None
    """Seconds from the start of the call until its end, or until now."""
    who: Who = Who()
    spoken: Named | None = None
    """The language the caller speaks now."""
    reason: Named | None = None
    """Why the caller calls, in one line."""
    asked: Named | None = None
    """Why a person is needed."""
    handed_on: HandedOnBy | None = None
    """Which colleague handed the caller on, and what they told."""
    message: tuple[Fact, ...] = ()
    """What the caller left for a colleague, in the caller's own words."""
    wants: tuple[Fact, ...] = ()
    """What the caller wants, in the caller's own words, oldest first."""
    steps: tuple[Step, ...] = ()
    open: tuple[Fact, ...] = ()
    """What is not finished."""
    promised: tuple[Fact, ...] = ()
    """What was promised in this call, by the bot and by agents."""
    earlier: tuple[Fact, ...] = ()
    """What was promised in earlier contacts, and by whom."""
    contacts: tuple[Fact, ...] = ()
    """Earlier contacts, newest first: of the company's record and of Kalm's own."""
    facts: tuple[Detail, ...] = ()
    first_sentence: Fact | None = None
    """A suggestion for the agent's first sentence."""
    next_step: Fact | None = None
    """What to do next."""
    flags: tuple[Named, ...] = ()
    """What to look out for."""
    urgent: Urgent | None = None
    mood: Mood | None = None
    limits: tuple[Limit, ...] = ()
    """Boundaries set and warnings given, oldest first."""
    incidents: tuple[About, ...] = ()
    """What was reported to a supervisor; `name` is the sign."""
    measure: Named | None = None
    """An earlier decision about this caller that is carried out."""
    agent: Fact | None = None
    """Who accepted."""
    outcome: Named | None = None
    """How the call ended."""
    disposition: Named | None = None
    """How the card was closed."""
    done: Fact | None = None
    """What the agent did, as told at wrap-up."""
    note: Fact | None = None
    closed_by: Fact | None = None
    filed: Named | None = None
    """What became of telling the company's systems how it ended."""
