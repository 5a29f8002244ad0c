"""Try-out pages: a text call with the bot, typed or spoken, with what was understood and why."""

from dataclasses import dataclass
from typing import Annotated, cast, get_args

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from bot.events import Language
from handoff.accounts import Session
from handoff.desk.view import page, reader_language, translator
from handoff.studio.changes import Broken
from handoff.studio.drafts import Drafts
from handoff.studio.entrance import Entrance
from handoff.studio.folder import NotText
from handoff.studio.tryout import (
    LARGEST_SOUND,
    LONGEST,
    LONGEST_SOUND_S,
    NotReady,
    On,
    Open,
    Refused,
    TryOut,
    UnusableSound,
)
from handoff.studio.versions import VersionError, VersionsNotKept

Text = Annotated[str, Form()]
STATUS = {"too_fast": 429, "too_many_calls": 429, "too_long": 413, "over": 409, "gone": 410}
"""What is answered to a try that is not made."""


@dataclass(frozen=True)
class Told:
    """Why something was not done."""

    status: int = 200
    problem: str | None = None


NOTHING = Told()


def router(tryout: TryOut, drafts: Drafts, entrance: Entrance) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix="/studio/try", include_in_schema=False)

    @routes.get("")
    async def front(request: Request) -> Response:
        return await _page(request, await entrance.owner(request), None)

    @routes.post("")
    async def begin(
        request: Request, on: Text = "live", language: Text = "nl", words: Text = ""
    ) -> Response:
        session = await entrance.owner(request)
        draft = await drafts.now()
        chosen: On = "draft" if on == "draft" else "live"
        spoken = cast(Language, language) if language in get_args(Language) else "nl"
        texts = draft.published if chosen == "live" else draft.texts
        name = session.user.name
        try:
            opened = await tryout.begin(name, chosen, texts, spoken)
            if words.strip():
                await tryout.say(opened.token, name, words)
        except (Refused, Broken, NotReady, NotText, VersionError) as error:
            return await _page(request, session, None, _told(request, error))
        return RedirectResponse(f"/studio/try/{opened.token}", 303)

    @routes.post("/voice")
    async def voice(request: Request, language: str = "nl") -> Response:
        """Return what is said in a recording, which is the body; nothing of it is kept."""
        session = await entrance.owner(request)
        spoken = cast(Language, language) if language in get_args(Language) else "nl"
        t = translator(reader_language(request))
        try:
            sound = await _body(request)
            found = await tryout.hear(session.user.name, sound, spoken)
        except (Refused, UnusableSound, NotReady) as error:
            told = _told(request, error)
            return JSONResponse({"problem": told.problem}, told.status)
        if found is None:
            return JSONResponse({"problem": t("tryout", "nothing_heard")}, 422)
        answer = {
            "words": found.words,
            "language": found.language,
            "confidence": round(found.confidence, 3),
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    @routes.get("/{token}")
    async def call(request: Request, token: str) -> Response:
        session = await entrance.owner(request)
        try:
            return await _page(request, session, tryout.find(token, session.user.name))
        except Refused:
            return RedirectResponse("/studio/try", 303)

    @routes.post("/{token}")
    async def say(request: Request, token: str, words: Text = "") -> Response:
        session = await entrance.owner(request)
        name = session.user.name
        try:
            return await _page(request, session, await tryout.say(token, name, words))
        except Refused as error:
            held = None if error.why == "gone" else tryout.find(token, name)
            return await _page(request, session, held, _told(request, error))

    async def _page(
        request: Request, session: Session, held: Open | None, told: Told = NOTHING
    ) -> Response:
        draft = await drafts.now()
        return page(
            request,
            "studio_try.html",
            session=session,
            status=told.status,
            told=told,
            held=held,
            draft=draft,
            longest=LONGEST,
            longest_s=LONGEST_SOUND_S,
        )

    return routes


async def _body(request: Request) -> bytes:
    """Return the body, and stop reading one that is too long."""
    sound = bytearray()
    async for part in request.stream():
        sound += part
        if len(sound) > LARGEST_SOUND:
            raise Refused("too_long")
    return bytes(sound)


def _told(request: Request, error: Exception) -> Told:
    t = translator(reader_language(request))
    match error:
        case Refused():
            return Told(STATUS[error.why], t("tryout", "refused", error.why))
        case NotReady():
            return Told(503, t("tryout", "refused", "not_ready"))
        case UnusableSound():
            return Told(415, t("tryout", "refused", "no_sound"))
        case Broken():
            return Told(422, error.problem.at(reader_language(request)))
        case VersionsNotKept():
            return Told(503, t("not_stored"))
    return Told(422, str(error))
