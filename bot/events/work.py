"""Work: what was understood, where the dialogue is, and what was done for the caller."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from bot.events.base import Fixed


class Entity(Fixed):
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


class Candidate(Fixed):
    """An intent and how likely it is."""

    intent: str
    confidence: float = Field(ge=0, le=1)


Engine = Literal["embedded", "rasa", "embedded_instead"]
"""Who understood: Kalm itself, Rasa, or Kalm because Rasa, which was asked for, did not answer."""


class Understood(Fixed):
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
    by: Engine = "embedded"


class FlowChanged(Fixed):
    """The dialogue entered, left or returned to a flow, or keeps one for later."""

    kind: Literal["FlowChanged"] = "FlowChanged"
    flow: str
    change: Literal["queued", "started", "interrupted", "resumed", "completed", "cancelled"]
    """`queued`: the caller wished it too; it is taken up after the present one."""


class StepReached(Fixed):
    """The dialogue came to a step of a flow, or asks the same step once more."""

    kind: Literal["StepReached"] = "StepReached"
    flow: str
    step: str
    tries: int = Field(default=0, ge=0)
    """How often the caller was asked here without an answer that helped."""


class SlotFilled(Fixed):
    """A fact of the conversation became known, or was corrected."""

    kind: Literal["SlotFilled"] = "SlotFilled"
    slot: str
    value: str | int | float | bool | None
    """Canonical; None when it is forgotten."""
    by: Literal["caller", "company", "line", "flow"]


class CallerIdentified(Fixed):
    """We believe to know who calls; not yet proven."""

    kind: Literal["CallerIdentified"] = "CallerIdentified"
    customer_id: str
    name: str
    how: Literal["number_on_line", "customer_number"]


class CallerVerified(Fixed):
    """Who calls is proven; private facts may be spoken."""

    kind: Literal["CallerVerified"] = "CallerVerified"
    customer_id: str
    factors: tuple[str, ...] = Field(min_length=2)
    """What proved it: "number_on_line", "customer_number", "postcode"."""


class ActionTaken(Fixed):
    """The company's systems were asked or told something."""

    kind: Literal["ActionTaken"] = "ActionTaken"
    action: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    result: Literal["ok", "refused", "unavailable", "timeout", "invalid"]
    """`refused`: the company said no; `invalid`: its answer made no sense."""
    facts: dict[str, Any] = Field(default_factory=dict)
    """What came back, in JSON."""
    idempotency_key: str | None = None


class ActionStarted(Fixed):
    """Something that changes the company's records is about to be sent.

    Stored first, so that after a crash it is known what may have happened.
    """

    kind: Literal["ActionStarted"] = "ActionStarted"
    action: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    idempotency_key: str


class PromiseMade(Fixed):
    """Something was promised to the caller in the company's name."""

    kind: Literal["PromiseMade"] = "PromiseMade"
    what: str
    """Name of the promise: "callback", "payment_plan_decision"."""
    due: datetime | None = None
