"""Counts: one agent's week in numbers, of what the desk did and of the callers' mood."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median

from pydantic import BaseModel, ConfigDict

from bot.events import Event
from handoff.care.happenings import Happening, Stint, happening
from handoff.care.rules import Measure

MOODS = frozenset({"frustrated", "angry"})
"""Levels of a caller who is upset."""


class Counts(BaseModel):
    """What one agent's week came to."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    calls: int = 0
    """That the agent took and was done with in this week."""
    heavy: int = 0
    hand_ons: int = 0
    offers: int = 0
    """That the agent answered, or let pass."""
    declined: int = 0
    breaks: int = 0
    """That were offered."""
    taken: int = 0
    missed: int = 0
    """Put off or left unanswered, and never had; who says no has not missed it."""
    after_call_s: float | None = None
    """The median; None when there was no call of which it is known."""
    moods: int = 0
    """Calls in which the caller's mood was noticed to change."""
    angry_at_start: int = 0
    """Of these: upset when the agent took over."""
    angry_at_end: int = 0

    def value(self, measure: Measure) -> float | None:
        """Return a measure in seconds or as a share of 1; None when there is nothing to divide."""
        match measure:
            case "after_call_s":
                return self.after_call_s
            case "hand_ons":
                return _share(self.hand_ons, self.calls)
            case "declined":
                return _share(self.declined, self.offers)
            case "heavy":
                return _share(self.heavy, self.calls)
            case "missed":
                return _share(self.missed, self.breaks)
            case "angry_at_start":
                return _share(self.angry_at_start, self.calls)
            case "angry_at_end":
                return _share(self.angry_at_end, self.calls)


def _share(part: int, of: int) -> float | None:
    return part / of if of else None


def counts(
    found: Iterable[Stint], offers: Iterable[Happening], begin: datetime, end: datetime
) -> dict[str, Counts]:
    """Count a week for every agent.

    Args:
        found: Stints of the calls of the week, and of others, which are left out.
        offers: Offers that were taken, declined or let pass.
        begin: The week's first moment.
        end: The first moment after it.
    """
    of: dict[str, list[Stint]] = {}
    for stint in found:
        if stint.left is not None and begin <= stint.left < end:
            of.setdefault(stint.agent, []).append(stint)
    asked: dict[str, list[str]] = {}
    for offer in offers:
        if offer.agent is not None and begin <= offer.at < end:
            asked.setdefault(offer.agent, []).append(offer.kind)
    names = sorted(set(of) | set(asked))
    return {name: _of_agent(of.get(name, ()), asked.get(name, ())) for name in names}


def _of_agent(mine: Sequence[Stint], asked: Sequence[str]) -> Counts:
    after = [s.after_call.total_seconds() for s in mine if s.after_call is not None]
    return Counts(
        calls=len(mine),
        heavy=sum(stint.weighs.heavy for stint in mine),
        hand_ons=sum(stint.how == "HandedOn" for stint in mine),
        offers=len(asked),
        declined=sum(kind == "OfferDeclined" for kind in asked),
        after_call_s=median(after) if after else None,
        moods=sum(stint.at_end is not None for stint in mine),
        angry_at_start=sum(stint.at_start in MOODS for stint in mine),
        angry_at_end=sum(stint.at_end in MOODS for stint in mine),
    )


def answers_to_offers(by_call: Mapping[str, Sequence[Event]]) -> list[Happening]:
    """Return how each offer ended that an agent could answer, without what was said."""
    kinds = ("OfferAccepted", "OfferDeclined", "OfferExpired")
    told = [happening(event) for events in by_call.values() for event in events]
    return [each for each in told if each is not None and each.kind in kinds]
