"""Team page: what goes on now, told as it changes, and made once for all who look."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sse_starlette import ServerSentEvent

from bot.events import Language
from handoff.accounts import Accounts, Session
from handoff.cards import Cards
from handoff.desk import live, stream
from handoff.desk.alarms import alarms
from handoff.desk.line_up import LineUp
from handoff.desk.login import to_login
from handoff.desk.view import page, part, reader_language
from handoff.guard import Guard
from handoff.incidents import Incidents
from handoff.store.journal import DurableJournal
from handoff.team import Team

CALM_S = 1.0
"""Seconds between two looks at most often."""
LOOK_S = 3.0
"""Seconds between two looks when nothing seems to happen: time alone changes loads."""


class TeamBoard:
    """One look for all open pages, and one text a language."""

    def __init__(
        self,
        team: Team,
        line_up: LineUp,
        incidents: Incidents,
        cards: Cards,
    ) -> None:
        self.team = team
        self._line_up = line_up
        self._incidents = incidents
        self._cards = cards
        self._looking = asyncio.Lock()
        self._made: dict[Language, tuple[float, dict[str, str]]] = {}

    async def parts(self, language: Language) -> dict[str, str]:
        """Return the page's parts as HTML, by the id of where they stand."""
        async with self._looking:
            now = asyncio.get_running_loop().time()
            made = self._made.get(language)
            if made is None or now - made[0] >= CALM_S:
                made = self._made[language] = now, await self._make(language)
        return made[1]

    async def _make(self, language: Language) -> dict[str, str]:
        going = await self.team.going(language)
        line = await self._line_up.now()
        named = {call.card.call_id: call.card for call in going.calls}
        for turn in line.turns:
            if turn.call_id not in named:
                found = await self._cards.card(turn.call_id, language)
                if found is not None:
                    named[turn.call_id] = found
        shown: dict[str, Any] = {
            "going": going,
            "line": line,
            "named": named,
            "alarms": await alarms(self._cards, language),
            "incidents": await self._incidents.listed("open"),
            "zone": self._cards.zone,
        }
        names = ("alarms", "calls", "queue", "agents", "level")
        return {name: part(f"_team_{name}.html", language, **shown) for name in names}


def router(journal: DurableJournal, board: TeamBoard, accounts: Accounts) -> APIRouter:
    """Build the routes; agents are told that this page is for supervisors."""
    routes = APIRouter(prefix="/desk/team", include_in_schema=False)
    guard = Guard(accounts)

    @routes.get("")
    async def team(request: Request) -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return not_for(request, session)
        parts = await board.parts(reader_language(request))
        now = board.team.now().timestamp()
        return page(request, "team.html", session=session, parts=parts, now=now)

    @routes.get("/live")
    async def told(request: Request) -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return Response(status_code=401)
        return stream.response(tell(journal, board, reader_language(request)))

    return routes


def not_for(request: Request, session: Session | None) -> Response:
    """Answer who is not logged in, or is no supervisor."""
    if session is None:
        return to_login(request)
    return page(request, "team_closed.html", session=session, status=403)


async def tell(
    journal: DurableJournal, board: TeamBoard, language: Language
) -> AsyncIterator[ServerSentEvent]:
    """Yield the parts that changed, as they change."""
    now = asyncio.get_running_loop().time
    until = now() + live.STREAM_SECONDS
    known: dict[str, str] = {}
    while now() < until:
        ring = journal.next_change()
        parts = await board.parts(language)
        changed = {name: html for name, html in parts.items() if known.get(name) != html}
        if changed:
            at = board.team.now().timestamp()
            yield ServerSentEvent(json.dumps({"now": at, "parts": changed}), event="team")
            known = parts
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await ring.wait()
        await asyncio.sleep(CALM_S)
