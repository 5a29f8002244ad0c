"""People: how a call comes to an agent, and what the agent makes of it."""

from typing import Literal

from pydantic import AwareDatetime

from bot.events.base import Fixed


class HandoffRequested(Fixed):
    """A person is asked for; from here a card waits on the desk."""

    kind: Literal["HandoffRequested"] = "HandoffRequested"
    reason: Literal[
        "caller_asked", "key_0", "not_understood", "silence", "company_down", "flow", "failure",
        "upset", "vulnerable", "threat", "crisis", "measure",
    ]  # fmt: skip


class OfferMade(Fixed):
    """The card is offered to one agent, who may take it until a moment."""

    kind: Literal["OfferMade"] = "OfferMade"
    agent: str
    until: AwareDatetime
    """UTC."""
    why: tuple[str, ...] = ()
    """Names of `handoff.routing.Reason`, the weightiest first."""


class OfferDeclined(Fixed):
    """The agent said no; the card waits on at its place."""

    kind: Literal["OfferDeclined"] = "OfferDeclined"
    agent: str
    reason: Literal["busy", "not_my_skill", "too_heavy", "know_caller", "other"] = "other"
    """`know_caller`: the agent knows the caller in private."""


class OfferExpired(Fixed):
    """The agent did not answer in time; the card waits on at its place."""

    kind: Literal["OfferExpired"] = "OfferExpired"
    agent: str


class OfferWithdrawn(Fixed):
    """The offer fell away before the agent answered."""

    kind: Literal["OfferWithdrawn"] = "OfferWithdrawn"
    agent: str
    why: Literal["caller_gone", "taken", "resolved", "agent_gone"]
    """`taken`: somebody else took the card; `resolved`: the bot solved it meanwhile."""


class OfferAccepted(Fixed):
    """An agent took the card."""

    kind: Literal["OfferAccepted"] = "OfferAccepted"
    agent: str
    """The agent's name as the caller may hear it."""
    talk: bool = False
    """The agent talks with the caller at once, from the desk; else calls back."""


class Bridged(Fixed):
    """Caller and agent hear each other; the bot is silent until the call is returned."""

    kind: Literal["Bridged"] = "Bridged"
    agent: str


class Returned(Fixed):
    """The agent gave the call back to the bot, or was lost."""

    kind: Literal["Returned"] = "Returned"
    agent: str
    why: Literal["given_back", "lost"]
    task: str | None = None
    """Name of the flow that the bot is to take up; None to ask what else it can do."""


class CallbackPromised(Fixed):
    """A colleague will call back."""

    kind: Literal["CallbackPromised"] = "CallbackPromised"
    number: str
    """E.164."""


class MessageLeft(Fixed):
    """The caller left words for a colleague, to be read by whoever takes the card."""

    kind: Literal["MessageLeft"] = "MessageLeft"
    of: tuple[int, ...]
    """`seq` of each CallerSpoke that is part of it."""


class WaitEnded(Fixed):
    """The caller no longer wants a person."""

    kind: Literal["WaitEnded"] = "WaitEnded"
    why: Literal["resolved", "no_longer_wanted"]


class AgentPromise(Fixed):
    """What an agent promised the caller."""

    text: str
    due: AwareDatetime | None = None
    """By when; None when no moment was named."""


class WrappedUp(Fixed):
    """An agent closed the card."""

    kind: Literal["WrappedUp"] = "WrappedUp"
    agent: str
    disposition: Literal["solved", "callback_made", "not_reached", "passed_on"]
    note: str = ""
    done: str = ""
    """What was done for the caller, as the agent left or wrote it."""
    promises: tuple[AgentPromise, ...] = ()


class ContactFiled(Fixed):
    """What became of telling the company's systems how the contact ended."""

    kind: Literal["ContactFiled"] = "ContactFiled"
    of: int
    """`seq` of the WrappedUp."""
    result: Literal["filed", "retrying", "refused", "nobody", "gave_up"]
    """`retrying`: no answer yet, it goes on; `nobody`: nobody proved to be a customer."""


class HandedOn(Fixed):
    """An agent handed the caller on to a colleague, or to whoever fits; the card waits again."""

    kind: Literal["HandedOn"] = "HandedOn"
    agent: str
    to: str | None = None
    """The colleague who is asked first."""
    skill: str | None = None
    """What the colleague must be able to do."""
    note: str = ""
    """What the agent tells the next."""
    warm: bool = False
    """The agent stays with the caller until the next one is there."""


class TookPart(Fixed):
    """Somebody beside the agent takes part in a talk; announced, and never heard by surprise."""

    kind: Literal["TookPart"] = "TookPart"
    agent: str
    how: Literal["consult", "listen", "whisper"]
    """`consult`: the agent asked for it; else a supervisor, who hears the talk or also speaks to
    the agent."""


class LeftTalk(Fixed):
    """Somebody who does not have the card takes part no more."""

    kind: Literal["LeftTalk"] = "LeftTalk"
    agent: str


class FactDisputed(Fixed):
    """An agent called something on the card wrong; owners see it in their inbox."""

    kind: Literal["FactDisputed"] = "FactDisputed"
    agent: str
    field: str
    """Name of the card's field."""
    of: int | None = None
    """`seq` of the event that the fact came from."""
    was: str = ""
    """The fact as the agent read it."""
    now: str = ""
    """What it should be, if the agent said so."""


class CallbackPlanned(Fixed):
    """A colleague is to call back at a moment."""

    kind: Literal["CallbackPlanned"] = "CallbackPlanned"
    agent: str | None
    """Who calls; None for whoever is free then."""
    due: AwareDatetime
    number: str
    """E.164."""
    about: str = ""


class CallbackTried(Fixed):
    """A colleague called back, or tried to."""

    kind: Literal["CallbackTried"] = "CallbackTried"
    of: int
    """`seq` of the CallbackPlanned."""
    agent: str
    result: Literal["reached", "not_reached", "no_longer_needed"]
