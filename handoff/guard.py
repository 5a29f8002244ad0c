"""Guard: who is asking, for the API and the pages."""

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from handoff.accounts import Accounts, Session

SESSION_COOKIE = "kalm_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

# Only so that the API's description says how to sign in.
_bearer = HTTPBearer(auto_error=False, description="The token that the first start printed.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="Set at login.")


@dataclass(frozen=True)
class Signed:
    """Someone who proved who they are."""

    name: str
    may_close_any: bool
    supervises: bool
    """Whether incidents may be read and decided."""
    session: Session | None
    """None for a script with a token."""


class Guard:
    """Lets in who has a session or a token."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def session(self, request: Request) -> Session | None:
        """Return the session of somebody who may see calls.

        Raises:
            HTTPException: 303 to the studio, for who owns what the bot says and sees no calls.
        """
        session = await self.anyone(request)
        if session is not None and not session.user.takes_calls:
            raise HTTPException(303, "Calls are for agents.", headers={"Location": "/studio"})
        return session

    async def anyone(self, request: Request) -> Session | None:
        """Return the session that the cookie belongs to, whatever its user may see."""
        token = request.cookies.get(SESSION_COOKIE)
        return await self._accounts.session(token) if token else None

    async def api(
        self,
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
        _token: Annotated[str | None, Depends(_cookie)],
    ) -> Signed:
        """Let in a token, or a session; what changes something needs its CSRF token too."""
        if bearer is not None:
            name = await self._accounts.token_name(bearer.credentials)
            if name is not None:
                return Signed(name=name, may_close_any=True, supervises=True, session=None)
            raise _stranger("This token is not known.")
        session = await self.anyone(request)
        if session is None:
            raise _stranger("Log in, or send a token: Authorization: Bearer kalm_...")
        if request.method not in SAFE:
            sent = request.headers.get(CSRF_HEADER, "")
            if not same(sent, session.csrf):
                raise HTTPException(403, f"Send the session's CSRF token as {CSRF_HEADER}.")
        if not session.user.takes_calls:
            raise HTTPException(403, "Calls are for agents.")
        supervises = session.user.supervises
        return Signed(session.user.name, supervises, supervises, session)

    async def supervisor(
        self,
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
        token: Annotated[str | None, Depends(_cookie)],
    ) -> Signed:
        """Let in as `api` does, except agents: 403."""
        signed = await self.api(request, bearer, token)
        if not signed.supervises:
            raise HTTPException(403, "Incidents are for supervisors.")
        return signed


def same(sent: str, kept: str) -> bool:
    """Compare secrets in a time that tells nothing about them."""
    return hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), kept.encode())


def _stranger(why: str) -> HTTPException:
    return HTTPException(401, why, headers={"WWW-Authenticate": "Bearer"})
