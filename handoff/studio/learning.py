"""Learning: the pages by which owners learn from calls: inbox, try it, publish and numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from fastapi import APIRouter

from handoff.store.journal import DurableJournal
from handoff.studio import figures_pages, inbox_pages, publish_pages, tryout_pages
from handoff.studio.changes import Changes, Trial
from handoff.studio.entrance import Entrance
from handoff.studio.inbox import Inbox, Likeness
from handoff.studio.marks import Marks
from handoff.studio.tryout import TryOut, Workbench
from handoff.studio.workshop import Workshop


@dataclass(frozen=True)
class Bot:
    """What these pages ask of the bot itself."""

    likeness: Likeness
    trial: Trial
    workbench: Workbench


def router(
    journal: DurableJournal,
    workshop: Workshop,
    bot: Bot,
    entrance: Entrance,
    clock: Callable[[], datetime],
    zone: tzinfo,
) -> APIRouter:
    """Build the routes.

    Args:
        journal: The record of calls; started before the first request.
        workshop: What owners work on.
        bot: What is asked of the bot.
        entrance: Lets owners in.
        clock: Tells the time.
        zone: Where times are meant.
    """
    routes = APIRouter(include_in_schema=False)
    drafts, versions, database = workshop.drafts, workshop.versions, journal.database
    inbox = Inbox(journal, Marks(database, clock), bot.likeness, drafts, versions, clock)
    changes = Changes(database, drafts, bot.trial, clock)
    for part in (
        inbox_pages.router(inbox, drafts, entrance, zone),
        tryout_pages.router(TryOut(bot.workbench, clock), drafts, entrance),
        publish_pages.router(workshop, changes, bot.trial, entrance, zone),
        figures_pages.router(database, entrance, clock, zone),
    ):
        routes.include_router(part)
    return routes
