"""People: how a call comes to an agent, and what the agent makes of it."""

from typing import Literal

from bot.events.base import Fixed


class HandoffRequested(Fixed):
    """A person is asked for; from here a card waits on the desk."""

    kind: Literal["HandoffRequested"] = "HandoffRequested"
    reason: Literal[
        "caller_asked", "key_0", "not_understood", "silence", "company_down", "flow", "failure",
        "upset", "vulnerable", "threat", "crisis", "measure",
    ]  # fmt: skip


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


class WrappedUp(Fixed):
    """An agent closed the card."""

    kind: Literal["WrappedUp"] = "WrappedUp"
    agent: str
    disposition: Literal["solved", "callback_made", "not_reached", "passed_on"]
    note: str = ""


class ContactFiled(Fixed):
    """What became of telling the company's systems how the contact ended."""

    kind: Literal["ContactFiled"] = "ContactFiled"
    of: int
    """`seq` of the WrappedUp."""
    result: Literal["filed", "retrying", "refused", "nobody", "gave_up"]
    """`retrying`: no answer yet, it goes on; `nobody`: nobody proved to be a customer."""
