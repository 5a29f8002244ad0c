"""Queue: what the human side tells a call about the wait for a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Place:
    """A caller's place among those who wait, and what can honestly be said of it."""

    position: int
    """1 for who is next."""
    wait_s: float | None
    """Seconds that the wait is expected to take from now; None when nobody can tell."""
    people: int
    """Agents at work who could take this call, free or not; 0 when nobody is there."""
    opens: datetime | None = None
    """When somebody is there again, if the opening hours tell; only when `people` is 0."""
    overflows: bool = False
    """The caller waits so long by now that the rules of routing offer a call back."""


class Queue(Protocol):
    """Whoever knows who waits; `handoff.queueing` does."""

    async def place(self, call_id: str) -> Place | None:
        """Return a call's place; None when it does not wait for a person."""
        ...
