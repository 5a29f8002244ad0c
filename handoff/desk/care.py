"""Care page: an agent's breaks, colleagues, debriefs, load and week; for that agent alone."""

from collections.abc import Awaitable
from datetime import datetime, tzinfo
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from bot.events import Language
from handoff.accounts import Accounts, Session
from handoff.care.breaks import Answer, NotOpen
from handoff.care.care import Care
from handoff.care.colleagues import NobodyThere
from handoff.care.debriefs import QUESTIONS, Missing, NothingWritten
from handoff.care.signals import Signal
from handoff.desk.login import local, to_login
from handoff.desk.view import page, part, reader_language, translator
from handoff.guard import Guard, same
from handoff.wording import wording

Text = Annotated[str, Form()]
SECONDS = "after_call_s"
"""The measure that is in seconds; the others are shares."""


def router(care: Care, accounts: Accounts, zone: tzinfo) -> APIRouter:
    """Build the routes; each answers about who is logged in, and about nobody else."""
    routes = APIRouter(prefix="/desk/care", include_in_schema=False)
    guard = Guard(accounts)

    @routes.get("")
    async def own(request: Request) -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        return await _own(request, session)

    @routes.get("/now")
    async def now(request: Request) -> Response:
        """What the desk shows of care: a break that is offered or had, and colleagues' lines."""
        session = await guard.session(request)
        if session is None:
            return Response(status_code=401)
        language = reader_language(request)
        html = part("_care_now.html", language, csrf=session.csrf, **await _now(session, language))
        return JSONResponse({"html": html}, headers={"Cache-Control": "no-store"})

    @routes.post("/break/{number}")
    async def answer_break(
        request: Request, number: int, answer: Text = "", csrf: Text = "", back: Text = ""
    ) -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        answers: tuple[Answer, ...] = ("take", "postpone", "decline")
        chosen: Answer = next((each for each in answers if each == answer), "decline")
        doing = care.breaks.answer(session.user.name, number, chosen)
        return await _answer(request, session, csrf, doing, back)

    @routes.post("/break-end")
    async def end_break(request: Request, csrf: Text = "", back: Text = "") -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        doing = care.breaks.end(session.user.name)
        return await _answer(request, session, csrf, doing, back)

    @routes.post("/tell")
    async def tell(
        request: Request, to: Text = "", note: Text = "", csrf: Text = "", back: Text = ""
    ) -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        doing = care.colleagues.tell(session.user.name, to, note)
        return await _answer(request, session, csrf, doing, back)

    @routes.post("/lines/{number}")
    async def put_away(request: Request, number: int, csrf: Text = "", back: Text = "") -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        doing = care.colleagues.put_away(session.user.name, number)
        return await _answer(request, session, csrf, doing, back)

    @routes.post("/debriefs")
    async def write(request: Request) -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        form = await request.form()
        answers = {name: str(form.get(name, "")) for name in QUESTIONS}
        doing = care.debriefs.write(session.user.name, answers)
        return await _answer(request, session, str(form.get("csrf", "")), doing, "", answers)

    @routes.post("/debriefs/{number}")
    async def change(request: Request, number: int, do: Text = "", csrf: Text = "") -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        name = session.user.name
        if do == "delete":
            doing = care.debriefs.delete(name, number)
        else:
            doing = care.debriefs.share(name, number, shared=do == "share")
        return await _answer(request, session, csrf, doing, "")

    async def _answer(
        request: Request,
        session: Session,
        csrf: str,
        doing: Awaitable[None],
        back: str,
        typed: dict[str, str] | None = None,
    ) -> Response:
        """Do what the agent asks and lead back; what was typed is shown again if it fails."""
        t = translator(reader_language(request))
        problem, status = None, 200
        if not same(csrf, session.csrf):
            _forget(doing)
            problem, status = t("stale"), 403
        else:
            try:
                await doing
            except NotOpen:
                problem, status = t("care", "not_open"), 409
            except NobodyThere:
                problem, status = t("care", "nobody_there"), 404
            except Missing:
                problem, status = t("care", "missing"), 404
            except NothingWritten:
                problem, status = t("care", "nothing_written"), 422
        if problem is None:
            return RedirectResponse(local(back or "/desk/care"), 303)
        return await _own(request, session, problem, status, typed)

    async def _now(session: Session, language: Language) -> dict[str, Any]:
        name = session.user.name
        told = await care.colleagues.told_by(name)
        return {
            "pause": await care.breaks.open(name),
            "lines": await care.colleagues.lines(name),
            "colleagues": await care.colleagues.choices(name),
            "told": [each.to for each in told],
            "at": writer(language, zone),
        }

    async def _own(
        request: Request,
        session: Session,
        problem: str | None = None,
        status: int = 200,
        typed: dict[str, str] | None = None,
    ) -> Response:
        name, language = session.user.name, reader_language(request)
        week = await care.weekly.of(name, reads=True) if care.weekly is not None else None
        return page(
            request,
            "care.html",
            session=session,
            status=status,
            problem=problem,
            typed=typed or {},
            questions=QUESTIONS,
            csrf=session.csrf,
            carried=await care.load.of(name),
            debriefs=await care.debriefs.own(name),
            weekly_on=care.weekly is not None,
            week=week,
            told_of=told_of(language),
            **await _now(session, language),
        )

    return routes


def _forget(doing: Awaitable[None]) -> None:
    close = getattr(doing, "close", None)
    if close is not None:
        close()


def writer(language: Language, zone: tzinfo) -> Any:
    """Return a function that writes a moment: its time, and its day as well if asked."""
    words = wording(language, zone)

    def write(moment: datetime, form: str = "clock") -> str:
        there = moment.astimezone(zone)
        if form == "clock":
            return there.strftime("%H:%M")
        return words.write("moment", moment.isoformat()) or ""

    return write


def told_of(language: Language) -> Any:
    """Return a function that writes the numbers of a signal: seconds, or per cent."""
    words = wording(language)

    def write(signal: Signal, name: str) -> str:
        value = getattr(signal, name)
        if value is None:
            return ""
        seconds = signal.measure == SECONDS
        return words.phrase(
            "care", "unit", "seconds" if seconds else "share", v=value * (1 if seconds else 100)
        )

    return write
