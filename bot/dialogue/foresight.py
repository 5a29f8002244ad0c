"""Foresight: what the bot would say to words of which nobody knows yet whether the turn is over.

The turn is taken in imagination, by a conversation of its own that begins where the real one
is. Nothing of it is stored or said, and of the company's systems only what they tell anybody is
asked: what depends on more can't be foreseen. Only sound is made of what comes out, so that the
caller does not wait for it when the turn is over.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import NoReturn, cast

from bot.clock import Clock
from bot.company.api import Company
from bot.dialogue.conversation import Conversation
from bot.dialogue.effects import Effect
from bot.events import Body, CallerSpoke, Event
from bot.journal import Journal
from bot.say import Say

_log = logging.getLogger(__name__)

LONGEST_S = 1.0
"""Seconds after which it is too late to foresee anything."""


class Unforeseen(Exception):
    """What comes next depends on the company's systems."""


class Foresight:
    """Foresees the turns of one call."""

    def __init__(
        self,
        conversation: Conversation,
        company: Company,
        clock: Clock,
        imagine: Callable[[Company, Journal], Conversation],
    ) -> None:
        """Take the real conversation, and what makes another that is like it.

        Args:
            conversation: Never changed by anything here.
            company: Of its systems, only what they tell anybody is asked.
            clock: Tells the time.
            imagine: Returns a conversation like the real one, not yet started.
        """
        self._conversation = conversation
        self._company = cast(Company, _Public(company))
        self._clock = clock
        self._imagine = imagine

    async def first_words(self, utterance: CallerSpoke) -> Say | None:
        """Return the first thing that would be said now; None when nobody can tell.

        Never raises: a mistake is told when the turn is really taken.
        """
        state = self._conversation.state
        if self._conversation.busy or state.bridge.agent is not None or not state.seq:
            return None
        imagined = self._imagine(self._company, _Imagination(state.seq, self._clock))
        said: list[Effect] = []
        try:
            async with asyncio.timeout(LONGEST_S):
                async for effect in imagined.imagine(utterance, state.copy()):
                    said.append(effect)  # to the end, so that nothing is left half done
        except (Unforeseen, TimeoutError):
            pass  # what is said before the company is asked is worth it too
        except Exception as error:
            _log.debug("what would be said is not foreseen: %r", error)
        return next((effect for effect in said if isinstance(effect, Say)), None)


class _Public:
    """The company's systems, as far as they tell what is no secret and changes nothing."""

    def __init__(self, company: Company) -> None:
        self.office = company.office

    def __getattr__(self, name: str) -> NoReturn:
        raise Unforeseen(name)


class _Imagination:
    """A journal that keeps nothing."""

    def __init__(self, seq: int, clock: Clock) -> None:
        self._seq = seq
        self._clock = clock

    async def open(self, call_id: str, *bodies: Body) -> list[Event]:
        return await self.append(call_id, *bodies)

    async def append(self, call_id: str, *bodies: Body) -> list[Event]:
        first, now = self._seq + 1, self._clock()
        self._seq += len(bodies)
        return [
            Event(call_id=call_id, seq=seq, at=now, body=body)
            for seq, body in enumerate(bodies, first)
        ]

    async def read(self, call_id: str) -> list[Event]:
        return []

    async def follow(self, call_id: str, after: int = 0) -> AsyncIterator[Event]:
        return
        yield
