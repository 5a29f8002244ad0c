"""Withdrawal: an open offer falls away with what makes it void, in the same transaction.

So there is no moment, and no crash, after which an agent is offered a caller who is gone.
"""

from collections.abc import Sequence
from typing import Literal

from bot.events import (
    Body,
    CallEnded,
    OfferAccepted,
    OfferMade,
    OfferWithdrawn,
    WaitEnded,
    WrappedUp,
)


def withdrawal(offered_to: str | None, bodies: Sequence[Body]) -> OfferWithdrawn | None:
    """Return what must be stored after these events, if they make an open offer void.

    Args:
        offered_to: Who has an offer before them.
        bodies: What is about to be stored.
    """
    if offered_to is None:
        return None
    for body in bodies:
        match body:
            case OfferMade():
                return None  # a new offer: whoever makes it looked at the old one
            case OfferAccepted(agent=agent):
                return None if agent == offered_to else _of(offered_to, "taken")
            case CallEnded():
                return _of(offered_to, "caller_gone")
            case WaitEnded() | WrappedUp():
                return _of(offered_to, "resolved")
            case _:
                pass
    return None


def _of(agent: str, why: Literal["caller_gone", "taken", "resolved"]) -> OfferWithdrawn:
    return OfferWithdrawn(agent=agent, why=why)
