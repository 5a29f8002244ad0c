"""The summary row of a call, as a fold over its events."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.events import (
    CallEnded,
    CallerIdentified,
    CallerVerified,
    Event,
    HandedOn,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    Returned,
)
from handoff.state import State, next_state
from handoff.urgency import Urgency, urgency

NO_OFFER = {"offered_to": None, "offered_until": None}


def summary(row: Mapping[str, Any] | None, events: Sequence[Event]) -> dict[str, Any]:
    """Return the columns that change by these events; `row` is None for a new call."""
    values: dict[str, Any] = {"state": "bot", "started": events[0].at} if row is None else {}
    state: State = "bot" if row is None else row["state"]
    ended = None if row is None else row["ended"]
    agent = None if row is None else row["agent"]
    urgent = Urgency.NORMAL if row is None else Urgency(row["urgency"])
    offered = None if row is None else row["offered_to"]
    for event in events:
        urgent = max(urgent, urgency(event.body))
        before, state = state, next_state(state, event.body)
        if state != before:
            values["state"] = state
            # Who lost an agent, or is handed on, keeps the place in the queue.
            if state == "waiting" and not isinstance(event.body, Returned | HandedOn):
                values["waiting_since"] = event.at
            if state != "waiting":
                values |= NO_OFFER
                offered = None
        match event.body:
            case CallerIdentified(customer_id=customer, name=name):
                values["customer"] = customer
                values["customer_name"] = name
            case CallerVerified(customer_id=customer):
                values["customer"] = customer
            case OfferAccepted(agent=name) if agent is None:
                values["agent"] = agent = name
            case Returned() | HandedOn():
                values["agent"] = agent = None
            case OfferMade(agent=name, until=until) if state == "waiting":
                values |= {"offered_to": name, "offered_until": until}
                offered = name
            case OfferDeclined() | OfferExpired() | OfferWithdrawn() as over:
                if over.agent == offered:
                    values |= NO_OFFER
                    offered = None
            case CallEnded(outcome=outcome) if ended is None:
                values["ended"] = ended = event.at
                values["outcome"] = outcome
    values["urgency"] = int(urgent)
    return values
