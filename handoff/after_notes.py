"""AfterNotes: what the events of a call tell of messages, hand-ons, call backs and mistakes."""

from dataclasses import dataclass, field

from bot.events import (
    Bridged,
    CallbackPlanned,
    CallbackTried,
    Event,
    FactDisputed,
    HandedOn,
    MessageLeft,
    OfferAccepted,
)
from handoff.noted import Noted


@dataclass
class AfterNotes:
    """The part of a call's notes that is about what people left for each other."""

    messages: list[Noted[MessageLeft]] = field(default_factory=list)
    hand_ons: list[Noted[HandedOn]] = field(default_factory=list)
    """How colleagues handed the caller on, oldest first, without what they took back."""
    disputes: list[Noted[FactDisputed]] = field(default_factory=list)
    """What agents called wrong, oldest first."""
    planned: dict[int, Noted[CallbackPlanned]] = field(default_factory=dict)
    """Call backs, by the number of their event."""
    tried: dict[int, Noted[CallbackTried]] = field(default_factory=dict)
    """How each went, by the number of the CallbackPlanned."""
    _unmet: int = 0
    """How many of the latest hand-ons led to nobody who talked with the caller."""

    @property
    def handed_on(self) -> Noted[HandedOn] | None:
        """The latest time that a colleague handed the caller on."""
        return self.hand_ons[-1] if self.hand_ons else None

    def take(self, event: Event) -> None:
        """Note one more event; events come in order."""
        match event.body:
            case MessageLeft() as body:
                self.messages.append(Noted(body, event))
            case HandedOn() as body:
                self.hand_ons.append(Noted(body, event))
                self._unmet += 1
            case OfferAccepted(agent=agent):
                self._take_back(agent)
            case Bridged():
                self._unmet = 0
            case FactDisputed() as body:
                self.disputes.append(Noted(body, event))
            case CallbackPlanned() as body:
                self.planned[event.seq] = Noted(body, event)
            case CallbackTried() as body:
                self.tried[body.of] = Noted(body, event)
            case _:
                pass

    def _take_back(self, agent: str) -> None:
        """Forget what an agent handed on and has again, when nobody else met the caller."""
        first = len(self.hand_ons) - self._unmet
        for at, noted in enumerate(self.hand_ons[first:], first):
            if noted.body.agent == agent:
                self._unmet -= len(self.hand_ons) - at
                del self.hand_ons[at:]
                return

    def due(self) -> list[Noted[CallbackPlanned]]:
        """Return the call backs that are still to be made, soonest first."""
        left = [noted for seq, noted in self.planned.items() if seq not in self.tried]
        return sorted(left, key=lambda noted: (noted.body.due, noted.seq))

    def tries(self, of: int) -> int:
        """Return how often it was tried in vain before this call back was planned.

        Who was not reached is planned again in the same breath: the CallbackPlanned right
        after a CallbackTried is the next try of the same promise.
        """
        before = next((t for t in self.tried.values() if t.seq == of - 1), None)
        if before is None or before.body.result != "not_reached":
            return 0
        return 1 + self.tries(before.body.of) if before.body.of < of else 0
