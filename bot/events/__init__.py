"""The events of a call: the only vocabulary shared by the bot and the human side.

A call is a list of immutable events; transcript, card, metrics and the state
of the dialogue are folds over it. An event is stored before its effect is
spoken, so what the caller heard can never be more than what is on record.
"""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from bot.events.base import Language, Outcome
from bot.events.mood import (
    AngerKind,
    BoundarySet,
    Evidence,
    IncidentReported,
    Level,
    MeasureApplied,
    MoodChanged,
    MoodHeard,
    Sign,
    Trend,
    WarningGiven,
)
from bot.events.people import (
    AgentPromise,
    Bridged,
    CallbackPlanned,
    CallbackPromised,
    CallbackTried,
    ContactFiled,
    FactDisputed,
    HandedOn,
    HandoffRequested,
    LeftTalk,
    MessageLeft,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    Returned,
    TookPart,
    WaitEnded,
    WrappedUp,
)
from bot.events.talk import (
    BargedIn,
    BotSpoke,
    CallEnded,
    CallerSilent,
    CallerSpoke,
    CallStarted,
    KeyPressed,
    Prosody,
    TurnTimed,
)
from bot.events.work import (
    ActionStarted,
    ActionTaken,
    CallerIdentified,
    CallerVerified,
    Candidate,
    Engine,
    Entity,
    FlowChanged,
    PromiseMade,
    SlotFilled,
    StepReached,
    Understood,
)

__all__ = [
    "BODY",
    "ActionStarted",
    "ActionTaken",
    "AgentPromise",
    "AngerKind",
    "BargedIn",
    "Body",
    "BotSpoke",
    "BoundarySet",
    "Bridged",
    "CallEnded",
    "CallStarted",
    "CallbackPlanned",
    "CallbackPromised",
    "CallbackTried",
    "CallerIdentified",
    "CallerSilent",
    "CallerSpoke",
    "CallerVerified",
    "Candidate",
    "ContactFiled",
    "Engine",
    "Entity",
    "Event",
    "Evidence",
    "FactDisputed",
    "FlowChanged",
    "HandedOn",
    "HandoffRequested",
    "IncidentReported",
    "KeyPressed",
    "Language",
    "LeftTalk",
    "Level",
    "MeasureApplied",
    "MessageLeft",
    "MoodChanged",
    "MoodHeard",
    "OfferAccepted",
    "OfferDeclined",
    "OfferExpired",
    "OfferMade",
    "OfferWithdrawn",
    "Outcome",
    "PromiseMade",
    "Prosody",
    "Returned",
    "Sign",
    "SlotFilled",
    "StepReached",
    "TookPart",
    "Trend",
    "TurnTimed",
    "Understood",
    "WaitEnded",
    "WarningGiven",
    "WrappedUp",
]

Body = Annotated[
    CallStarted
    | CallerSpoke
    | KeyPressed
    | CallerSilent
    | BotSpoke
    | BargedIn
    | TurnTimed
    | Understood
    | MoodHeard
    | MoodChanged
    | BoundarySet
    | WarningGiven
    | IncidentReported
    | MeasureApplied
    | FlowChanged
    | StepReached
    | SlotFilled
    | CallerIdentified
    | CallerVerified
    | ActionStarted
    | ActionTaken
    | PromiseMade
    | HandoffRequested
    | OfferMade
    | OfferDeclined
    | OfferExpired
    | OfferWithdrawn
    | OfferAccepted
    | Bridged
    | Returned
    | HandedOn
    | TookPart
    | LeftTalk
    | CallbackPromised
    | MessageLeft
    | WaitEnded
    | FactDisputed
    | WrappedUp
    | CallbackPlanned
    | CallbackTried
    | ContactFiled
    | CallEnded,
    Field(discriminator="kind"),
]
"""What can happen in a call."""


class Event(BaseModel):
    """One thing that happened in a call, forever."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call_id: str
    seq: int = Field(ge=1)
    """1, 2, 3, ... without gaps within a call."""
    at: AwareDatetime
    """UTC."""
    body: Body


BODY: TypeAdapter[Body] = TypeAdapter(Body)
"""Reads and writes a body as JSON."""
