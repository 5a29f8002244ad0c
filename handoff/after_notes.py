"""AfterNotes: what the events of a call tell of messages, hand-ons, call backs and mistakes."""

from dataclasses import dataclass, field

from bot.events import (
    CallbackPlanned,
    CallbackTried,
    Event,
    FactDisputed,
    HandedOn,
    MessageLeft,
)
from handoff.noted import Noted


@dataclass
class AfterNotes:
    """The part of a call's notes that is about what people left for each other."""

    messages: list[Noted[MessageLeft]] = field(default_factory=list)
    handed_on: Noted[HandedOn] | None = None
    """The latest time that a colleague handed the caller on."""
    disputes: list[Noted[FactDisputed]] = field(default_factory=list)
    """What agents called wrong, oldest first."""
    planned: dict[int, Noted[CallbackPlanned]] = field(default_factory=dict)
    """Call backs, by the number of their event."""
    tried: dict[int, Noted[CallbackTried]] = field(default_factory=dict)
    """How each went, by the number of the CallbackPlanned."""

    def take(self, event: Event) -> None:
        """Note one more event; events come in order."""
        match event.body:
            case MessageLeft() as body:
                self.messages.append(Noted(body, event))
            case HandedOn() as body:
                self.handed_on = Noted(body, event)
            case FactDisputed() as body:
                self.disputes.append(Noted(body, event))
            case CallbackPlanned() as body:
                self.planned[event.seq] = Noted(body, event)
            case CallbackTried() as body:
                self.tried[body.of] = Noted(body, event)
            case _:
                pass

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
