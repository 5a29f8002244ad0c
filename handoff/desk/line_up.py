"""LineUp: who waits, in the order in which they get a person, made once for all open pages."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.events import Language
from handoff.desk.view import part
from handoff.dispatch import Dispatcher
from handoff.store.journal import DurableJournal

FRESH_S = 1.0
"""What another process changed may be seen so much later."""


@dataclass(frozen=True)
class Turn:
    """How one caller stands in the line."""

    call_id: str
    on_the_line: bool
    """The caller waits on the line; else is to be called back."""
    asked: str | None
    """The agent who is asked to take the call now."""
    until: datetime | None
    """Then somebody else is asked."""
    place: int | None
    """What the caller was told; None when nothing was."""
    wait: str | None
    """How long it takes, as the caller was told: a name in `offers.waits` of the texts."""


@dataclass(frozen=True)
class Line:
    """All who wait for a person."""

    turns: tuple[Turn, ...] = ()
    since: datetime | None = None
    """When the longest waiting began to wait."""
    order: dict[str, int] = field(default_factory=dict, compare=False)
    """The number of each call in the line, from 0."""

    @property
    def by_call(self) -> dict[str, Turn]:
        """Return the turn of each call."""
        return {turn.call_id: turn for turn in self.turns}


class LineUp:
    """One look for each change, and one text for each language, however many pages are open."""

    def __init__(
        self, journal: DurableJournal, dispatcher: Dispatcher, clock: Callable[[], datetime]
    ) -> None:
        self._journal = journal
        self._dispatcher = dispatcher
        self._clock = clock
        self._looking = asyncio.Lock()
        self._change: asyncio.Event | None = None
        self._until = 0.0
        self._line = Line()
        self._told: dict[Language, tuple[Line, dict[str, Any]]] = {}

    async def now(self) -> Line:
        """Return who waits."""
        async with self._looking:
            now = asyncio.get_running_loop().time()
            change = self._journal.next_change()
            if change is not self._change or now >= self._until:
                self._line = await self._look()
                # What changed during the look is looked at next time.
                self._change, self._until = change, now + FRESH_S
        return self._line

    async def told(self, language: Language) -> dict[str, Any]:
        """Return what an open page is told: the order, a line for each call, how many wait."""
        line = await self.now()
        known = self._told.get(language)
        if known is not None and known[0] == line:
            return known[1]
        told = {
            "order": [turn.call_id for turn in line.turns],
            "turns": {
                turn.call_id: part("_turn.html", language, turn=turn, now=self._clock())
                for turn in line.turns
            },
            "queue": part("_queue.html", language, line=line, now=self._clock()),
        }
        self._told[language] = (line, told)
        return told

    async def _look(self) -> Line:
        found = await self._dispatcher.line_up()
        turns = tuple(
            Turn(
                call_id=summary.call_id,
                on_the_line=caller.offers.ended is None,
                asked=summary.offered_to,
                until=summary.offered_until,
                place=caller.told_place,
                wait=caller.told_wait,
            )
            for summary, caller in found
        )
        moments = [caller.offers.since for _, caller in found if caller.offers.since is not None]
        order = {turn.call_id: n for n, turn in enumerate(turns)}
        return Line(turns, min(moments, default=None), order)
