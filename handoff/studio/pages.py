"""Pages of the studio: where owners read and edit what the bot knows and says."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response


def router() -> APIRouter:
    """Build the routes of the studio's front."""
    routes = APIRouter(prefix="/studio", include_in_schema=False)

    @routes.get("")
    async def front() -> Response:
        return RedirectResponse("/studio/intents", 303)

    return routes
