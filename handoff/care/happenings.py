"""Happenings: all that care may know of a call. No word and no sound of anybody is among it.

The law forbids to read an agent's emotions from their voice, and we read nothing else of
theirs either. Events come in by `SOURCES` alone, and leave what was said behind: a
happening has no field in which words could be.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.events import (
    Bridged,
    CallEnded,
    Event,
    HandedOn,
    IncidentReported,
    Level,
    MoodChanged,
    MoodHeard,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    Returned,
    Sign,
    WrappedUp,
)
from handoff.heaviness import Heaviness, heaviness
from handoff.routing_rules import Weight

SOURCES = (
    MoodHeard,
    MoodChanged,
    IncidentReported,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    Bridged,
    Returned,
    HandedOn,
    WrappedUp,
    CallEnded,
)
"""The kinds of events that care is made from: the caller's mood, and what the desk did."""
KINDS = tuple(kind.__name__ for kind in SOURCES)


@dataclass(frozen=True)
class Happening:
    """One event of `SOURCES`, without what was said or written."""

    kind: str
    at: datetime
    agent: str | None = None
    level: Level | None = None
    """Of the caller's mood, from here on."""
    signs: tuple[Sign, ...] = ()
    """What was noticed of the caller."""


def happening(event: Event) -> Happening | None:
    """Return what care may know of an event; None for all kinds that it must not know of."""
    body, at = event.body, event.at
    match body:
        case MoodHeard(signs=signs):
            return Happening(body.kind, at, signs=signs)
        case MoodChanged(level=level):
            return Happening(body.kind, at, level=level)
        case IncidentReported(by=agent, sign=sign):
            return Happening(body.kind, at, agent=agent, signs=(sign,))
        case CallEnded():
            return Happening(body.kind, at)
        case (
            OfferAccepted(agent=agent)
            | OfferDeclined(agent=agent)
            | OfferExpired(agent=agent)
            | Bridged(agent=agent)
            | Returned(agent=agent)
            | HandedOn(agent=agent)
            | WrappedUp(agent=agent)
        ):
            return Happening(body.kind, at, agent=agent)
        case _:
            return None


@dataclass(frozen=True)
class Stint:
    """One agent's time with one call."""

    agent: str
    accepted: datetime
    left: datetime | None
    """When the card was closed, handed on or given back; None while the agent has it."""
    how: str | None
    """Kind of the event by which it was left."""
    talked: bool
    hung_up: datetime | None
    """When the call ended while the agent had it."""
    weighs: Heaviness
    """The whole call so far, as its load is counted."""
    at_start: Level | None
    """The caller's mood when the agent took over; None when nothing was heard of it."""
    at_end: Level | None

    @property
    def after_call(self) -> timedelta | None:
        """How long the agent worked on after the caller was gone; None if that is not known."""
        if self.how != "WrappedUp" or not self.talked or not self.left or not self.hung_up:
            return None
        return self.left - self.hung_up


def stints(events: Iterable[Event], weight: Weight) -> list[Stint]:
    """Return who had a call and how it was, from its events in order."""
    kept = [event for event in events if isinstance(event.body, SOURCES)]
    found: list[Stint] = []
    begun: Happening | None = None
    level: Level | None = None
    at_start: Level | None = None
    talked, hung_up = False, None

    def stint(until: int, left: Happening | None) -> Stint:
        assert begun is not None  # noqa: S101 - only called while somebody has the call
        assert begun.agent is not None  # noqa: S101 - an OfferAccepted names who
        weighs = heaviness(kept[:until], weight)
        ended = None if left is None else left.at
        how = None if left is None else left.kind
        return Stint(begun.agent, begun.at, ended, how, talked, hung_up, weighs, at_start, level)

    for index, event in enumerate(kept):
        told = happening(event)
        assert told is not None  # noqa: S101 - `SOURCES` are those that are told of
        match told.kind:
            case "MoodChanged":
                level = told.level
            case "OfferAccepted" if begun is None:
                begun, at_start, talked, hung_up = told, level, False, None
            case "Bridged":
                talked = talked or begun is not None
            case "CallEnded":
                hung_up = told.at
            case "WrappedUp" | "HandedOn" | "Returned" if begun is not None:
                found.append(stint(index + 1, told))
                begun = None
            case "IncidentReported" if begun is None and found and found[-1].agent == told.agent:
                # Told by who had the call until just now: it weighs as much as if told before.
                found[-1] = replace(found[-1], weighs=heaviness(kept[: index + 1], weight))
            case _:
                pass
    if begun is not None:
        found.append(stint(len(kept), None))
    return found
