"""Notes: what the events of a call amount to, before it is put in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.events import (
    ActionStarted,
    ActionTaken,
    CallbackPromised,
    CallEnded,
    CallerIdentified,
    CallerSilent,
    CallerSpoke,
    CallerVerified,
    CallStarted,
    ContactFiled,
    Event,
    FlowChanged,
    HandedOn,
    HandoffRequested,
    OfferAccepted,
    PromiseMade,
    Returned,
    SlotFilled,
    Understood,
    WrappedUp,
)
from handoff.after_notes import AfterNotes
from handoff.mood_notes import MoodNotes
from handoff.noted import Noted as Noted
from handoff.state import State, next_state
from handoff.urgency import urgency


@dataclass
class Notes:
    """The fold over a call's events: in no language, with nothing left out that a card shows."""

    state: State = "bot"
    first: Event | None = None
    """The first event of all."""
    started: Noted[CallStarted] | None = None
    spoke: dict[int, Noted[CallerSpoke]] = field(default_factory=dict)
    understood: list[Noted[Understood]] = field(default_factory=list)
    silences: list[Noted[CallerSilent]] = field(default_factory=list)
    identified: Noted[CallerIdentified] | None = None
    verified: Noted[CallerVerified] | None = None
    flows: dict[str, Noted[FlowChanged]] = field(default_factory=dict)
    """The latest change of each flow that was not brought to its end, oldest first."""
    slots: dict[str, Noted[SlotFilled]] = field(default_factory=dict)
    actions: list[Noted[ActionTaken]] = field(default_factory=list)
    refusals: dict[int, str] = field(default_factory=dict)
    """Why the company said no, by the number of the ActionTaken."""
    begun: dict[str, Noted[ActionStarted]] = field(default_factory=dict)
    """Changes that were sent and whose end is not on record, by idempotency key."""
    promises: list[Noted[PromiseMade]] = field(default_factory=list)
    callbacks: list[Noted[CallbackPromised]] = field(default_factory=list)
    asked: Noted[HandoffRequested] | None = None
    """The first request for a person, or a later one that is more urgent."""
    waiting: Event | None = None
    """The event since which a card waits."""
    accepted: Noted[OfferAccepted] | None = None
    wrapped: Noted[WrappedUp] | None = None
    filed: Noted[ContactFiled] | None = None
    """What became of the contact at the company, as far as known."""
    ended: Noted[CallEnded] | None = None
    lost: Event | None = None
    """The event since which the card waits again, when an agent who had it was lost."""
    mood: MoodNotes = field(default_factory=MoodNotes)
    after: AfterNotes = field(default_factory=AfterNotes)

    def take(self, event: Event) -> None:
        """Note one more event; events come in order."""
        before, self.state = self.state, next_state(self.state, event.body)
        # Who lost an agent, or is handed on, keeps the place in the queue.
        if self.state == "waiting" != before and not isinstance(event.body, Returned | HandedOn):
            self.waiting = event
        self.first = self.first or event
        self.mood.take(event)
        self.after.take(event)
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
                self._slot(Noted(body, event))
            case CallerIdentified() as body:
                self._identify(Noted(body, event))
            case CallerVerified() as body:
                self.verified = Noted(body, event)
            case ActionStarted() as body:
                self.begun[body.idempotency_key] = Noted(body, event)
            case ActionTaken() as body:
                self._act(Noted(body, event))
            case _:
                self._for_people(event)

    def _for_people(self, event: Event) -> None:
        match event.body:
            case PromiseMade() as body:
                self.promises.append(Noted(body, event))
            case CallbackPromised() as body:
                self.callbacks.append(Noted(body, event))
            case HandoffRequested() as body:
                if self.asked is None or urgency(body) > urgency(self.asked.body):
                    self.asked = Noted(body, event)
            case OfferAccepted() as body:
                self.accepted = self.accepted or Noted(body, event)
            case Returned():
                self.accepted = None
                self.lost = event if self.state == "waiting" else self.lost
            case HandedOn():
                self.accepted = None
            case WrappedUp() as body:
                self.wrapped, self.filed = Noted(body, event), None
            case ContactFiled() as body:
                self.filed = Noted(body, event)
            case CallEnded() as body:
                self.ended = self.ended or Noted(body, event)
            case _:
                pass  # Keys and the bot's own words are in the transcript, not on the card.

    def _slot(self, noted: Noted[SlotFilled]) -> None:
        slot, value = noted.body.slot, noted.body.value
        self.slots.pop(slot, None)
        if value is None or value == "none":  # forgotten, or known to be nothing
            return
        self.slots[slot] = noted
        if slot == "refusal" and self.actions and self.actions[-1].body.result == "refused":
            self.refusals[self.actions[-1].seq] = str(value)

    def _act(self, noted: Noted[ActionTaken]) -> None:
        self.begun.pop(noted.body.idempotency_key or "", None)
        self.actions.append(noted)
        before = self.slots.get("refusal")
        if noted.body.result == "refused" and before is not None:
            # The reason is told again only when it is another one than before.
            self.refusals[noted.seq] = str(before.body.value)

    def _flow(self, noted: Noted[FlowChanged]) -> None:
        flow, change = noted.body.flow, noted.body.change
        # Cancelled for any other reason than the caller's own wish, it is still to be done.
        unwanted = bool(self.understood) and self.understood[-1].body.intent in ("stop", "deny")
        if change == "completed" or (change == "cancelled" and unwanted and not self.asked):
            self.flows.pop(flow, None)
        elif change == "started":
            self.flows.pop(flow, None)
            self.flows[flow] = noted
        else:
            self.flows.setdefault(flow, noted)

    def _identify(self, noted: Noted[CallerIdentified]) -> None:
        """Forget what was found about someone else: the caller corrected the number."""
        customer = noted.body.customer_id
        if self.identified is not None and self.identified.body.customer_id != customer:
            # What came with the answer that tells who it is, is about the right one.
            since = self.actions[-1].seq if self.actions else 0
            self.slots = {
                name: slot
                for name, slot in self.slots.items()
                if slot.body.by == "caller" or slot.seq > since
            }
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
