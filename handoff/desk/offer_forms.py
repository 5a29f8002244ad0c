"""Offer forms: how a page without scripts says no to an offer, and how its reader is there."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import TypeAdapter, ValidationError

from bot.journal import JournalFull
from handoff.accounts import Accounts
from handoff.desk.login import local, to_login
from handoff.desk.view import BREAKS, page, reader_language, translator
from handoff.dispatch import Dispatcher
from handoff.guard import Guard, same
from handoff.offers import DeclineReason, NotOffered
from handoff.presence import Choice
from handoff.store.journal import CallUnknown

Text = Annotated[str, Form()]
_choice: TypeAdapter[Choice] = TypeAdapter(Choice)
_reason: TypeAdapter[DeclineReason] = TypeAdapter(DeclineReason)


def router(dispatcher: Dispatcher, accounts: Accounts) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    guard = Guard(accounts)

    @routes.post("/presence")
    async def choose(
        request: Request,
        csrf: Text = "",
        choice: Text = "",
        break_minutes: Text = "",
        back: Text = "/desk",
    ) -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        t = translator(reader_language(request))
        if not same(csrf, session.csrf):
            return page(request, "told.html", session=session, told=t("stale"), status=403)
        minutes = int(break_minutes) if break_minutes in map(str, BREAKS) else None
        try:
            wanted = _choice.validate_python(choice)
        except ValidationError:
            return page(
                request, "told.html", session=session, told=t("changed_meanwhile"), status=400
            )
        await dispatcher.presences.choose(session.user.name, wanted, break_minutes=minutes)
        return RedirectResponse(local(back), 303)

    @routes.post("/calls/{call_id}/decline")
    async def decline(
        request: Request, call_id: str, csrf: Text = "", reason: Text = "other"
    ) -> Response:
        session = await guard.session(request)
        if session is None:
            return to_login(request)
        t = translator(reader_language(request))
        told, status = t("stale"), 403
        if same(csrf, session.csrf):
            try:
                why = _reason.validate_python(reason)
                await dispatcher.offers.decline(call_id, session.user.name, why)
                return RedirectResponse("/desk", 303)
            except (ValidationError, CallUnknown):
                told, status = t("not_found"), 404
            except NotOffered as error:
                over = error.agent is None or error.agent == session.user.name
                told = t("offers", "over") if over else t("too_late", agent=error.agent)
                status = 409
            except JournalFull:
                told, status = t("not_stored"), 503
        return page(request, "told.html", session=session, told=told, status=status)

    return routes
