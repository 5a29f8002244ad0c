"""Inbox pages: where owners file what was not understood, or set it aside."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Annotated, get_args

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from bot.events import Language
from handoff.accounts import Session
from handoff.desk.view import moment, page, reader_language, translator
from handoff.studio.drafts import DraftError, Drafts
from handoff.studio.entrance import Entrance
from handoff.studio.folder import NotText
from handoff.studio.inbox import Changed, Inbox
from handoff.studio.nlu_file import NotFileable, intents_of, path_of
from handoff.studio.versions import VersionError, VersionsNotKept

Text = Annotated[str, Form()]
Texts = Annotated[list[str], Form()]
SHOWN = 25
"""Groups on the page; the next come when these are dealt with."""


@dataclass(frozen=True)
class Told:
    """What became of what an owner asked."""

    status: int = 200
    done: str | None = None
    problem: str | None = None


NOTHING = Told()

REFUSALS = (NotFileable, Changed, DraftError, NotText, VersionError)
"""What owners are told of, and can do something about."""


def router(inbox: Inbox, drafts: Drafts, entrance: Entrance, zone: tzinfo) -> APIRouter:
    """Build the routes; moments are written as they are in `zone`."""
    routes = APIRouter(prefix="/studio/inbox", include_in_schema=False)

    @routes.get("")
    async def every(request: Request) -> Response:
        return await _page(request, await entrance.owner(request))

    @routes.get("/file")
    @routes.get("/aside")
    @routes.get("/undo")
    async def back() -> Response:
        """Lead back who reloads, or changes the language of, a form that was refused."""
        return RedirectResponse("/studio/inbox", 303)

    @routes.post("/file")
    async def file(
        request: Request,
        key: Texts = [],  # noqa: B006 - FastAPI copies it
        intent: Text = "",
        typed: Text = "",
        words: Text = "",
    ) -> Response:
        session = await entrance.owner(request)
        t = translator(reader_language(request))
        named = intent or typed.strip()
        if named not in await _intents():
            told = Told(422, problem=t("inbox", "refused", "intent", intent=named or "?"))
            return await _page(request, session, told)
        try:
            filed = await inbox.file(key, named, by=session.user.name, words=words.strip() or None)
        except REFUSALS as error:
            return await _page(request, session, _refused(request, error))
        done = t("inbox", "filed", words=filed[0], more=len(filed) - 1 or None, intent=named)
        return await _page(request, session, Told(done=done))

    @routes.post("/aside")
    async def aside(
        request: Request,
        key: Texts = [],  # noqa: B006 - FastAPI copies it
    ) -> Response:
        session = await entrance.owner(request)
        t = translator(reader_language(request))
        try:
            await inbox.set_aside(key, by=session.user.name)
        except REFUSALS as error:
            return await _page(request, session, _refused(request, error))
        return await _page(request, session, Told(done=t("inbox", "set_aside", count=len(key))))

    @routes.post("/undo")
    async def undo(request: Request) -> Response:
        session = await entrance.owner(request)
        t = translator(reader_language(request))
        try:
            undone = await inbox.undo(by=session.user.name)
        except REFUSALS as error:
            return await _page(request, session, _refused(request, error))
        told = "undone" if undone else "nothing_to_undo"
        return await _page(request, session, Told(done=t("inbox", told)))

    async def _intents() -> list[str]:
        """Return what sentences can be filed to: the intents of the draft, sorted."""
        texts = (await drafts.now()).texts
        found = {
            name
            for language in get_args(Language)
            for name in intents_of(texts.get(path_of(language), ""))
        }
        return sorted(found)

    async def _page(request: Request, session: Session, told: Told = NOTHING) -> Response:
        pile = await inbox.pile()
        return page(
            request,
            "studio_inbox.html",
            session=session,
            status=told.status,
            told=told,
            pile=pile,
            groups=pile.groups[:SHOWN],
            later=sum(len(g.sentences) for g in pile.groups[SHOWN:]) + pile.older,
            intents=await _intents(),
            zone=zone,
            moment=moment,
        )

    return routes


def _refused(request: Request, error: Exception) -> Told:
    """Say why something was not done: one of `REFUSALS`."""
    t = translator(reader_language(request))
    match error:
        case NotFileable():
            why = t("inbox", "refused", error.why, intent=error.intent)
            return Told(422, problem=why)
        case Changed():
            return Told(409, problem=t("inbox", "refused", "changed"))
        case DraftError():
            return Told(409, problem=t("studio", "refused", error.reason, **error.values))
        case VersionsNotKept():
            return Told(503, problem=t("not_stored"))
        case _:
            return Told(503, problem=str(error))
