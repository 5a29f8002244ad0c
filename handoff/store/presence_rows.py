"""Presence rows: how each agent is there, kept in step with the calls that they take.

What follows from a call is written in the transaction that stores its events: there is
no moment at which an agent has a caller and counts as free.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update

from bot.events import (
    CallEnded,
    Event,
    HandedOn,
    LeftTalk,
    OfferAccepted,
    Returned,
    TookPart,
    WrappedUp,
)
from handoff.state import State, next_state
from handoff.store.tables import calls, presence, presence_history

PresenceState = Literal["away", "available", "busy", "wrap_up", "break"]
Choice = Literal["away", "available", "break"]
"""What an agent chooses; `busy` and `wrap_up` follow from calls."""


@dataclass(frozen=True)
class Presence:
    """How an agent is there now."""

    agent: str
    state: PresenceState
    since: datetime
    until: datetime | None = None
    """When a break ends."""
    call_id: str | None = None
    """The call that the agent is busy with, or wraps up."""
    choice: Choice = "away"
    """What comes after the call: a break may be held for the agent."""
    break_minutes: float | None = None
    """Of the break that is held, or that the agent has."""
    seen: datetime | None = None
    """When the agent's page was last known to be open."""
    missed: int = 0
    """Offers in a row that the agent let expire."""


def as_presence(row: Row[Any]) -> Presence:
    """Return a row as what it tells."""
    return Presence(**row._mapping)


def presence_of(connection: Connection, agent: str, now: datetime) -> Presence:
    """Return how an agent is there, locked against others until the transaction ends."""
    query = select(presence).where(presence.c.agent == agent).with_for_update()
    row = connection.execute(query).one_or_none()
    return Presence(agent, "away", now) if row is None else as_presence(row)


def write_presence(
    connection: Connection, now: Presence, was: Presence, why: str, at: datetime
) -> None:
    """Store how an agent is there; a state that changed goes into the history."""
    values = {
        "state": now.state,
        "since": now.since,
        "until": now.until,
        "call_id": now.call_id,
        "choice": now.choice,
        "break_minutes": now.break_minutes,
        "seen": now.seen,
        "missed": now.missed,
    }
    changed = update(presence).where(presence.c.agent == now.agent).values(**values)
    if not connection.execute(changed).rowcount:
        connection.execute(insert(presence).values(agent=now.agent, **values))
    if now.state != was.state:
        told = {"agent": now.agent, "state": now.state, "at": at, "why": why}
        connection.execute(insert(presence_history).values(told))


def taken(was: Presence, state: PresenceState, call_id: str, at: datetime) -> Presence:
    """Return the presence of an agent whom a call asks for: `busy` or `wrap_up`."""
    return Presence(
        was.agent,
        state,
        was.since if was.state == state else at,
        call_id=call_id,
        choice=was.choice,
        break_minutes=was.break_minutes,
        seen=was.seen,
    )


def freed(was: Presence, at: datetime) -> Presence:
    """Return the presence of an agent whom no call asks for: what they chose, from now on."""
    until, minutes = None, None
    if was.choice == "break" and was.break_minutes is not None:
        minutes = was.break_minutes
        until = at + timedelta(minutes=minutes)
    return Presence(
        was.agent,
        was.choice,
        was.since if was.state == was.choice else at,
        until=until,
        choice=was.choice,
        break_minutes=minutes,
        seen=was.seen,
        missed=was.missed,
    )


def choose_presence(
    connection: Connection,
    agent: str,
    choice: Choice,
    now: datetime,
    *,
    break_minutes: float | None = None,
    why: str = "chosen",
) -> Presence:
    """Store what an agent chooses to be, in whatever else is stored in the same transaction.

    Args:
        connection: In a transaction that writes.
        agent: Who.
        choice: What they want; with a caller it waits until the call is wrapped up.
        now: The moment.
        break_minutes: How long the break is, if anybody said so.
        why: For the history.
    """
    was = presence_of(connection, agent, now)
    minutes = break_minutes if choice == "break" else None
    # Whoever chooses, is there.
    seen = now if why == "chosen" else was.seen
    wants = replace(was, choice=choice, break_minutes=minutes, missed=0, seen=seen)
    is_free = was.state not in ("busy", "wrap_up")
    becomes = freed(wants, now) if is_free else wants
    write_presence(connection, becomes, was, why, now)
    return becomes


def keep_presence(
    connection: Connection,
    call_id: str,
    row: Mapping[str, Any] | None,
    told: Sequence[Event],
) -> None:
    """Bring agents' presence up to date with new events of a call.

    Args:
        connection: In the transaction that stores the events.
        call_id: The call.
        row: Of `calls`, as it was before.
        told: The new events.
    """
    state: State = "bot" if row is None else row["state"]
    agent: str | None = None if row is None else row["agent"]
    for event in told:
        before, state = state, next_state(state, event.body)
        match event.body:
            case OfferAccepted(agent=name) if before != "accepted" and state == "accepted":
                agent = name
                was = presence_of(connection, name, event.at)
                now = taken(was, "busy", call_id, event.at)
                write_presence(connection, now, was, "accepted", event.at)
            case CallEnded() if state == "accepted" and agent is not None:
                was = presence_of(connection, agent, event.at)
                if was.call_id == call_id:
                    now = taken(was, "wrap_up", call_id, event.at)
                    write_presence(connection, now, was, "ended", event.at)
                _let_others_go(connection, call_id, agent, event)
            case CallEnded():
                _let_others_go(connection, call_id, None, event)
            case HandedOn(warm=True) if before == "accepted":
                agent = None  # who hands on stays with the caller
            case WrappedUp() | Returned() | HandedOn() if before == "accepted":
                if agent is not None:
                    _let_go(connection, call_id, agent, event)
                agent = None
            case TookPart(agent=name) if name != agent:
                was = presence_of(connection, name, event.at)
                if was.state not in ("busy", "wrap_up"):
                    now = taken(was, "busy", call_id, event.at)
                    write_presence(connection, now, was, "took_part", event.at)
            case LeftTalk(agent=name) | Returned(agent=name) | HandedOn(agent=name):
                was = presence_of(connection, name, event.at)
                if was.call_id == call_id and name != agent:
                    _let_go(connection, call_id, name, event)
            case _:
                pass


def _let_others_go(connection: Connection, call_id: str, agent: str | None, event: Event) -> None:
    """Let go of all who were with a caller whose card they don't have."""
    query = select(presence.c.agent).where(
        presence.c.call_id == call_id, presence.c.state == "busy"
    )
    for name in list(connection.execute(query).scalars()):
        if name != agent:
            _let_go(connection, call_id, name, event)


def _let_go(connection: Connection, call_id: str, agent: str, event: Event) -> None:
    was = presence_of(connection, agent, event.at)
    others = (
        select(calls.c.id, calls.c.ended)
        .where(calls.c.state == "accepted", calls.c.agent == agent, calls.c.id != call_id)
        .order_by(calls.c.ended.is_not(None), calls.c.changed)
        .limit(1)
    )
    other = connection.execute(others).one_or_none()
    if other is None:
        now = freed(was, event.at)
    else:  # Whoever took several cards has the others still.
        now = taken(was, "wrap_up" if other.ended else "busy", other.id, event.at)
    write_presence(connection, now, was, _WHY[event.body.kind], event.at)


_WHY = {
    "WrappedUp": "wrapped_up",
    "Returned": "returned",
    "HandedOn": "handed_on",
    "LeftTalk": "left",
    "CallEnded": "ended",
}
