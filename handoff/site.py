"""Site: puts the desk, the login and the API on an application."""

from collections.abc import Callable
from datetime import datetime, tzinfo

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response
from starlette.staticfiles import StaticFiles

from handoff import api, callbacks_api, card_api, incidents_api, offers_api
from handoff.accounts import Accounts
from handoff.callbacks import Callbacks
from handoff.deciding import Deciding
from handoff.desk import callback_live, login, offer_forms, offer_live, pages, talk
from handoff.desk import incidents as incident_pages
from handoff.desk.at_desk import AtDesk
from handoff.desk.attendance import Attendance
from handoff.desk.view import HERE, STUDIO
from handoff.dispatch import Dispatcher
from handoff.hints import Answers, NoAnswers
from handoff.incidents import Incidents
from handoff.jobs import NoTimers
from handoff.relay import Relays
from handoff.store.journal import DurableJournal
from handoff.studio import pages as studio_pages
from handoff.studio.entrance import Shut
from handoff.talking import Talking
from handoff.webhooks import CardWebhook


def mount(
    app: FastAPI,
    journal: DurableJournal,
    accounts: Accounts,
    clock: Callable[[], datetime],
    zone: tzinfo,
    notices: Callable[[], list[str]] = list,
    talking: Talking | None = None,
    callbacks: Callbacks | None = None,
    dispatcher: Dispatcher | None = None,
    answers: Answers | None = None,
    webhook: CardWebhook | None = None,
) -> None:
    """Add `/desk`, `/login`, `/logout` and `/api/calls`, `/api/cards`, `/api/incidents`.

    Args:
        app: The application.
        journal: The record of calls; started before the first request.
        accounts: Who may see it.
        clock: Tells the time.
        zone: Where times are meant, as cards write them.
        notices: Lines that agents see at the top: what is wrong with Kalm itself.
        talking: How agents talk with callers on the line; None where no calls come in.
        callbacks: The call backs that are to be made; None where nothing keeps their moments.
        dispatcher: Offers calls to agents; None where nobody offers them.
        answers: The owners' answers, of which agents get hints; None where there are none.
        webhook: Tells another system of cards; None where there is none.
    """
    app.mount("/desk/static", StaticFiles(directory=HERE / "static"), name="desk static")
    talking = talking or Talking(Relays(), journal, clock, zone)
    callbacks = callbacks or Callbacks(journal, clock, zone)
    dispatcher = dispatcher or Dispatcher.build(journal, NoTimers(), clock)
    attendance = Attendance(dispatcher.presences)
    answers = answers or NoAnswers()
    at_desk = AtDesk(journal, dispatcher, talking, accounts, clock, zone)
    # For all that renders pages: what base.html shows of who reads it.
    shown = [Depends(at_desk.look)]
    app.include_router(login.router(accounts), dependencies=shown)
    app.include_router(
        pages.router(
            journal,
            accounts,
            clock,
            zone,
            notices,
            talking,
            callbacks,
            attendance,
            answers=answers,
            webhook=webhook,
            line_up=at_desk.line_up,
        ),
        dependencies=shown,
    )
    app.include_router(offer_live.router(journal, at_desk, attendance, accounts))
    app.include_router(offer_forms.router(dispatcher, accounts), dependencies=shown)
    app.include_router(offers_api.router(dispatcher, accounts))
    app.include_router(callback_live.router(journal, callbacks, accounts, clock))
    app.include_router(talk.router(talking, accounts))
    app.include_router(api.router(journal, accounts, clock, zone))
    app.include_router(card_api.router(journal, accounts, clock, zone, answers))
    app.include_router(callbacks_api.router(callbacks, accounts))
    incidents = Incidents(journal, clock, zone)
    deciding = Deciding(journal, clock, zone)
    pages_of_incidents = incident_pages.router(journal, incidents, deciding, accounts, clock, zone)
    app.include_router(pages_of_incidents, dependencies=shown)
    app.include_router(incidents_api.router(incidents, deciding, accounts))
    _mount_studio(app)


def _mount_studio(app: FastAPI) -> None:
    """Add `/studio`, for owners."""

    async def shut(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Shut)  # noqa: S101 - registered for no other
        return error.response

    app.add_exception_handler(Shut, shut)
    app.mount("/studio/static", StaticFiles(directory=STUDIO / "static"), name="studio static")
    app.include_router(studio_pages.router())
