"""Live: what a page is told while it is open, as server-sent events.

Each event carries a number, so that a browser that lost the connection goes on
where it was (Last-Event-ID). A stream ends by itself after a while: the browser
comes back at once, and who has logged out meanwhile is not let in again.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TypeVar

from sse_starlette import EventSourceResponse, ServerSentEvent

from bot.events import (
    CallbackPromised,
    CallEnded,
    CallerIdentified,
    CallerVerified,
    HandoffRequested,
    Language,
    MoodChanged,
    OfferAccepted,
    Returned,
    Understood,
    WrappedUp,
)
from handoff.accounts import Session
from handoff.cards import Cards
from handoff.desk.alarms import AlarmTeller, with_beats
from handoff.desk.rows import Rows
from handoff.desk.stream import response
from handoff.desk.talk import may_talk
from handoff.desk.view import DISPOSITIONS, card_html, line_html, part
from handoff.desk.wrapup_form import WrapUpForm
from handoff.parts import Card
from handoff.store.journal import DurableJournal
from handoff.talking import Talking
from handoff.urgency import urgency

STREAM_SECONDS = 300.0
"""How long one stream lasts at most."""
FAR_BEHIND = 5000
"""Events that a page may have missed; beyond that it is told to load anew."""
ARRIVES = (HandoffRequested, CallbackPromised, OfferAccepted, Returned, WrappedUp)
CHANGES_ROW = (*ARRIVES, CallEnded, CallerIdentified, CallerVerified, Understood, MoodChanged)

T = TypeVar("T")


def may_close(card: Card, session: Session) -> bool:
    """Tell whether this user may close this card."""
    mine = card.agent is not None and card.agent.text == session.user.name
    return mine or session.user.supervises


async def rows(
    journal: DurableJournal, cards: Cards, made: Rows, after: int, language: Language
) -> AsyncIterator[ServerSentEvent]:
    """Tell of cards that come to the desk or change there, from a position on."""
    last = await journal.last_position()
    if last - after > FAR_BEHIND:
        yield ServerSentEvent("{}", event="reload", id=str(last))
        return
    alarms = AlarmTeller(cards, language, made.alarms)
    if (alarm := await alarms.begin()) is not None:
        yield alarm
    shown = {s.call_id for s in await journal.summaries("waiting", "accepted")}
    told_until: dict[str, int] = {}
    async for placed in with_beats(_for_a_while(journal.feed(after)), alarms.due):
        if placed is None:
            yield await alarms.tell()
            continue
        event = placed.event
        if (alarm := await alarms.after(event)) is not None:
            yield alarm
        if isinstance(event.body, ARRIVES):
            shown.add(event.call_id)
        changes = isinstance(event.body, CHANGES_ROW) or urgency(event.body)
        if event.call_id not in shown or not changes:
            continue
        if event.seq <= told_until.get(event.call_id, 0):
            continue  # what happened at once was told at once
        row = await made.after(event.call_id, event.seq, language)
        if row is not None:
            told_until[event.call_id], told = row
            yield ServerSentEvent(json.dumps(told), event="row", id=str(placed.position))


def one_card(
    journal: DurableJournal,
    cards: Cards,
    call_id: str,
    after: int,
    language: Language,
    session: Session,
    talking: Talking,
) -> EventSourceResponse:
    """Tell how one call goes on, from an event on: its lines and its card."""

    async def stream() -> AsyncIterator[ServerSentEvent]:
        told_until = after
        async for event in _for_a_while(journal.follow(call_id, after)):
            if event.seq <= told_until:
                continue  # what happened at once was told at once
            reading = await cards.reading(call_id, language, told_until)
            if reading is None:
                return
            card, lines = reading.card, reading.lines
            told_until = card.last_seq
            told = {
                "state": card.state,
                "agent": card.agent.text if card.agent else "",
                "talk": may_talk(talking, card, session),
                "card": card_html(card, lines, language),
                "actions": part(
                    "actions.html",
                    language,
                    card=card,
                    csrf=session.csrf,
                    may_close=may_close(card, session),
                    dispositions=DISPOSITIONS,
                    problem=None,
                    form=WrapUpForm.of_draft(reading.draft, cards.zone),
                ),
                "hints": part("_hints.html", language, hints=reading.hints),
                "draft": reading.draft.model_dump(mode="json") if card.ended else None,
                "lines": [
                    line_html(line, language) for line in lines if line.seq in reading.changed
                ],
            }
            yield ServerSentEvent(json.dumps(told), event="call", id=str(told_until))

    return response(stream())


async def _for_a_while(source: AsyncIterator[T]) -> AsyncIterator[T]:
    until = asyncio.get_running_loop().time() + STREAM_SECONDS
    while True:
        try:
            async with asyncio.timeout_at(until):
                item = await anext(source)
        except (TimeoutError, StopAsyncIteration):
            return
        yield item
