"""Counted: a call's journal that lets the gauges count what is stored.

What is counted is what is on record: the dialogue knows nothing of it.
"""

from collections.abc import AsyncIterator

from bot.events import ActionTaken, Body, CallerSilent, CallerSpoke, Event, KeyPressed, StepReached
from bot.gauges import Gauges
from bot.journal import Journal


class Counted:
    """A `Journal` of one call; see the module."""

    def __init__(self, journal: Journal, gauges: Gauges) -> None:
        """Take the journal that stores, and the gauges that count."""
        self._journal = journal
        self._gauges = gauges
        self._spoken_last = False
        """Whether the caller's last doing was to speak, and no more was counted of it."""

    async def open(self, call_id: str, *bodies: Body) -> list[Event]:
        """Store the first events of a new call; raises CallExists, JournalFull."""
        return await self._journal.open(call_id, *bodies)

    async def append(self, call_id: str, *bodies: Body) -> list[Event]:
        """Store events, then count them; raises JournalFull."""
        stored = await self._journal.append(call_id, *bodies)
        for body in bodies:
            self._count(body)
        return stored

    async def read(self, call_id: str) -> list[Event]:
        """Return all events of a call in order."""
        return await self._journal.read(call_id)

    def follow(self, call_id: str, after: int = 0) -> AsyncIterator[Event]:
        """Yield the call's events with seq above `after`."""
        return self._journal.follow(call_id, after)

    def _count(self, body: Body) -> None:
        match body:
            case CallerSpoke():
                self._gauges.utterance()
                self._spoken_last = True
            case KeyPressed() | CallerSilent():
                self._spoken_last = False
            case StepReached(tries=tries) if tries and self._spoken_last:
                self._gauges.not_understood()
                self._spoken_last = False
            case ActionTaken(action=action, result=result):
                self._gauges.company_asked(action, result)
