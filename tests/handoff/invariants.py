"""What holds of every call, whatever callers, agents and machines did."""

from collections import Counter
from collections.abc import Iterable, Mapping

from bot.events import (
    Bridged,
    Event,
    HandedOn,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    Returned,
    WrappedUp,
)


def no_call_is_taken_by_two(events: Iterable[Event]) -> None:
    """An offer is made and ended once; a call has one agent at a time, who is bridged once."""
    agent: str | None = None
    offered: str | None = None
    bridged = False
    for one in events:
        match one.body:
            case OfferMade(agent=name):
                assert offered is None, one
                assert agent is None, one
                offered = name
            case OfferDeclined() | OfferExpired() | OfferWithdrawn() as over:
                assert offered == over.agent, one
                offered = None
            case OfferAccepted(agent=name):
                # Who meant to call back may talk after all.
                assert agent in (None, name), one
                agent, bridged = name, bridged and agent is not None
                offered = None if offered == name else offered
            case Bridged(agent=name):
                assert (agent, bridged) == (name, False), one
                bridged = True
            case Returned() | HandedOn() | WrappedUp():
                agent = None
            case _:
                pass


def nobody_has_two_offers(offered: Mapping[str, str]) -> None:
    """Of the open offers, agent by call, each is another agent's."""
    assert max(Counter(offered.values()).values(), default=1) == 1, offered
