"""OfferState: where a call stands on its way to a person, as a fold over its events."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.events import (
    Bridged,
    CallbackPlanned,
    CallbackPromised,
    CallEnded,
    Event,
    HandedOn,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    Returned,
)
from handoff.routing_rules import OfferRules
from handoff.state import State, next_state

Stage = Literal["bot", "requested", "offered", "accepted", "bridged", "wrap_up", "done"]
"""`bot`: no person is asked for, or no longer; `wrap_up`: the call is over, the card is not."""
NEVER_AGAIN = frozenset({"know_caller", "not_my_skill"})
"""Reasons to decline that asking again would not change."""


@dataclass(frozen=True)
class Passed:
    """That an agent did not take the call."""

    at: datetime
    for_good: bool = False


@dataclass
class OfferState:
    """What the events of one call say about offers."""

    state: State = "bot"
    since: datetime | None = None
    """Since when the caller waits for a person."""
    agent: str | None = None
    """Who has the card."""
    offered_to: str | None = None
    until: datetime | None = None
    why: tuple[str, ...] = ()
    """Of the offer that is open now."""
    passed: dict[str, Passed] = field(default_factory=dict)
    """Who was asked and did not take it, or handed it on; the latest time of each."""
    handed_on: tuple[str, datetime] | None = None
    """The colleague who is to be asked first, and since when."""
    skill: str | None = None
    """What the next colleague must be able to do, as told by who handed on."""
    bridged: bool = False
    ended: datetime | None = None
    owed: bool = False
    """The call ended, and we owe a call back: promised, or cut off by ourselves."""
    called_back: bool = False
    """A call back was promised."""
    planned: bool = False
    """It has a moment of its own, at which it rings."""

    @property
    def stage(self) -> Stage:
        """Where the call stands."""
        match self.state:
            case "bot":
                return "bot"
            case "waiting":
                return "requested" if self.offered_to is None else "offered"
            case "accepted" if self.ended is not None and self.bridged:
                return "wrap_up"
            case "accepted":
                return "bridged" if self.bridged else "accepted"
            case _:
                return "done"

    @property
    def to_be_offered(self) -> bool:
        """Whether somebody is to be found for the caller: on the line, or owed a call back."""
        return self.state == "waiting" and (self.ended is None or (self.owed and not self.planned))

    def take(self, event: Event) -> None:
        """Take one more event; events come in order."""
        before, self.state = self.state, next_state(self.state, event.body)
        # Who lost an agent, or is handed on, keeps the place in the queue.
        if self.state == "waiting" != before and not isinstance(event.body, Returned | HandedOn):
            self.since = event.at
        if self.state != "waiting":
            self._close()
        match event.body:
            case OfferMade(agent=agent, until=until, why=why) if self.state == "waiting":
                self.offered_to, self.until, self.why = agent, until, why
            case OfferDeclined(agent=agent, reason=reason):
                self._pass(agent, Passed(event.at, reason in NEVER_AGAIN))
            case OfferExpired(agent=agent):
                self._pass(agent, Passed(event.at))
            case OfferWithdrawn(agent=agent) if agent == self.offered_to:
                self._close()
            case OfferAccepted(agent=agent) if before != "accepted":
                self.agent, self.handed_on, self.skill = agent, None, None
                self.bridged = False
            case Bridged():
                self.bridged = True
            case Returned():
                self.agent, self.bridged = None, False
            case HandedOn(agent=agent, to=to, skill=skill):
                self.agent, self.bridged = None, False
                self.passed[agent] = Passed(event.at)
                self.handed_on = (to, event.at) if to is not None else None
                self.skill = skill
                if to is not None:
                    self.passed.pop(to, None)
            case CallbackPromised():
                self.called_back = True
            case CallbackPlanned():
                self.planned = True
            case CallEnded(outcome=outcome):
                self.ended = self.ended or event.at
                self.owed = self.called_back or outcome in ("callback", "interrupted")
            case _:
                pass

    def never(self, now: datetime, rules: OfferRules, *, urgent: bool) -> frozenset[str]:
        """Return who is not to be asked now: said no for good, or passed a moment ago."""
        rest = timedelta(seconds=rules.again_urgent_s if urgent else rules.again_after_s)
        return frozenset(
            agent
            for agent, passed in self.passed.items()
            if passed.for_good or now - passed.at < rest
        )

    def first(self, now: datetime, rules: OfferRules) -> str | None:
        """Return the colleague who is asked alone for now."""
        if self.handed_on is None:
            return None
        to, since = self.handed_on
        asked = to in self.passed or (now - since).total_seconds() >= rules.first_s
        return None if asked else to

    def _pass(self, agent: str, passed: Passed) -> None:
        self.passed[agent] = passed
        if agent == self.offered_to:
            self._close()

    def _close(self) -> None:
        self.offered_to, self.until, self.why = None, None, ()


def offer_state(events: Iterable[Event]) -> OfferState:
    """Fold the events of one call, in order."""
    state = OfferState()
    for event in events:
        state.take(event)
    return state
