"""The summary row of a call, as a fold over its events."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.events import (
    CallEnded,
    CallerIdentified,
    CallerVerified,
    Event,
    OfferAccepted,
    Returned,
)
from handoff.state import State, next_state
from handoff.urgency import Urgency, urgency


def summary(row: Mapping[str, Any] | None, events: Sequence[Event]) -> dict[str, Any]:
    """Return the columns that change by these events; `row` is None for a new call."""
    values: dict[str, Any] = {"state": "bot", "started": events[0].at} if row is None else {}
    state: State = "bot" if row is None else row["state"]
    ended = None if row is None else row["ended"]
    agent = None if row is None else row["agent"]
    urgent = Urgency.NORMAL if row is None else Urgency(row["urgency"])
    for event in events:
        urgent = max(urgent, urgency(event.body))
        before, state = state, next_state(state, event.body)
        if state != before:
            values["state"] = state
            # Who lost an agent keeps the place in the queue.
            if state == "waiting" and not isinstance(event.body, Returned):
                values["waiting_since"] = event.at
        match event.body:
            case CallerIdentified(customer_id=customer, name=name):
                values["customer"] = customer
                values["customer_name"] = name
            case CallerVerified(customer_id=customer):
                values["customer"] = customer
            case OfferAccepted(agent=name) if agent is None:
                values["agent"] = agent = name
            case Returned():
                values["agent"] = agent = None
            case CallEnded(outcome=outcome) if ended is None:
                values["ended"] = ended = event.at
                values["outcome"] = outcome
    values["urgency"] = int(urgent)
    return values
