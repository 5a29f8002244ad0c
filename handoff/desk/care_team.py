"""Care for the team: what supervisors see of it, and the steps after a threat that they tick."""

from datetime import tzinfo
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from handoff.accounts import Accounts, Session
from handoff.care.care import Care
from handoff.care.debriefs import QUESTIONS
from handoff.care.protocol import NotThere, WhyMissing
from handoff.desk.care import told_of, writer
from handoff.desk.login import local, to_login
from handoff.desk.view import page, reader_language, translator
from handoff.guard import Guard, same

Text = Annotated[str, Form()]
TEAM = "/desk/care/team"


def router(care: Care, accounts: Accounts, zone: tzinfo) -> APIRouter:
    """Build the routes; agents are told that these pages are for supervisors."""
    routes = APIRouter(prefix=TEAM, include_in_schema=False)
    guard = Guard(accounts)

    @routes.get("")
    async def team(request: Request) -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return _not_for(request, session)
        return await _team(request, session)

    @routes.post("/steps/{incident}")
    async def tick(
        request: Request,
        incident: int,
        item: Text = "",
        agent: Text = "",
        do: Text = "done",
        why: Text = "",
        csrf: Text = "",
        back: Text = TEAM,
    ) -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return _not_for(request, session)
        t = translator(reader_language(request))
        if not same(csrf, session.csrf):
            return await _team(request, session, t("stale"), 403)
        try:
            reason = why if do == "leave" else None
            await care.protocol.tick(incident, agent, item, by=session.user.name, why=reason)
        except NotThere:
            return await _team(request, session, t("care", "step_gone"), 409)
        except WhyMissing:
            return await _team(request, session, t("care", "step_why"), 422)
        return RedirectResponse(local(back), 303)

    async def _team(
        request: Request, session: Session, problem: str | None = None, status: int = 200
    ) -> Response:
        language = reader_language(request)
        ripe = await care.weekly.for_supervisors() if care.weekly is not None else []
        return page(
            request,
            "care_team.html",
            session=session,
            status=status,
            problem=problem,
            csrf=session.csrf,
            steps=await care.protocol.open(),
            carried=await care.load.all(),
            shared=await care.debriefs.shared(),
            questions=QUESTIONS,
            weekly_on=care.weekly is not None,
            weeks=[week for week in ripe if any(s.tells for s in week.signals)],
            told_of=told_of(language),
            at=writer(language, zone),
            at_day=partial(writer(language, zone), form="moment"),
        )

    return routes


def _not_for(request: Request, session: Session | None) -> Response:
    if session is None:
        return to_login(request)
    return page(request, "incidents_closed.html", session=session, status=403)
