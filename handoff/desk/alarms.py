"""Alarms: callers in danger whom nobody has accepted yet, told to every open page."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from sse_starlette import ServerSentEvent

from bot.events import (
    CallbackPromised,
    Event,
    HandoffRequested,
    Language,
    OfferAccepted,
    Returned,
    WrappedUp,
)
from handoff.cards import Cards
from handoff.desk.view import part
from handoff.parts import Card
from handoff.store.sharing import Shared
from handoff.urgency import Urgency, urgency

REPEAT_SECONDS = 30.0
"""An alarm that nobody accepts is told again after so long, each time."""
BEGINS = (HandoffRequested, CallbackPromised, Returned)
"""After these a call may wait."""
ENDS = (OfferAccepted, WrappedUp)
"""After these it does not wait any more."""

T = TypeVar("T")


@dataclass(frozen=True)
class Alarm:
    """A caller in danger who waits."""

    card: Card
    waited: float
    """Seconds since the danger was known and nobody had the card."""

    @property
    def again(self) -> int:
        """How often it has been repeated."""
        return int(self.waited // REPEAT_SECONDS)

    @property
    def due(self) -> float:
        """Seconds until it is told again."""
        return REPEAT_SECONDS - self.waited % REPEAT_SECONDS


async def alarms(cards: Cards, language: Language) -> list[Alarm]:
    """Return the alarms of this moment, the longest waiting first."""
    found = await cards.in_state("waiting", language=language, urgent=Urgency.CRISIS)
    return [Alarm(card, _waited(card, cards.now())) for card in found]


def _waited(card: Card, now: datetime) -> float:
    known = card.urgent.since if card.urgent else None
    moments = [moment for moment in (card.waiting_since, card.lost, known) if moment is not None]
    return max(0.0, (now - max(moments, default=now)).total_seconds())


class AlarmLooks:
    """What open pages must know of callers in danger, looked up once between two changes."""

    def __init__(self, cards: Cards, ring: Callable[[], asyncio.Event]) -> None:
        """Take the cards, and what returns the event that the next change sets."""
        self._cards = cards
        self._alarms: Shared[list[Alarm]] = Shared(ring)
        self._urgencies: Shared[Urgency] = Shared(ring)

    async def alarms(self, language: Language) -> list[Alarm]:
        """Return the alarms as of the last change or later."""
        return await self._alarms.get(language, partial(alarms, self._cards, language))

    async def urgency(self, call_id: str) -> Urgency:
        """Return how urgent a call is."""
        return await self._urgencies.get(call_id, partial(self._cards.urgency, call_id))


class AlarmTeller:
    """Knows what one page was told of alarms, and tells it what is new."""

    def __init__(self, cards: Cards, language: Language, looks: AlarmLooks | None = None) -> None:
        """Take the cards, the reader's language, and what other pages found meanwhile."""
        self._cards = cards
        self._language = language
        self._looks = looks
        self._alarms: list[Alarm] = []
        self._told = self._written()

    async def begin(self) -> ServerSentEvent | None:
        """Return the alarms of now; None when there are none."""
        told = await self.tell()
        return told if self._alarms else None

    async def after(self, event: Event) -> ServerSentEvent | None:
        """Return the alarms if this event changed them, or may have before this page listened."""
        before = self._told
        if not await self._concerns(event):
            return None
        told = await self.tell(shared=True)
        ended = isinstance(event.body, ENDS)
        return told if ended or self._told != before else None

    async def _concerns(self, event: Event) -> bool:
        if isinstance(event.body, ENDS):
            # A page may show an alarm from before it listened, so what we told is no measure.
            asked = self._looks or self._cards
            return await asked.urgency(event.call_id) is Urgency.CRISIS
        begins = isinstance(event.body, BEGINS) or urgency(event.body) is Urgency.CRISIS
        return begins or event.call_id in {alarm.card.call_id for alarm in self._alarms}

    async def tell(self, *, shared: bool = False) -> ServerSentEvent:
        """Return the alarms of now; `shared`: those that any page found since the last change."""
        if shared and self._looks is not None:
            self._alarms = await self._looks.alarms(self._language)
        else:
            self._alarms = await alarms(self._cards, self._language)
        self._told = self._written()
        # Without a number: it is told anew on each connection, never gone back to.
        return ServerSentEvent(self._told, event="alarm")

    def _written(self) -> str:
        return json.dumps(
            {
                "html": part("alarm.html", self._language, alarms=self._alarms),
                "calls": [alarm.card.call_id for alarm in self._alarms],
                "again": max((alarm.again for alarm in self._alarms), default=0),
            }
        )

    def due(self) -> float | None:
        """Return after how many seconds to tell again; None when all is quiet."""
        return min((alarm.due for alarm in self._alarms), default=None)


async def with_beats(
    source: AsyncIterator[T], due: Callable[[], float | None]
) -> AsyncGenerator[T | None, None]:
    """Yield what comes, and None whenever nothing came for as long as `due` says (seconds)."""
    coming: asyncio.Future[T] = asyncio.ensure_future(anext(source))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=due())
            if not done:
                yield None
                continue
            try:
                item = coming.result()
            except StopAsyncIteration:
                return
            yield item
            coming = asyncio.ensure_future(anext(source))
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
