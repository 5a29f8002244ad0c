"""Agreed: what a supervisor decided earlier about a caller is carried out, and the caller told."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

from bot.dialogue.effects import Effect
from bot.dialogue.talk import Talk
from bot.events import HandoffRequested, MeasureApplied
from bot.measures import Measure, Measures

_log = logging.getLogger(__name__)

PATIENCE_S = 0.5
"""Seconds that a caller waits for a look-up, once; what comes later is taken up later."""

Turn = AsyncIterator[Effect]
_Who = tuple[str | None, str | None]


class Agreed:
    """Looks up measures beside the talk; a slow or failing look-up never hurts the call."""

    def __init__(self, talk: Talk, measures: Measures | None, person: Callable[[], Turn]) -> None:
        """Take whom to ask, and the turn by which a person is fetched."""
        self.talk = talk
        self._measures = measures
        self._person = person
        self._who: _Who = (None, None)
        self._lookup: asyncio.Task[Measure | None] | None = None
        self._waited = False

    def begin(self) -> None:
        """Look up whoever is known by now, if that was not done yet."""
        state = self.talk.state
        who = (state.caller_number, state.customer if state.verified else None)
        if self._measures is None or who in (self._who, (None, None)):
            return
        self.close()
        self._who, self._waited = who, False
        find = self._measures.find(number=who[0], customer=who[1])
        self._lookup = asyncio.ensure_future(find)

    async def before_asking(self) -> Turn:
        """Carry out what was found, before the caller is asked anything."""
        self.begin()
        measure = await self._found()
        state = self.talk.state
        if measure is None or measure.incident in state.ladder.measures or state.ladder.crisis:
            return
        await self.talk.record.append(
            MeasureApplied(measure=measure.kind, incident=measure.incident)
        )
        if measure.kind != "trained_team":
            return  # warned in writing: treated as anyone else
        if "measure" not in state.ladder.fetched:
            await self.talk.record.append(HandoffRequested(reason="measure"))
        yield await self.talk.say(self.talk.content.ladder.says.measure)
        frame = self.talk.frame
        if frame is None or frame.flow != "handoff":
            async for effect in self._person():
                yield effect

    def close(self) -> None:
        """Wait for nothing any more."""
        if self._lookup is not None:
            self._lookup.cancel()
            self._lookup = None

    async def _found(self) -> Measure | None:
        """Return what the look-up told; None when it told nothing, failed, or is not done."""
        lookup = self._lookup
        if lookup is None:
            return None
        await asyncio.sleep(0)
        if not lookup.done() and not self._waited:
            self._waited = True
            timer = asyncio.ensure_future(self.talk.sleep(PATIENCE_S))
            await asyncio.wait({lookup, timer}, return_when=asyncio.FIRST_COMPLETED)
            timer.cancel()
        if not lookup.done():
            return None
        self._lookup = None
        error = lookup.exception()
        if error is not None:
            _log.warning("measures could not be looked up: %s", type(error).__name__)
            return None
        return lookup.result()
