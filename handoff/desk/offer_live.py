"""Live offers: what one agent is asked to take, how they are there, and who waits, as told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sse_starlette import ServerSentEvent

from bot.events import Language
from handoff.accounts import Accounts
from handoff.desk import live, stream
from handoff.desk.at_desk import AtDesk
from handoff.desk.attendance import Attendance
from handoff.desk.view import reader_language
from handoff.glance import Glanced
from handoff.guard import Guard
from handoff.offers import Offered
from handoff.presence import Presence
from handoff.store.journal import DurableJournal
from handoff.why import why_me
from handoff.wording import wording

LOOK_S = 2.0
"""Seconds between two looks for what was written in another process."""
Asked = Callable[[str], list[tuple[str, str]]]
"""By whom a colleague is asked to come to a talk: call and agent."""
CALM_S = 0.05
"""Seconds between two looks at most often: events of calls come in bursts."""


def router(
    journal: DurableJournal,
    at_desk: AtDesk,
    attendance: Attendance,
    accounts: Accounts,
    asked: Asked,
) -> APIRouter:
    """Build the route of the stream."""
    routes = APIRouter(prefix="/desk/offer", include_in_schema=False)
    guard = Guard(accounts)

    @routes.get("/live")
    async def live_offer(request: Request) -> Response:
        session = await guard.session(request)
        if session is None:
            return Response(status_code=401)
        agent, language = session.user.name, reader_language(request)
        told = tell(journal, at_desk, agent, session.csrf, language, asked)
        return stream.response(attendance.while_open(agent, told))

    return routes


async def tell(
    journal: DurableJournal,
    at_desk: AtDesk,
    agent: str,
    csrf: str,
    language: Language,
    asked: Asked = lambda _agent: [],
) -> AsyncIterator[ServerSentEvent]:
    """Yield `offer`: the agent's offer (or null) and presence, and `queue`: who waits.

    Both at once and when they change. Moments are seconds since 1970 by the server's clock,
    which `now` tells.
    """
    now = asyncio.get_running_loop().time
    until = now() + live.STREAM_SECONDS
    known: Glanced | None = None
    offered: Offered | None = None
    told: dict[str, Any] = {"offer": None, "over": None}
    before: dict[str, Any] | None = None
    queue: dict[str, Any] | None = None
    asking: list[tuple[str, str]] = []
    while now() < until:
        ring = journal.next_change()
        seen = await at_desk.dispatcher.glance.at(agent)
        if known is None or seen != known:
            was = offered
            offered = await at_desk.dispatcher.offers.current(agent) if seen.offer else None
            there = seen.there or await at_desk.dispatcher.presences.of(agent)
            if offered != was:
                told["offer"] = await _offer(at_desk, offered, csrf, language)
                told["over"] = None if was is None else await at_desk.over(was, language)
            told["presence"] = await _presence(at_desk, there, language)
            known = seen
        if told != before:
            data = told | {"now": at_desk.clock().timestamp()}
            yield ServerSentEvent(json.dumps(data), event="offer")
            before = dict(told)
        line = await at_desk.line_up.told(language)
        if line != queue:
            data = line | {"now": at_desk.clock().timestamp()}
            yield ServerSentEvent(json.dumps(data), event="queue")
            queue = line
        if (asks := asked(agent)) != asking:
            asking = asks
            yield ServerSentEvent(json.dumps(_asked(at_desk, asks, language)), event="asked")
        with suppress(TimeoutError):
            async with asyncio.timeout(max(CALM_S, min(LOOK_S, until - now()))):
                await ring.wait()
                await asyncio.sleep(CALM_S)


async def _offer(
    at_desk: AtDesk, offered: Offered | None, csrf: str, language: Language
) -> dict[str, Any] | None:
    if offered is None:
        return None
    return {
        "call": offered.call_id,
        "until": offered.until.isoformat(),
        "why": why_me(offered.why, wording(language)),
        "on_the_line": offered.on_the_line,
        "html": await at_desk.offer_html(offered, csrf, language),
    }


def _asked(at_desk: AtDesk, asks: list[tuple[str, str]], language: Language) -> dict[str, Any]:
    words = wording(language)
    told = [
        {"call": call_id, "text": words.phrase("talk", "asked_by", who=by)} for call_id, by in asks
    ]
    return {"now": at_desk.clock().timestamp(), "asked": told}


async def _presence(at_desk: AtDesk, there: Presence, language: Language) -> dict[str, Any]:
    return {
        "state": there.state,
        "choice": there.choice,
        "since": there.since.isoformat(),
        "until": there.until and there.until.isoformat(),
        "call": there.call_id,
        "words": await at_desk.words(there, language),
    }
