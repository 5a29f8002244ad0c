"""Notes: what the events of a call amount to, before it is put in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bot.events import (
    ActionStarted,
    ActionTaken,
    Body,
    CallbackPromised,
    CallEnded,
    CallerIdentified,
    CallerSilent,
    CallerSpoke,
    CallerVerified,
    CallStarted,
    Event,
    FlowChanged,
    HandoffRequested,
    OfferAccepted,
    PromiseMade,
    SlotFilled,
    Understood,
    WrappedUp,
)
from handoff.state import State, next_state

B = TypeVar("B", bound=Body)


@dataclass(frozen=True)
class Noted(Generic[B]):
    """A body with the event it came in."""

    body: B
    event: Event

    @property
    def seq(self) -> int:
        """The number of the event."""
        return self.event.seq


@dataclass
class Notes:
    """The fold over a call's events: in no language, with nothing left out that a card shows."""

    state: State = "bot"
    started: Noted[CallStarted] | None = None
    spoke: dict[int, Noted[CallerSpoke]] = field(default_factory=dict)
    understood: list[Noted[Understood]] = field(default_factory=list)
    silences: list[Noted[CallerSilent]] = field(default_factory=list)
    identified: Noted[CallerIdentified] | None = None
    verified: Noted[CallerVerified] | None = None
    flows: dict[str, Noted[FlowChanged]] = field(default_factory=dict)
    """The latest change of each flow that is not over, oldest first."""
    slots: dict[str, Noted[SlotFilled]] = field(default_factory=dict)
    actions: list[Noted[ActionTaken]] = field(default_factory=list)
    begun: dict[str, Noted[ActionStarted]] = field(default_factory=dict)
    """Changes that were sent and whose end is not on record, by idempotency key."""
    promises: list[Noted[PromiseMade]] = field(default_factory=list)
    callbacks: list[Noted[CallbackPromised]] = field(default_factory=list)
    asked: Noted[HandoffRequested] | None = None
    """The first request for a person."""
    waiting: Event | None = None
    """The event since which a card waits."""
    accepted: Noted[OfferAccepted] | None = None
    wrapped: Noted[WrappedUp] | None = None
    ended: Noted[CallEnded] | None = None

    def take(self, event: Event) -> None:
        """Note one more event; events come in order."""
        before, self.state = self.state, next_state(self.state, event.body)
        if self.state == "waiting" != before:
            self.waiting = event
        match event.body:
            case CallStarted() as body:
                self.started = self.started or Noted(body, event)
            case CallerSpoke() as body:
                self.spoke[event.seq] = Noted(body, event)
            case Understood() as body:
                self.understood.append(Noted(body, event))
            case CallerSilent() as body:
                self.silences.append(Noted(body, event))
            case FlowChanged() as body:
                self._flow(Noted(body, event))
            case SlotFilled() as body:
                self.slots.pop(body.slot, None)
                if body.value is not None:
                    self.slots[body.slot] = Noted(body, event)
            case CallerIdentified() as body:
                self._identify(Noted(body, event))
            case CallerVerified() as body:
                self.verified = Noted(body, event)
            case ActionStarted() as body:
                self.begun[body.idempotency_key] = Noted(body, event)
            case ActionTaken() as body:
                self.begun.pop(body.idempotency_key or "", None)
                self.actions.append(Noted(body, event))
            case _:
                self._for_people(event)

    def _for_people(self, event: Event) -> None:
        match event.body:
            case PromiseMade() as body:
                self.promises.append(Noted(body, event))
            case CallbackPromised() as body:
                self.callbacks.append(Noted(body, event))
            case HandoffRequested() as body:
                self.asked = self.asked or Noted(body, event)
            case OfferAccepted() as body:
                self.accepted = self.accepted or Noted(body, event)
            case WrappedUp() as body:
                self.wrapped = Noted(body, event)
            case CallEnded() as body:
                self.ended = self.ended or Noted(body, event)
            case _:
                pass  # Keys and the bot's own words are in the transcript, not on the card.

    def _flow(self, noted: Noted[FlowChanged]) -> None:
        flow = noted.body.flow
        if noted.body.change in ("completed", "cancelled"):
            self.flows.pop(flow, None)
        elif noted.body.change == "started":
            self.flows.pop(flow, None)
            self.flows[flow] = noted
        else:
            self.flows.setdefault(flow, noted)

    def _identify(self, noted: Noted[CallerIdentified]) -> None:
        """Forget what was found about someone else: the caller corrected the number."""
        customer = noted.body.customer_id
        if self.identified is not None and self.identified.body.customer_id != customer:
            self.slots = {n: s for n, s in self.slots.items() if s.body.by == "caller"}
            if self.verified is not None and self.verified.body.customer_id != customer:
                self.verified = None
        self.identified = noted

    @property
    def customer_id(self) -> str | None:
        """Who the caller is taken to be now."""
        known = self.identified or self.verified
        return None if known is None else known.body.customer_id

    def own_actions(self) -> list[Noted[ActionTaken]]:
        """The steps taken, without those about a customer who turned out not to be the caller."""
        return [a for a in self.actions if self._is_own(a.body)]

    def _is_own(self, action: ActionTaken) -> bool:
        about: Any = action.arguments.get("customer", action.arguments.get("customer_id"))
        return about is None or self.customer_id is None or str(about) == self.customer_id


def notes(events: Iterable[Event]) -> Notes:
    """Fold the events of one call, in order."""
    taken = Notes()
    for event in events:
        taken.take(event)
    return taken
