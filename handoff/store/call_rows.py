"""Call rows: what the tables of calls and events hold, as Kalm speaks of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.events import BODY, Event
from handoff.state import State
from handoff.urgency import Urgency


class CallUnknown(LookupError):
    """No call with this id was opened."""


@dataclass(frozen=True)
class Placed:
    """An event and its place among the events of all calls."""

    position: int
    """1, 2, 3, ... in the order in which they became visible."""
    event: Event
    followed: bool = False
    """Stored with others because of them, unasked."""


@dataclass(frozen=True)
class CallSummary:
    """What lists show of a call."""

    call_id: str
    state: State
    started: datetime
    waiting_since: datetime | None
    ended: datetime | None
    outcome: str | None
    customer: str | None
    customer_name: str | None
    agent: str | None
    changed: int
    """Position of its latest event."""
    urgency: Urgency
    offered_to: str | None = None
    """Who has an open offer."""
    offered_until: datetime | None = None


def placed(row: Row[Any]) -> Placed:
    """Return a row of `events` as what it holds."""
    body = BODY.validate_python(row.body)
    event = Event(call_id=row.call_id, seq=row.seq, at=row.at, body=body)
    return Placed(position=row.position, event=event)


def call_summary(row: Row[Any]) -> CallSummary:
    """Return a row of `calls` as what lists show."""
    return CallSummary(
        call_id=row.id,
        state=row.state,
        started=row.started,
        waiting_since=row.waiting_since,
        ended=row.ended,
        outcome=row.outcome,
        customer=row.customer,
        customer_name=row.customer_name,
        agent=row.agent,
        changed=row.changed,
        urgency=Urgency(row.urgency),
        offered_to=row.offered_to,
        offered_until=row.offered_until,
    )
