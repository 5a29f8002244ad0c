"""How a call writes what happens, and hears what the human side decides."""

from collections.abc import AsyncIterator
from typing import Protocol

from bot.events import Body, Event


class CallExists(Exception):
    """A call with this id was opened before."""


class JournalFull(Exception):
    """The event could not be stored: disk full, database gone.

    Nothing may be said or done on account of it.
    """


class Journal(Protocol):
    """An append-only record of calls. `handoff.store` keeps the durable one."""

    async def open(self, call_id: str, *bodies: Body) -> list[Event]:
        """Store the first events of a new call; raises CallExists, JournalFull."""
        ...

    async def append(self, call_id: str, *bodies: Body) -> list[Event]:
        """Store events at the end of a call, all or none; raises JournalFull.

        They are durable when this returns.
        """
        ...

    async def read(self, call_id: str) -> list[Event]:
        """Return all events of a call in order; empty when it is not known."""
        ...

    def follow(self, call_id: str, after: int = 0) -> AsyncIterator[Event]:
        """Yield the call's events with seq above `after`, past and then as they come."""
        ...
