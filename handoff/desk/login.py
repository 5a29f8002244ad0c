"""Login: the pages by which people prove who they are."""

import math
import secrets
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from handoff.accounts import SHIFT, Accounts, TooManyTries
from handoff.desk.view import LANGUAGE_COOKIE, page, reader_language, translator
from handoff.guard import SESSION_COOKIE, Guard, same
from handoff.passwords import PasswordRefused

LOGIN_COOKIE = "kalm_login"
"""Before there is a session, this ties the login form to the browser that got it."""
Text = Annotated[str, Form()]


def router(accounts: Accounts) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(include_in_schema=False)
    guard = Guard(accounts)

    @routes.get("/login")
    async def login_form(request: Request, back: str = "/desk") -> Response:
        if await guard.anyone(request) is not None:
            return RedirectResponse(local(back), 303)
        return _form(request, back)

    @routes.post("/login")
    async def log_in(
        request: Request,
        csrf: Text = "",
        name: Text = "",
        password: Text = "",
        back: Text = "/desk",
    ) -> Response:
        t = translator(reader_language(request))
        if not csrf or not same(csrf, request.cookies.get(LOGIN_COOKIE, "")):
            return _form(request, back, name, t("stale"), 403)
        try:
            session = await accounts.log_in(name, password, address(request))
        except TooManyTries as error:
            problem = t("too_many", minutes=minutes(error.wait))
            return _form(request, back, name, problem, 429)
        if session is None:
            return _form(request, back, name, t("wrong"), 401)
        response = RedirectResponse(local(back), 303)
        _set_cookie(request, response, SESSION_COOKIE, session.token)
        response.delete_cookie(LOGIN_COOKIE, path="/login")
        return response

    @routes.post("/logout")
    async def log_out(request: Request, csrf: Text = "") -> Response:
        session = await guard.anyone(request)
        response = RedirectResponse("/login", 303)
        if session is not None:
            if not same(csrf, session.csrf):
                return RedirectResponse("/desk", 303)
            await accounts.log_out(session)
        response.delete_cookie(SESSION_COOKIE, path="/")
        return response

    @routes.post("/desk/language")
    async def choose_language(language: Text = "nl", back: Text = "/desk") -> Response:
        response = RedirectResponse(local(back), 303)
        if language in ("nl", "en"):
            response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="lax")
        return response

    @routes.get("/desk/password")
    async def password_form(request: Request) -> Response:
        session = await guard.anyone(request)
        if session is None:
            return to_login(request)
        return page(request, "password.html", session=session, problem=None, done=False)

    @routes.post("/desk/password")
    async def change_password(
        request: Request, csrf: Text = "", old: Text = "", new: Text = "", again: Text = ""
    ) -> Response:
        session = await guard.anyone(request)
        if session is None:
            return to_login(request)
        t = translator(reader_language(request))
        problem: str | None = None
        if not same(csrf, session.csrf):
            problem = t("stale")
        elif new != again:
            problem = t("password_differs")
        else:
            try:
                if not await accounts.change_password(session, old, new, address(request)):
                    problem = t("password_wrong")
            except PasswordRefused:
                problem = t("password_length")
            except TooManyTries as error:
                problem = t("too_many", minutes=minutes(error.wait))
        return page(
            request,
            "password.html",
            session=session,
            problem=problem,
            done=problem is None,
            status=400 if problem else 200,
        )

    return routes


def _form(
    request: Request, back: str, name: str = "", problem: str | None = None, status: int = 200
) -> HTMLResponse:
    csrf = secrets.token_urlsafe(32)
    response = page(
        request,
        "login.html",
        csrf=csrf,
        back=local(back),
        name=name[:40],
        problem=problem,
        status=status,
    )
    _set_cookie(request, response, LOGIN_COOKIE, csrf, path="/login")
    return response


def _set_cookie(
    request: Request, response: Response, name: str, value: str, path: str = "/"
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(SHIFT.total_seconds()),
        path=path,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def to_login(request: Request) -> RedirectResponse:
    """Send a stranger to the login page, and back here afterwards."""
    back = request.url.path if request.method == "GET" else "/desk"
    return RedirectResponse(f"/login?{urlencode({'back': back})}", 303)


def local(path: str) -> str:
    """Return a path of this site; /desk for anything that could lead elsewhere."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if plain and path.isprintable() and "\\" not in path else "/desk"


def address(request: Request) -> str:
    """Return where the request comes from."""
    return request.client.host if request.client else "unknown"


def minutes(wait: timedelta) -> int:
    """Round a wait up to whole minutes."""
    return max(1, math.ceil(wait.total_seconds() / 60))
