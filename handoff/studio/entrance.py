"""Entrance: lets owners into the studio, and tells everybody else where they belong."""

from fastapi import Request
from fastapi.responses import Response

from handoff.accounts import Accounts, Session
from handoff.desk.login import to_login
from handoff.desk.view import page
from handoff.guard import CSRF_HEADER, SAFE, Guard, same


class Shut(Exception):
    """This request may not come in; says what to answer."""

    def __init__(self, response: Response) -> None:
        super().__init__("not for this visitor")
        self.response = response


class Entrance:
    """Knows who may use the studio.

    Args:
        accounts: Who may see what.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._guard = Guard(accounts)

    async def owner(self, request: Request) -> Session:
        """Return the session of an owner; what changes something needs its CSRF token too.

        A form sends the token as its field `csrf`, a script as a header.

        Raises:
            Shut: A stranger (led to the login), no owner (403), or a form that is stale (403).
        """
        session = await self._guard.anyone(request)
        if session is None:
            raise Shut(to_login(request))
        if not session.user.owns:
            raise Shut(page(request, "studio_closed.html", session=session, status=403))
        if request.method not in SAFE:
            sent = request.headers.get(CSRF_HEADER) or str((await request.form()).get("csrf", ""))
            if not same(sent, session.csrf):
                raise Shut(page(request, "studio_stale.html", session=session, status=403))
        return session
