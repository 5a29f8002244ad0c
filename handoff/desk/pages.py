"""Pages: the desk, where agents read and take cards."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from bot.journal import JournalFull
from handoff.accounts import Accounts, Session
from handoff.callbacks import Callbacks
from handoff.cards import Cards, NotPossible, Taken
from handoff.desk import live, stream, talk
from handoff.desk.alarms import alarms
from handoff.desk.attendance import Attendance
from handoff.desk.line_up import Line, LineUp
from handoff.desk.login import to_login
from handoff.desk.rows import Rows
from handoff.desk.view import page, reader_language, translator
from handoff.desk.wrapup_form import FormWrong, WrapUpForm
from handoff.fitting import NotForYou
from handoff.guard import Guard, same
from handoff.hints import Answers
from handoff.store.journal import CallUnknown, DurableJournal
from handoff.talking import Talking
from handoff.webhooks import CardPost, CardWebhook

Text = Annotated[str, Form()]


@dataclass(frozen=True)
class Refusal:
    """Why something was not done, with what was typed."""

    status: int
    text: str | None
    form: WrapUpForm | None = None


NO_REFUSAL = Refusal(200, None)


def router(
    journal: DurableJournal,
    accounts: Accounts,
    clock: Callable[[], datetime],
    zone: tzinfo,
    notices: Callable[[], list[str]],
    talking: Talking,
    callbacks: Callbacks,
    attendance: Attendance | None = None,
    *,
    answers: Answers,
    webhook: CardWebhook | None,
    line_up: LineUp | None = None,
) -> APIRouter:
    """Build the routes.

    `notices` are lines that agents see at the top, `line_up` knows the order of who waits.
    """
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    guard = Guard(accounts)
    cards = Cards(journal, clock, zone, answers=answers)
    made = Rows(cards, journal.next_change)

    @routes.get("")
    async def desk(request: Request, show: str = "") -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        return await _desk(request, session, closed_only=show == "closed")

    @routes.get("/live")
    async def live_rows(request: Request, after: int = 0) -> Response:
        session = await guard.session(request)
        if session is None:
            return Response(status_code=401)
        told = live.rows(journal, cards, made, _resume(request, after), reader_language(request))
        if attendance is not None:
            told = attendance.while_open(session.user.name, told)
        return stream.response(told)

    @routes.get("/calls/{call_id}")
    async def call(request: Request, call_id: str) -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        return await _desk(request, session, call_id)

    @routes.get("/calls/{call_id}/live")
    async def live_call(request: Request, call_id: str, after: int = 0) -> Response:
        session = await guard.session(request)
        if session is None:
            return Response(status_code=401)
        return live.one_card(
            journal,
            cards,
            call_id,
            _resume(request, after),
            reader_language(request),
            session,
            talking,
        )

    @routes.post("/calls/{call_id}/accept")
    async def accept(request: Request, call_id: str, csrf: Text = "") -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        refusal = _check(request, session, csrf)
        if refusal is None:
            name, any_call = session.user.name, session.user.supervises
            refusal = await _try(cards.accept(call_id, name, any_call=any_call), request)
        if refusal is not None:
            return await _desk(request, session, call_id, refusal=refusal)
        return RedirectResponse(f"/desk/calls/{quote(call_id, safe='')}", 303)

    @routes.post("/calls/{call_id}/close")
    async def close(request: Request, call_id: str) -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        sent = await request.form()
        form = WrapUpForm.of_request(sent)
        refusal = _check(request, session, str(sent.get("csrf", "")))
        if refusal is None:
            refusal = await _try(_close(call_id, session, form), request)
        if refusal is not None:
            # What was typed is shown again: it must not be lost.
            return await _desk(request, session, call_id, refusal=replace(refusal, form=form))
        return RedirectResponse("/desk", 303)

    async def _close(call_id: str, session: Session, form: WrapUpForm) -> None:
        name, any_card = session.user.name, session.user.supervises
        wrapped = form.wrap_up(name, callbacks, zone)
        await cards.close(call_id, name, wrapped, any_card=any_card)

    async def _desk(
        request: Request,
        session: Session,
        call_id: str | None = None,
        *,
        closed_only: bool = False,
        refusal: Refusal = NO_REFUSAL,
    ) -> Response:
        language = reader_language(request)
        # Taken before the lists, so that what changes meanwhile is told again, not missed.
        position = await journal.last_position()
        found = await cards.reading(call_id, language) if call_id is not None else None
        if call_id is not None and found is None:
            return page(request, "missing.html", session=session, status=404)
        line = await line_up.now() if line_up is not None and not closed_only else Line()
        waits = [] if closed_only else await cards.in_state("waiting", language=language)
        card, lines = (found.card, found.lines) if found is not None else (None, [])
        return page(
            request,
            "desk.html",
            session=session,
            status=refusal.status,
            notices=notices(),
            position=position,
            closed_only=closed_only,
            alarms=await alarms(cards, language),
            # Who is in nobody's line any more comes last.
            waiting=sorted(waits, key=lambda row: line.order.get(row.call_id, len(line.order))),
            turns=line.by_call,
            now=clock(),
            accepted=[] if closed_only else await cards.in_state("accepted", language=language),
            closed=await cards.in_state("closed", language=language) if closed_only else [],
            card=card,
            lines=lines,
            hints=found.hints if found is not None else (),
            had=found is not None and session.user.name in found.had,
            posts=await _posts(session, call_id),
            seqs={line.seq for line in lines},
            csrf=session.csrf,
            callbacks=await callbacks.due(session.user.name, supervises=session.user.supervises),
            may_close=card is not None and live.may_close(card, session),
            talk=talk.view(talking, card, session, language) if card is not None else None,
            problem=refusal.text,
            form=refusal.form or (WrapUpForm.of_draft(found.draft, zone) if found else None),
        )

    async def _posts(session: Session, call_id: str | None) -> list[CardPost]:
        """Return what the company's other system did not take, for supervisors."""
        if webhook is None or call_id is None or not session.user.supervises:
            return []
        return [post for post in await webhook.posts(call_id) if post.error]

    return routes


def _check(request: Request, session: Session, csrf: str) -> Refusal | None:
    if same(csrf, session.csrf):
        return None
    return Refusal(403, translator(reader_language(request))("stale"))


async def _try(doing: Awaitable[None], request: Request) -> Refusal | None:
    """Wait for what an agent asks, and say it in words when it can't be done."""
    t = translator(reader_language(request))
    try:
        await doing
    except FormWrong as error:
        return Refusal(400, t(str(error)))
    except Taken as error:
        return Refusal(409, t("too_late", agent=error.agent))
    except NotForYou as error:
        return Refusal(403, t("offers", "refused", error.why))
    except NotPossible:
        return Refusal(409, t("changed_meanwhile"))
    except CallUnknown:
        return Refusal(404, t("not_found"))
    except JournalFull:
        return Refusal(503, t("not_stored"))
    return None


def _resume(request: Request, after: int) -> int:
    """Return after which number to go on: what the browser got last, if it was here before."""
    last = request.headers.get("last-event-id", "")
    return int(last) if last.isascii() and last.isdigit() else after
