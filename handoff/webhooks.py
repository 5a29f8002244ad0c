"""Webhooks: a company's own system is told of every card that is requested, accepted or closed.

Signed as the Standard Webhooks specification says (standardwebhooks.com): HMAC-SHA256 over id,
timestamp and body. What is to be told lies in a table, and when to try again with the durable
timers: an event is told once it is stored, though Kalm is killed in between. The events of one
call come in order; the id of a message is the same at every try, so that a receiver that heard it
already can tell.
"""

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

import httpx
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from standardwebhooks import Webhook

from bot.events import (
    Body,
    CallbackPromised,
    Event,
    HandoffRequested,
    Language,
    OfferAccepted,
    WrappedUp,
)
from handoff.card import card
from handoff.earlier import earlier_calls
from handoff.jobs import Payload, Timers
from handoff.notes import notes
from handoff.store.journal import DurableJournal
from handoff.store.tables import card_posts, events

_log = logging.getLogger(__name__)

KIND = "card_webhook"
"""Of the timer."""
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 3600.0
"""Between tries: doubled each time, up to an hour."""
TRIES = 82
"""About three days."""
LOOK_BACK = timedelta(days=3)
"""How old an event may be that is taken up when Kalm starts."""
PATIENCE_S = 10.0
"""For an answer."""
SHORTEST_KEY = 24
"""Bytes, as the specification asks."""
MUST_BE = "it must be base64 of 24 bytes or more, as `openssl rand -base64 32` makes"
GONE = 410
"""The receiver wants to hear nothing more of this."""

What = Literal["requested", "accepted", "closed"]
Send = Callable[[bytes, dict[str, str]], Awaitable[int]]
"""Posts a body with headers, returns the status; raises httpx.HTTPError."""


class SecretWrong(ValueError):
    """The secret can't be used; the text says what it must be like."""


@dataclass(frozen=True)
class CardPost:
    """An event of which the other system is, or was to be, told."""

    what: What
    state: Literal["waiting", "sent", "refused", "gave_up"]
    tries: int
    error: str
    """Of the latest try: a status, or the name of a fault."""


class CardWebhook:
    """Posts cards as JSON.

    Args:
        journal: Where the events appear.
        timers: Ring when it is time to try again; `on` is called here, before they start.
        secret: "whsec_" and 24 to 64 bytes in base64, or the base64 alone.
        send: How a body goes out; see `posting`.
        clock: Tells the time.
        zone: Where times are meant.
        language: Of the cards.

    Raises:
        SecretWrong: The secret is not base64, or too short.
    """

    def __init__(
        self,
        journal: DurableJournal,
        timers: Timers,
        *,
        secret: str,
        send: Send,
        clock: Callable[[], datetime],
        zone: tzinfo,
        language: Language,
    ) -> None:
        self._signer = Webhook(_key(secret))
        self._journal = journal
        self._timers = timers
        self._send = send
        self._clock = clock
        self._zone = zone
        self._language: Language = language
        self._one_at_a_time = asyncio.Lock()
        self._trouble: str | None = None
        timers.on(KIND, self.ring)

    async def follow(self, after: int | None = None) -> None:
        """Take up what was left, and tell what happens after a position; runs until cancelled.

        Args:
            after: Where to begin; now, if not given.
        """
        after = await self._journal.last_position() if after is None else after
        await self._take_up()
        async for placed in self._journal.feed(after):
            await self._keep(placed.event)

    def notices(self) -> list[str]:
        """Return what an operator should know."""
        return [self._trouble] if self._trouble else []

    async def ring(self, payload: Payload) -> None:
        """Try to tell of one event; never raises for the other system's sake."""
        call_id, of = str(payload["call_id"]), int(payload["of"])
        async with self._one_at_a_time:
            post = await self._post(call_id, of)
            if post is None or await self._waits_behind(call_id, of):
                return  # whatever it waits for takes it up
            if post.state == "waiting" and not await self._try(call_id, of, post):
                return
            await self._next(call_id, of)

    async def posts(self, call_id: str) -> list[CardPost]:
        """Return what was told of a call, or is still to be, oldest first."""
        query = select(card_posts).where(card_posts.c.call_id == call_id).order_by(card_posts.c.of)
        async with self._journal.database.engine.connect() as connection:
            return [
                CardPost(row.what, row.state, row.tries, row.error)
                for row in await connection.execute(query)
            ]

    async def _try(self, call_id: str, of: int, post: CardPost) -> bool:
        """Post once; return whether that was the end of it."""
        body = await self._body(call_id, of, post.what)
        now = self._clock()
        message = f"{call_id}-{of}"
        headers = {
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message, now.astimezone(UTC), body),
        }
        error, gone = "", False
        try:
            status = await self._send(body.encode(), headers)
            gone = status == GONE
            error = "" if 200 <= status < 300 else f"status {status}"
        except httpx.HTTPError as fault:
            error = type(fault).__name__
        tries = post.tries + 1
        state = "sent" if not error else "refused" if gone else "waiting"
        if state == "waiting" and tries >= TRIES:
            state = "gave_up"
        if error:
            # Nothing of the card: what callers said does not belong in a log.
            _log.warning("the webhook did not take %s of call %s: %s", post.what, call_id, error)
        await self._note(call_id, of, state=state, tries=tries, error=error)
        self._trouble = f"The card webhook does not answer: {error}." if error else None
        if state == "waiting":
            when = now + timedelta(seconds=wait_s(tries))
            await self._timers.at(KIND, f"{message}-{tries}", when, {"call_id": call_id, "of": of})
            return False
        return True

    async def _body(self, call_id: str, of: int, what: What) -> str:
        """Return the card as it was at the event: the same at every try."""
        told = [event for event in await self._journal.read(call_id) if event.seq <= of]
        at = told[-1].at.astimezone(self._zone)
        made = card(told, self._language, at, await earlier_calls(self._journal, call_id, told))
        message = {
            "type": f"card.{what}",
            "timestamp": at.isoformat(),
            "data": made.model_dump(mode="json"),
        }
        return json.dumps(message, ensure_ascii=False)

    async def _keep(self, event: Event) -> None:
        """Put down that an event is to be told; what is down already stays as it is."""
        what = await self._what(event)
        if what is None:
            return
        database = self._journal.database
        insert = insert_sqlite if database.is_sqlite else insert_postgres
        row = insert(card_posts).values(
            call_id=event.call_id,
            of=event.seq,
            what=what,
            state="waiting",
            tries=0,
            made=event.at,
            error="",
        )
        async with database.writing.begin() as connection:
            await connection.execute(row.on_conflict_do_nothing())
        payload: Payload = {"call_id": event.call_id, "of": event.seq}
        await self._timers.at(KIND, f"{event.call_id}-{event.seq}-0", self._clock(), payload)

    async def _what(self, event: Event) -> What | None:
        body: Body = event.body
        match body:
            case HandoffRequested():
                return "requested"
            case CallbackPromised():
                told = await self._journal.read(event.call_id)
                waiting = notes([e for e in told if e.seq <= event.seq]).waiting
                return "requested" if waiting and waiting.seq == event.seq else None
            case OfferAccepted():
                return "accepted"
            case WrappedUp():
                return "closed"
            case _:
                return None

    async def _take_up(self) -> None:
        """Go on with what was left; where there was no webhook before, nothing is told of then."""
        kinds = ("HandoffRequested", "CallbackPromised", "OfferAccepted", "WrappedUp")
        since = self._clock() - LOOK_BACK
        async with self._journal.database.engine.connect() as connection:
            first = (await connection.execute(select(func.min(card_posts.c.made)))).scalar()
            if first is None:
                return
            query = select(events.c.call_id, events.c.seq).where(
                events.c.kind.in_(kinds), events.c.at >= max(first, since)
            )
            found = list(await connection.execute(query.order_by(events.c.position)))
        for row in found:
            for event in await self._journal.read(row.call_id, row.seq - 1):
                if event.seq == row.seq:
                    await self._keep(event)

    async def _waits_behind(self, call_id: str, of: int) -> bool:
        earlier = (card_posts.c.of < of) & (card_posts.c.state == "waiting")
        return await self._first(call_id, earlier) is not None

    async def _next(self, call_id: str, of: int) -> None:
        behind = (card_posts.c.of > of) & (card_posts.c.state == "waiting")
        found = await self._first(call_id, behind)
        if found is not None:
            payload: Payload = {"call_id": call_id, "of": found}
            await self._timers.at(KIND, f"{call_id}-{found}-after-{of}", self._clock(), payload)

    async def _first(self, call_id: str, which: ColumnElement[bool]) -> int | None:
        query = select(card_posts.c.of).where(card_posts.c.call_id == call_id, which)
        async with self._journal.database.engine.connect() as connection:
            found = (await connection.execute(query.order_by(card_posts.c.of).limit(1))).scalar()
        return None if found is None else int(found)

    async def _post(self, call_id: str, of: int) -> CardPost | None:
        where = (card_posts.c.call_id == call_id) & (card_posts.c.of == of)
        async with self._journal.database.engine.connect() as connection:
            row = (await connection.execute(select(card_posts).where(where))).one_or_none()
        return None if row is None else CardPost(row.what, row.state, row.tries, row.error)

    async def _note(self, call_id: str, of: int, **values: object) -> None:
        where = (card_posts.c.call_id == call_id) & (card_posts.c.of == of)
        change = update(card_posts).where(where).values(tried=self._clock(), **values)
        async with self._journal.database.writing.begin() as connection:
            await connection.execute(change)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.strip().removeprefix("whsec_"), validate=True)
    except ValueError as error:  # binascii.Error is one
        raise SecretWrong(MUST_BE) from error
    if len(key) < SHORTEST_KEY:
        raise SecretWrong(MUST_BE)
    return key


def wait_s(tries: int) -> float:
    """Return the seconds to wait after so many tries."""
    return float(min(FIRST_WAIT_S * 2 ** (tries - 1), LONGEST_WAIT_S))


def posting(client: httpx.AsyncClient, url: str) -> Send:
    """Return what posts to a URL; a redirect is a failure, for it may lead anywhere."""

    async def send(body: bytes, headers: dict[str, str]) -> int:
        answer = await client.post(
            url, content=body, headers=headers, timeout=PATIENCE_S, follow_redirects=False
        )
        return answer.status_code

    return send
