"""Again pages: saves once more what was refused, of which all that was typed is still there."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from handoff.studio.entrance import Entrance
from handoff.studio.parts import part_of
from handoff.studio.showing import Showing, Wanted


def router(showing: Showing, entrance: Entrance) -> APIRouter:
    """Build the routes of `/studio/again`."""
    routes = APIRouter(prefix="/studio/again", include_in_schema=False)

    @routes.get("")
    async def back() -> Response:
        """Lead back who reloads, or changes the language of, a form that was refused."""
        return RedirectResponse("/studio", 303)

    @routes.post("")
    async def again(request: Request) -> Response:
        session = await entrance.owner(request)
        form = await request.form()

        def sent(name: str) -> str:
            return str(form.get(name, ""))

        wanted = [
            Wanted(
                sent(f"path_{field}"),
                part,
                sent(field),
                sent(f"read_{field}"),
                field,
                joined=f"joined_{field}" in form,
            )
            for field in map(str, form.getlist("field"))
            if (part := part_of(sent(f"part_{field}"))) is not None
        ]
        done = sent("done")
        done = done if done.startswith("/studio/") else "/studio"
        return await showing.save(request, session, sent("title"), wanted, done)

    return routes
