"""The events of a call: the only vocabulary shared by the bot and the human side.

A call is a list of immutable events; transcript, card, metrics and the state
of the dialogue are folds over it. An event is stored before its effect is
spoken, so what the caller heard can never be more than what is on record.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

Language = Literal["nl", "en"]
"""The languages that Kalm speaks, ISO 639-1."""

Outcome = Literal["resolved", "handed_off", "callback", "abandoned", "interrupted", "failed"]
"""How a call ended: `interrupted` when Kalm itself stopped in mid-call."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CallStarted(_Body):
    """A caller reached us."""

    kind: Literal["CallStarted"] = "CallStarted"
    line: str
    """How: browser, twilio, chat."""
    language: Language
    """The language of the greeting."""
    caller_number: str | None = None
    """E.164, when the line tells it."""


class CallerSpoke(_Body):
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


class KeyPressed(_Body):
    """The caller pressed a key of the telephone."""

    kind: Literal["KeyPressed"] = "KeyPressed"
    key: Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]


class CallerSilent(_Body):
    """The caller said nothing for as long as the bot waits."""

    kind: Literal["CallerSilent"] = "CallerSilent"
    seconds: float


class BotSpoke(_Body):
    """The bot starts to say something; heard in full unless a BargedIn says less."""

    kind: Literal["BotSpoke"] = "BotSpoke"
    words: str
    """As written: "EUR 84,20", not as pronounced."""
    language: Language
    answer: str | None = None
    """Name of the answer in `intents/answers`, with the wording's number: "greeting/0"."""


class BargedIn(_Body):
    """The caller interrupted the bot."""

    kind: Literal["BargedIn"] = "BargedIn"
    of: int
    """`seq` of the BotSpoke that was cut short."""
    heard: str
    """The words that had been played by then."""


class Entity(_Body):
    """A piece of an utterance that means something by itself."""

    name: str
    """What it is: date, time, amount, digits, ordinal, or a name from the training data."""
    value: str
    """In canonical form: ISO 8601, decimal point, digits only."""
    text: str
    """The caller's own words."""
    start: int
    end: int
    """Character span in the utterance, end exclusive."""


class Candidate(_Body):
    """An intent and how likely it is."""

    intent: str
    confidence: float = Field(ge=0, le=1)


class Understood(_Body):
    """What an utterance was taken to mean."""

    kind: Literal["Understood"] = "Understood"
    of: int
    """`seq` of the CallerSpoke."""
    intent: str
    """Name from the training data, or "out_of_scope"."""
    confidence: float = Field(ge=0, le=1)
    entities: tuple[Entity, ...] = ()
    ranking: tuple[Candidate, ...] = ()
    """The likeliest intents, best first."""


class FlowChanged(_Body):
    """The dialogue entered, left or returned to a flow, or keeps one for later."""

    kind: Literal["FlowChanged"] = "FlowChanged"
    flow: str
    change: Literal["queued", "started", "interrupted", "resumed", "completed", "cancelled"]
    """`queued`: the caller wished it too; it is taken up after the present one."""


class StepReached(_Body):
    """The dialogue came to a step of a flow, or asks the same step once more."""

    kind: Literal["StepReached"] = "StepReached"
    flow: str
    step: str
    tries: int = Field(default=0, ge=0)
    """How often the caller was asked here without an answer that helped."""


class SlotFilled(_Body):
    """A fact of the conversation became known, or was corrected."""

    kind: Literal["SlotFilled"] = "SlotFilled"
    slot: str
    value: str | int | float | bool | None
    """Canonical; None when it is forgotten."""
    by: Literal["caller", "company", "line", "flow"]


class CallerIdentified(_Body):
    """We believe to know who calls; not yet proven."""

    kind: Literal["CallerIdentified"] = "CallerIdentified"
    customer_id: str
    name: str
    how: Literal["number_on_line", "customer_number"]


class CallerVerified(_Body):
    """Who calls is proven; private facts may be spoken."""

    kind: Literal["CallerVerified"] = "CallerVerified"
    customer_id: str
    factors: tuple[str, ...] = Field(min_length=2)
    """What proved it: "number_on_line", "customer_number", "postcode"."""


class ActionTaken(_Body):
    """The company's systems were asked or told something."""

    kind: Literal["ActionTaken"] = "ActionTaken"
    action: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    result: Literal["ok", "refused", "unavailable", "timeout", "invalid"]
    """`refused`: the company said no; `invalid`: its answer made no sense."""
    facts: dict[str, Any] = Field(default_factory=dict)
    """What came back, in JSON."""
    idempotency_key: str | None = None


class ActionStarted(_Body):
    """Something that changes the company's records is about to be sent.

    Stored first, so that after a crash it is known what may have happened.
    """

    kind: Literal["ActionStarted"] = "ActionStarted"
    action: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    idempotency_key: str


class PromiseMade(_Body):
    """Something was promised to the caller in the company's name."""

    kind: Literal["PromiseMade"] = "PromiseMade"
    what: str
    """Name of the promise: "callback", "payment_plan_decision"."""
    due: datetime | None = None


class HandoffRequested(_Body):
    """A person is asked for; from here a card waits on the desk."""

    kind: Literal["HandoffRequested"] = "HandoffRequested"
    reason: Literal[
        "caller_asked", "key_0", "not_understood", "silence", "company_down", "flow", "failure"
    ]


class OfferAccepted(_Body):
    """An agent took the card."""

    kind: Literal["OfferAccepted"] = "OfferAccepted"
    agent: str
    """The agent's name as the caller may hear it."""


class CallbackPromised(_Body):
    """A colleague will call back."""

    kind: Literal["CallbackPromised"] = "CallbackPromised"
    number: str
    """E.164."""


class WrappedUp(_Body):
    """An agent closed the card."""

    kind: Literal["WrappedUp"] = "WrappedUp"
    agent: str
    disposition: Literal["solved", "callback_made", "not_reached", "passed_on"]
    note: str = ""


class CallEnded(_Body):
    """The call is over."""

    kind: Literal["CallEnded"] = "CallEnded"
    outcome: Outcome
    by: Literal["caller", "bot", "system"]


Body = Annotated[
    CallStarted
    | CallerSpoke
    | KeyPressed
    | CallerSilent
    | BotSpoke
    | BargedIn
    | Understood
    | FlowChanged
    | StepReached
    | SlotFilled
    | CallerIdentified
    | CallerVerified
    | ActionStarted
    | ActionTaken
    | PromiseMade
    | HandoffRequested
    | OfferAccepted
    | CallbackPromised
    | WrappedUp
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
