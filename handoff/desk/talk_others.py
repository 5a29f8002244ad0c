"""Talk with others: the requests by which a page hands a caller on, consults, or sits in."""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse, Response

from handoff.accounts import Accounts, User
from handoff.agents import Agents
from handoff.desk.talk import Asking, NotAllowed, Offer
from handoff.desk.view import reader_language
from handoff.guard import Guard
from handoff.presence import Presences, PresenceState
from handoff.sitting_in import How, SittingIn, Watching
from handoff.talking import Talking
from handoff.wording import wording

NOTE_LENGTH = 200
"""One line."""
Name = Annotated[str | None, Body(embed=True, max_length=60)]
Note = Annotated[str, Body(embed=True, max_length=NOTE_LENGTH)]
Warm = Annotated[bool, Body(embed=True)]
SitIn = Annotated[How, Body(embed=True)]
Speak = Annotated[Watching, Body(embed=True)]
_ORDER: tuple[PresenceState, ...] = ("available", "wrap_up", "busy", "break")
"""Colleagues who are there, those who may come soonest first; who is away is not named."""


def router(
    talking: Talking,
    sitting: SittingIn,
    agents: Agents,
    presences: Presences,
    accounts: Accounts,
) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix="/desk/calls/{call_id}/talk", include_in_schema=False)
    ask, guard = Asking(accounts).ask, Guard(accounts)

    @routes.get("/colleagues")
    async def colleagues(request: Request, call_id: str) -> Response:
        """Name who can be asked, and what skills there are."""
        session = await guard.session(request)
        if session is None:
            return Response(status_code=401)
        words = wording(reader_language(request))
        there = [p for p in await presences.all() if p.agent != session.user.name]
        there = [p for p in there if p.state in _ORDER]
        there.sort(key=lambda p: (_ORDER.index(p.state), p.agent.casefold()))
        profiles = await agents.all()
        skills = sorted({skill for each in profiles.values() for skill in each.skills})
        named = [
            {"name": p.agent, "words": words.phrase("team", "presence", p.state)} for p in there
        ]
        return JSONResponse({"colleagues": named, "skills": skills})

    @routes.post("/hand-on")
    async def hand_on(
        request: Request,
        call_id: str,
        to: Name = None,
        skill: Name = None,
        note: Note = "",
        warm: Warm = True,
    ) -> Response:
        return await ask(
            request,
            lambda user: talking.hand_on(
                call_id,
                user.name,
                to=to or None,
                skill=skill or None,
                note=" ".join(note.split()),
                warm=warm,
            ),
        )

    @routes.post("/take-back")
    async def take_back(request: Request, call_id: str) -> Response:
        return await ask(request, lambda user: talking.take_back(call_id, user.name))

    @routes.post("/leave")
    async def leave(request: Request, call_id: str) -> Response:
        return await ask(request, lambda user: talking.leave(call_id, user.name))

    @routes.post("/ask")
    async def ask_colleague(request: Request, call_id: str, to: Name = None) -> Response:
        return await ask(request, lambda user: sitting.ask(call_id, user.name, to or user.name))

    @routes.post("/refuse")
    async def refuse(request: Request, call_id: str) -> Response:
        return await ask(request, lambda user: sitting.refuse(call_id, user.name))

    @routes.post("/all")
    async def all_three(request: Request, call_id: str) -> Response:
        return await ask(request, lambda user: sitting.all_three(call_id, user.name))

    @routes.post("/back")
    async def back(request: Request, call_id: str) -> Response:
        return await ask(request, lambda user: sitting.back(call_id, user.name))

    @routes.post("/give")
    async def give(request: Request, call_id: str, note: Note = "") -> Response:
        return await ask(request, lambda user: sitting.give(call_id, user.name, note))

    @routes.post("/sit-in")
    async def sit_in(request: Request, call_id: str, sdp: Offer, how: SitIn) -> Response:
        async def join(user: User) -> Response:
            if how != "consult":
                _only_supervisors(user)
            answer = await sitting.sit_in(call_id, user.name, how, sdp)
            return JSONResponse({"type": "answer", "sdp": answer})

        return await ask(request, join)

    @routes.post("/speak")
    async def speak(request: Request, call_id: str, how: Speak) -> Response:
        async def change(user: User) -> None:
            _only_supervisors(user)
            await sitting.speak(call_id, user.name, how)

        return await ask(request, change)

    @routes.post("/take-over")
    async def take_over(request: Request, call_id: str) -> Response:
        async def take(user: User) -> None:
            _only_supervisors(user)
            await sitting.take_over(call_id, user.name)

        return await ask(request, take)

    return routes


def _only_supervisors(user: User) -> None:
    if not user.supervises:
        raise NotAllowed(user.name)
