"""Rows: what lists show of a card, made once for all pages that are open."""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.events import Language
from handoff.cards import Cards
from handoff.desk.alarms import AlarmLooks
from handoff.desk.view import row_html

MANY = 500
"""Rows that are kept; older ones are made anew."""

Row = tuple[int, dict[str, Any]]
"""Number of the last event that it shows, and what the page is told."""


class Rows:
    """The rows of all calls, as they stand after an event."""

    def __init__(self, cards: Cards, ring: Callable[[], asyncio.Event]) -> None:
        """Take the cards, and what returns the event that the next change sets."""
        self._cards = cards
        self.alarms = AlarmLooks(cards, ring)
        self._made: dict[tuple[str, int, Language], asyncio.Task[Row | None]] = {}

    async def after(self, call_id: str, seq: int, language: Language) -> Row | None:
        """Return the row of a call as of this event or later; None when there is no such call."""
        key = (call_id, seq, language)
        making = self._made.get(key)
        if making is None or (making.done() and (making.cancelled() or making.exception())):
            while len(self._made) >= MANY:
                self._made.pop(next(iter(self._made)))
            making = self._made[key] = asyncio.create_task(self._make(call_id, language))
        # A page that is closed meanwhile takes the row from nobody else.
        return await asyncio.shield(making)

    async def _make(self, call_id: str, language: Language) -> Row | None:
        card = await self._cards.card(call_id, language)
        if card is None:
            return None
        told = {
            "call": card.call_id,
            "state": card.state,
            "agent": card.agent.text if card.agent else None,
            "html": row_html(card, language),
        }
        return card.last_seq, told
