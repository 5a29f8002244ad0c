"""MoodNotes: what the events of a call tell of the caller's mood, before it is put in words."""

from dataclasses import dataclass, field
from typing import Literal

from bot.events import (
    BargedIn,
    BotSpoke,
    BoundarySet,
    CallerSpoke,
    Event,
    FlowChanged,
    HandoffRequested,
    IncidentReported,
    MeasureApplied,
    MoodChanged,
    MoodHeard,
    Sign,
    WarningGiven,
)
from handoff.noted import Noted
from handoff.urgency import Urgency, urgency

FlagName = Literal["crisis", "threat", "abuse", "vulnerable"]
ABUSE: frozenset[Sign] = frozenset(
    {"insult_person", "discrimination", "sexual_harassment", "blackmail", "threat"}
)
"""Signs that a person should not have to hear; the same as the bot's, which a test sees to."""
ACKNOWLEDGES = ("complaint_", "ladder_soothe", "ladder_apology")
"""How the names of answers begin that show understanding of what went wrong."""
OFFERS = frozenset({"offer_person"})
"""Flows in which the bot offers a person."""

MomentName = Literal[
    "acknowledged", "offered", "boundary", "warning", "abuse", "threat", "crisis", "vulnerable"
]


@dataclass
class Limit:
    """A boundary or a warning, and how much of it the caller got to hear."""

    noted: Noted[BoundarySet | WarningGiven]
    spoke: Noted[BotSpoke] | None = None
    """In which words; None until the bot says them."""
    heard: str | None = None
    """What was played of them, when the caller interrupted."""


@dataclass(frozen=True)
class Moment:
    """Something in the course of the mood that an agent should see."""

    name: MomentName
    seq: int
    of: int | None
    """Number of the utterance that it is about, if it is about one."""
    event: Event


@dataclass(frozen=True)
class Heard:
    """How the caller came across in one utterance, and over the call by then."""

    noted: Noted[MoodHeard]
    over_call: float
    """Anger over the call after this utterance, 0 to 1; its own until that is known."""


@dataclass
class MoodNotes:
    """The fold over a call's events, as far as mood goes."""

    heard: list[Heard] = field(default_factory=list)
    changes: list[Noted[MoodChanged]] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    unsaid: list[Limit] = field(default_factory=list)
    """Those that the next words of the bot say."""
    incidents: list[Noted[IncidentReported]] = field(default_factory=list)
    measure: Noted[MeasureApplied] | None = None
    flags: dict[FlagName, Moment] = field(default_factory=dict)
    """The first moment of each."""
    moments: list[Moment] = field(default_factory=list)
    urgent: Urgency = Urgency.NORMAL

    def take(self, event: Event) -> None:
        """Note one more event; events come in order."""
        self.urgent = max(self.urgent, urgency(event.body))
        match event.body:
            case MoodHeard() as body:
                anger = self.changes[-1].body.anger if self.changes else body.anger
                self.heard.append(Heard(Noted(body, event), anger))
                for sign in body.signs:
                    self._flag(sign, event, body.of)
            case MoodChanged() as body:
                self.changes.append(Noted(body, event))
                if self.heard:
                    self.heard[-1] = Heard(self.heard[-1].noted, body.anger)
            case BoundarySet() | WarningGiven() as limit:
                self._limit(event, limit)
            case IncidentReported() as body:
                self.incidents.append(Noted(body, event))
                self._flag(body.sign, event, body.of)
            case MeasureApplied() as body:
                self.measure = Noted(body, event)
            case HandoffRequested(reason="threat" | "crisis" | "vulnerable" as sign):
                self._flag(sign, event, None)
            case FlowChanged(flow=flow, change="started") if flow in OFFERS:
                self.moments.append(Moment("offered", event.seq, None, event))
            case _:
                self._talk(event)

    def _talk(self, event: Event) -> None:
        match event.body:
            case BotSpoke() as body:
                for limit in self.unsaid:
                    limit.spoke = Noted(body, event)
                self.unsaid = []
                if body.answer is not None and body.answer.startswith(ACKNOWLEDGES):
                    self.moments.append(Moment("acknowledged", event.seq, None, event))
            case CallerSpoke():
                self.unsaid = []  # The bot never came to say it.
            case BargedIn(of=of, heard=heard):
                for limit in self.limits:
                    if limit.spoke is not None and limit.spoke.seq == of:
                        limit.heard = heard
            case _:
                pass

    def _limit(self, event: Event, body: BoundarySet | WarningGiven) -> None:
        limit = Limit(Noted(body, event))
        self.limits.append(limit)
        self.unsaid.append(limit)
        name: MomentName = "boundary" if isinstance(body, BoundarySet) else "warning"
        self.moments.append(Moment(name, event.seq, body.of, event))
        self._flag(body.sign, event, body.of)

    def _flag(self, sign: Sign, event: Event, of: int | None) -> None:
        names: list[FlagName] = []
        if sign in ("crisis", "threat", "vulnerable"):
            names.append(sign)
        if sign in ABUSE:
            names.append("abuse")
        for name in names:
            if name not in self.flags:
                moment = Moment(name, event.seq, of, event)
                self.flags[name] = moment
                if name != "abuse" or sign != "threat":  # a threat is marked as that
                    self.moments.append(moment)
