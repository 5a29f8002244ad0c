"""Pages of the studio: where owners read and edit what the bot knows and says."""

from datetime import tzinfo

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from handoff.desk.view import page, reader_language
from handoff.studio import (
    again_pages,
    answers_pages,
    beginnings_pages,
    flows_pages,
    intents_pages,
    steps_pages,
    versions_pages,
)
from handoff.studio.entrance import Entrance
from handoff.studio.folder import NotText
from handoff.studio.showing import Showing
from handoff.studio.workshop import Workshop


def router(workshop: Workshop, entrance: Entrance, zone: tzinfo) -> APIRouter:
    """Build the routes of intents, answers, flows, versions and the draft.

    Args:
        workshop: What is worked on.
        entrance: Lets owners in.
        zone: Where times are meant.
    """
    routes = APIRouter(include_in_schema=False)
    showing = Showing(workshop, zone)

    @routes.get("/studio")
    async def front() -> Response:
        return RedirectResponse("/studio/intents", 303)

    for part in (
        *(intents_pages, answers_pages, flows_pages, steps_pages, beginnings_pages),
        *(versions_pages, again_pages),
    ):
        routes.include_router(part.router(showing, entrance))
    return routes


def unreadable(workshop: Workshop, request: Request, mistake: NotText) -> Response:
    """Return the page of a folder that serves and holds what is no text: all pages need it."""
    problem = workshop.checks.told(mistake).at(reader_language(request))
    return page(request, "studio_unreadable.html", status=503, problem=problem)
