"""Incident parts: what an incident is made of, for pages and scripts alike."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.events import Language, Sign
from bot.measures import MeasureKind
from handoff.parts import Who
from handoff.rules import Decision, IncidentLevel
from handoff.transcript import Line

IncidentState = Literal["open", "decided", "revoked"]
"""`open` until a supervisor decides, and again when more is reported after that."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Incident(_Part):
    """One sign in one call that a supervisor has to look at."""

    id: int
    call_id: str
    sign: Sign
    level: IncidentLevel
    state: IncidentState
    version: int
    """Counts changes; who decides sends the one they read."""
    moment: int
    """`seq` of the first utterance that it is about."""
    reports: int
    """How often it was reported in this call."""
    opened: datetime
    latest: datetime
    """When it was last reported."""
    number: str | None = None
    """E.164; None when it was hidden or is no valid number."""
    customer: str | None = None
    verified: bool = False
    """Whether the caller proved to be this customer."""
    name: str | None = None
    """The customer's."""


class Decided(_Part):
    """One decision, as it was taken."""

    version: int
    at: datetime
    by: str
    measures: tuple[Decision, ...]
    """Empty when what was decided before was revoked."""
    why: str


class KeptMeasure(_Part):
    """A measure that calls are asked to carry out, or that ended."""

    kind: MeasureKind
    number: str | None
    customer: str | None
    since: datetime
    until: datetime
    ended: datetime | None
    """When it was revoked or replaced."""
    in_force: bool


class Moment(_Part):
    """One report: what the caller said, or what an agent told of it."""

    seq: int
    """Of the report."""
    of: int
    """`seq` of the utterance."""
    at: datetime
    second: int
    """Since the start of the call."""
    words: str
    """The whole utterance, as recognised."""
    because: tuple[str, ...] = ()
    """The caller's words that led to the report."""
    language: Language | None = None
    confidence: float | None = None
    """Recognition's; low means that the words may not have been said."""
    by: str | None = None
    """The agent who reported it by hand: nothing recognises what people say to each other."""
    note: str = ""
    """What that agent wrote about it."""


class PartLine(Line):
    """A line of the part of the conversation around an incident."""

    moment: bool = False
    """The utterance that it is about."""
    after_gap: bool = False
    """Lines before this one are left out."""


class Said(_Part):
    """What the caller was told on account of their conduct, or when the call was ended."""

    occasion: Literal["boundary", "warning", "report", "ending"]
    seq: int
    second: int
    text: str
    language: Language | None = None
    unheard: str | None = None


class Record(_Part):
    """What the events of the call tell about an incident."""

    who: Who = Who()
    moments: tuple[Moment, ...] = ()
    lines: tuple[PartLine, ...] = ()
    said: tuple[Said, ...] = ()
    warnings: int = 0
    """Warnings before the first moment."""
    warnings_after: int = 0
    ended_for_abuse: bool = False


class Suggestion(_Part):
    """What is proposed, and by which rule."""

    measures: tuple[Decision, ...]
    rule: str
    text: str
    """Why, in the reader's language."""


class IncidentFile(Incident):
    """Everything about one incident."""

    sign_text: str
    """The sign in the reader's language."""
    conversation_kept: bool = True
    """False when the conversation's retention has ended; the decisions remain."""
    recorded: Literal[False] = False
    """Whether there is a sound recording: never, since Kalm does not record."""
    record: Record = Record()
    proposal: Suggestion
    allowed: tuple[Decision, ...]
    history: tuple[Decided, ...] = ()
    """Oldest first."""
    measures: tuple[KeptMeasure, ...] = Field(default=())
    same_call: tuple[Incident, ...] = ()
    earlier: tuple[Incident, ...] = ()
    """In other calls of the same number or customer, newest first."""
