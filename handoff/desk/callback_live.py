"""Live call backs: the list beside every card, told anew when it changes or a moment comes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from bot.events import Language
from handoff.accounts import Accounts, Session
from handoff.callbacks import Callbacks
from handoff.desk import live
from handoff.desk.stream import response
from handoff.desk.view import part, reader_language
from handoff.guard import Guard
from handoff.store.journal import DurableJournal

LOOK_S = 15.0
"""Seconds between two looks for what was written in another process."""
CALM_S = 0.2
"""Seconds between two looks at most often: events of calls come in bursts."""


def router(
    journal: DurableJournal,
    callbacks: Callbacks,
    accounts: Accounts,
    clock: Callable[[], datetime],
) -> APIRouter:
    """Build the route of the stream."""
    routes = APIRouter(prefix="/desk/callbacks", include_in_schema=False)
    guard = Guard(accounts)

    @routes.get("/live")
    async def told(request: Request) -> Response:
        session = await guard.session(request)
        if session is None:
            return Response(status_code=401)
        return stream(journal, callbacks, clock, session, reader_language(request))

    return routes


def stream(
    journal: DurableJournal,
    callbacks: Callbacks,
    clock: Callable[[], datetime],
    session: Session,
    language: Language,
) -> EventSourceResponse:
    """Tell who is to be called back, at once and whenever it changes; ends after a while."""

    async def tell() -> AsyncIterator[ServerSentEvent]:
        now = asyncio.get_running_loop().time
        until = now() + live.STREAM_SECONDS
        before = ""
        while now() < until:
            ring = journal.next_change()
            found = await callbacks.due(session.user.name, supervises=session.user.supervises)
            told = json.dumps(
                {
                    "html": part("_callbacks.html", language, callbacks=found),
                    "rings": [f"{one.call_id}-{one.of}" for one in found if one.rings],
                }
            )
            if told != before:
                yield ServerSentEvent(told, event="callbacks")
                before = told
            moment = await callbacks.next_moment()
            wait = LOOK_S if moment is None else (moment - clock()).total_seconds()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(CALM_S, min(LOOK_S, wait, until - now()))):
                    await ring.wait()
                    await asyncio.sleep(CALM_S)

    return response(tell())
