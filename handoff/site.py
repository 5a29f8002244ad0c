"""Site: puts the desk, the login and the API on an application."""

from collections.abc import Callable
from datetime import datetime, tzinfo

from fastapi import Depends, FastAPI, Request, params
from fastapi.responses import Response
from starlette.staticfiles import StaticFiles

from handoff import api, callbacks_api, card_api, incidents_api, offers_api, reporting_api
from handoff.accounts import Accounts
from handoff.callbacks import Callbacks
from handoff.cards import Cards
from handoff.care.care import Care
from handoff.deciding import Deciding
from handoff.desk import (
    callback_live,
    care_team,
    forecast,
    login,
    offer_forms,
    offer_live,
    pages,
    talk,
    talk_others,
    team,
    team_rules,
)
from handoff.desk import care as care_pages
from handoff.desk import incidents as incident_pages
from handoff.desk.at_desk import AtDesk
from handoff.desk.attendance import Attendance
from handoff.desk.view import HERE, STUDIO
from handoff.dispatch import Dispatcher
from handoff.hints import Answers, NoAnswers
from handoff.incidents import Incidents
from handoff.jobs import NoTimers
from handoff.relay import Relays
from handoff.rule_changes import RuleChanges
from handoff.sitting_in import SittingIn
from handoff.store.journal import DurableJournal
from handoff.studio import learning
from handoff.studio import pages as studio_pages
from handoff.studio.entrance import Entrance, Shut
from handoff.studio.folder import NotText
from handoff.studio.workshop import Workshop
from handoff.talking import Talking
from handoff.team import Team
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
    workshop: Workshop | None = None,
    studio_bot: learning.Bot | None = None,
    sitting: SittingIn | None = None,
    changes: RuleChanges | None = None,
    care: Care | None = None,
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
        workshop: What owners edit; None where there is no studio.
        studio_bot: What owners try and compare; None where nothing can be.
        sitting: How others take part in talks; None where no calls come in.
        changes: What supervisors change about the rules; None for those of the dispatcher.
        care: Breaks and all that; None where nothing rings by itself.
    """
    app.mount("/desk/static", StaticFiles(directory=HERE / "static"), name="desk static")
    talking = talking or Talking(Relays(), journal, clock, zone)
    sitting = sitting or SittingIn(talking)
    callbacks = callbacks or Callbacks(journal, clock, zone)
    dispatcher = dispatcher or Dispatcher.build(journal, NoTimers(), clock)
    attendance = Attendance(dispatcher.presences)
    sitting.reaches = attendance.here
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
    app.include_router(offer_live.router(journal, at_desk, attendance, accounts, sitting.asked))
    app.include_router(offer_forms.router(dispatcher, accounts), dependencies=shown)
    app.include_router(offers_api.router(dispatcher, accounts))
    app.include_router(callback_live.router(journal, callbacks, accounts, clock))
    app.include_router(talk.router(talking, accounts))
    agents, presences = dispatcher.agents, dispatcher.presences
    app.include_router(talk_others.router(talking, sitting, agents, presences, accounts))
    # Where none is given nobody is kept from offers: nothing would end that.
    care = care or Care.build(
        journal, Dispatcher.build(journal, NoTimers(), clock), NoTimers(), clock, zone
    )
    changes = changes or RuleChanges(journal, dispatcher.rules, clock, care.pause)
    _mount_team(app, journal, accounts, talking, at_desk, changes, clock, zone)
    app.include_router(api.router(journal, accounts, clock, zone))
    app.include_router(card_api.router(journal, accounts, clock, zone, answers))
    app.include_router(callbacks_api.router(callbacks, accounts))
    app.include_router(care_pages.router(care, accounts, zone), dependencies=shown)
    app.include_router(care_team.router(care, accounts, zone), dependencies=shown)
    incidents = Incidents(journal, clock, zone)
    deciding = Deciding(journal, clock, zone)
    pages_of_incidents = incident_pages.router(
        journal, incidents, deciding, accounts, clock, zone, care.protocol
    )
    app.include_router(pages_of_incidents, dependencies=shown)
    app.include_router(incidents_api.router(incidents, deciding, accounts))
    app.include_router(reporting_api.router(journal, accounts))
    if workshop is not None:
        entrance = Entrance(accounts)
        _mount_studio(app, workshop, entrance, zone, shown)
        if studio_bot is not None:
            learn = learning.router(journal, workshop, studio_bot, entrance, clock, zone)
            app.include_router(learn, dependencies=shown)


def _mount_team(
    app: FastAPI,
    journal: DurableJournal,
    accounts: Accounts,
    talking: Talking,
    at_desk: AtDesk,
    changes: RuleChanges,
    clock: Callable[[], datetime],
    zone: tzinfo,
) -> None:
    """Add `/desk/team`, for supervisors."""
    rules = at_desk.dispatcher.rules
    agents, presences = at_desk.dispatcher.agents, at_desk.dispatcher.presences
    looked = Team(journal, presences, agents, talking, rules, clock, zone)
    incidents, cards = Incidents(journal, clock, zone), Cards(journal, clock, zone)
    board = team.TeamBoard(looked, at_desk.line_up, incidents, cards)
    shown = [Depends(at_desk.look)]
    app.include_router(team.router(journal, board, accounts), dependencies=shown)
    app.include_router(team_rules.router(changes, accounts), dependencies=shown)
    ahead = forecast.Ahead(journal.database, clock, zone, rules.hours.holidays or "NL")
    app.include_router(forecast.router(ahead, accounts), dependencies=shown)


def _mount_studio(
    app: FastAPI,
    workshop: Workshop,
    entrance: Entrance,
    zone: tzinfo,
    shown: list[params.Depends],
) -> None:
    """Add `/studio`, for owners."""

    async def shut(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Shut)  # noqa: S101 - registered for no other
        return error.response

    async def unreadable(request: Request, error: Exception) -> Response:
        assert isinstance(error, NotText)  # noqa: S101 - registered for no other
        return studio_pages.unreadable(workshop, request, error)

    app.add_exception_handler(Shut, shut)
    app.add_exception_handler(NotText, unreadable)
    app.mount("/studio/static", StaticFiles(directory=STUDIO / "static"), name="studio static")
    routes = studio_pages.router(workshop, entrance, zone)
    app.include_router(routes, dependencies=shown)
