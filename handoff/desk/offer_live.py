"""Live offers: what one agent is asked to take, and how they are there, told as it changes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from bot.events import Language
from handoff.accounts import Accounts
from handoff.desk import live
from handoff.desk.attendance import Attendance
from handoff.desk.view import reader_language
from handoff.dispatch import Dispatcher
from handoff.glance import Glanced
from handoff.guard import Guard
from handoff.store.journal import DurableJournal
from handoff.why import why_me
from handoff.wording import wording

LOOK_S = 2.0
"""Seconds between two looks for what was written in another process."""
CALM_S = 0.05
"""Seconds between two looks at most often: events of calls come in bursts."""


def router(
    journal: DurableJournal, dispatcher: Dispatcher, attendance: Attendance, accounts: Accounts
) -> APIRouter:
    """Build the route of the stream."""
    routes = APIRouter(prefix="/desk/offer", include_in_schema=False)
    guard = Guard(accounts)

    @routes.get("/live")
    async def told(request: Request) -> Response:
        session = await guard.session(request)
        if session is None:
            return Response(status_code=401)
        agent, language = session.user.name, reader_language(request)
        stream = attendance.while_open(agent, tell(journal, dispatcher, agent, language))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return EventSourceResponse(stream, ping=15, headers=headers)

    return routes


async def tell(
    journal: DurableJournal, dispatcher: Dispatcher, agent: str, language: Language
) -> AsyncIterator[ServerSentEvent]:
    """Yield the agent's offer (or null) and presence, at once and when either changes."""
    now = asyncio.get_running_loop().time
    until = now() + live.STREAM_SECONDS
    before, known, offered = "", Glanced(None, None), None
    while now() < until:
        ring = journal.next_change()
        seen = await dispatcher.glance.at(agent)
        if seen != known:
            offered = await dispatcher.offers.current(agent) if seen.offer else None
            known = seen
        there = seen.there or await dispatcher.presences.of(agent)
        told = json.dumps(
            {
                "offer": offered
                and {
                    "call": offered.call_id,
                    "until": offered.until.isoformat(),
                    "why": why_me(offered.why, wording(language)),
                    "on_the_line": offered.on_the_line,
                },
                "presence": {
                    "state": there.state,
                    "choice": there.choice,
                    "since": there.since.isoformat(),
                    "until": there.until and there.until.isoformat(),
                    "call": there.call_id,
                },
            }
        )
        if told != before:
            yield ServerSentEvent(told, event="offer")
            before = told
        with suppress(TimeoutError):
            async with asyncio.timeout(max(CALM_S, min(LOOK_S, until - now()))):
                await ring.wait()
                await asyncio.sleep(CALM_S)
