"""Service level: how soon callers who asked for a person got one, from the record."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.events import CallEnded, Event, HandoffRequested, OfferAccepted, WaitEnded

KINDS = tuple(kind.__name__ for kind in (HandoffRequested, OfferAccepted, CallEnded, WaitEnded))
"""The kinds of event that tell it."""


@dataclass(frozen=True)
class ServiceLevel:
    """Callers by what became of their request for a person; each caller counts once."""

    answered: int = 0
    in_20_s: int = 0
    """Of those answered, within 20 seconds of the request."""
    in_60_s: int = 0
    abandoned: int = 0
    """Hung up before anybody accepted, and are owed no call back."""
    later: int = 0
    """The call ended before anybody accepted, and we call back."""
    waiting: int = 0

    @property
    def counted(self) -> int:
        """Those of whom it is known whether they got a person in time."""
        return self.answered + self.abandoned + self.later

    def share(self, count: int) -> int | None:
        """Return a count as whole per cent of those counted; None when there are none."""
        return round(100 * count / self.counted) if self.counted else None


@dataclass
class _Wait:
    since: datetime
    answered_s: float | None = None
    ended: str | None = None
    no_longer: bool = False


def service_level(events: Iterable[Event]) -> ServiceLevel:
    """Count from the events of a day, oldest first; who no longer wanted a person does not count.

    Args:
        events: Of any calls; those of other kinds are passed over.
    """
    waits: dict[str, _Wait] = {}
    for event in events:
        wait = waits.get(event.call_id)
        match event.body:
            case HandoffRequested() if wait is None:
                waits[event.call_id] = _Wait(event.at)
            case OfferAccepted() if wait is not None and wait.answered_s is None:
                if wait.ended is None:
                    wait.answered_s = (event.at - wait.since).total_seconds()
            case CallEnded(outcome=outcome) if wait is not None and wait.ended is None:
                wait.ended = outcome
            case WaitEnded() if wait is not None and wait.answered_s is None:
                wait.no_longer = True
            case _:
                pass
    found = [wait for wait in waits.values() if not wait.no_longer]
    times = [wait.answered_s for wait in found if wait.answered_s is not None]
    missed = [wait.ended for wait in found if wait.answered_s is None]
    return ServiceLevel(
        answered=len(times),
        in_20_s=sum(seconds <= 20 for seconds in times),
        in_60_s=sum(seconds <= 60 for seconds in times),
        abandoned=sum(ended is not None and ended not in _OWED for ended in missed),
        later=sum(ended in _OWED for ended in missed),
        waiting=sum(ended is None for ended in missed),
    )


_OWED = ("callback", "interrupted")
