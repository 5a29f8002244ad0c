"""Noted: a body together with the event that it came in."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.events import Body, Event

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
