"""Site: puts the desk, the login and the API on an application."""

from collections.abc import Callable
from datetime import datetime, tzinfo

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from handoff import api
from handoff.accounts import Accounts
from handoff.desk import login, pages
from handoff.desk.view import HERE
from handoff.store.journal import DurableJournal


def mount(
    app: FastAPI,
    journal: DurableJournal,
    accounts: Accounts,
    clock: Callable[[], datetime],
    zone: tzinfo,
    notices: Callable[[], list[str]] = list,
) -> None:
    """Add `/desk`, `/login`, `/logout` and `/api/calls`, `/api/cards`.

    Args:
        app: The application.
        journal: The record of calls; started before the first request.
        accounts: Who may see it.
        clock: Tells the time.
        zone: Where times are meant, as cards write them.
        notices: Lines that agents see at the top: what is wrong with Kalm itself.
    """
    app.mount("/desk/static", StaticFiles(directory=HERE / "static"), name="desk static")
    app.include_router(login.router(accounts))
    app.include_router(pages.router(journal, accounts, clock, zone, notices))
    app.include_router(api.router(journal, accounts, clock, zone))
