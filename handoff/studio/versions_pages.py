"""Version pages: what was published, what differs, the way back, and files to take along."""

import re
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from handoff.accounts import Session
from handoff.desk.view import reader_language, translator
from handoff.studio.archive import pack, unpack
from handoff.studio.drafts import DraftError, SavedMeanwhile
from handoff.studio.entrance import Entrance
from handoff.studio.folder import NotText
from handoff.studio.parts import WholeFile
from handoff.studio.showing import Refused, Showing, Wanted
from handoff.studio.versions import Moved, NoSuchVersion, VersionError, VersionsNotKept, diff

Text = Annotated[str, Form()]
LARGEST_ZIP = 20_000_000
"""Bytes."""
REFUSALS = (DraftError, NotText, VersionError)
"""What owners are told of, and can do something about."""


def router(showing: Showing, entrance: Entrance) -> APIRouter:
    """Build the routes of `/studio/versions` and `/studio/draft`."""
    routes = APIRouter(prefix="/studio", include_in_schema=False)
    workshop = showing.workshop

    async def _every(
        request: Request, session: Session, problem: str | None = None, status: int = 200
    ) -> Response:
        draft = await workshop.drafts.now()
        return showing.page(
            request,
            session,
            "studio_versions.html",
            status=status,
            problem=problem,
            draft=draft,
            moves=await workshop.versions.moves(),
            versions=await workshop.versions.all(),
        )

    @routes.get("/versions")
    async def every(request: Request) -> Response:
        return await _every(request, await entrance.owner(request))

    @routes.get("/versions/{number}")
    async def one(request: Request, number: int, to: str = "before") -> Response:
        session = await entrance.owner(request)
        try:
            return await _one(request, session, number, to)
        except NoSuchVersion:
            return showing.missing(request, session)

    async def _one(
        request: Request,
        session: Session,
        number: int,
        to: str,
        problem: str | None = None,
        status: int = 200,
        why: str = "",
    ) -> Response:
        version = await workshop.versions.version(number)
        live = await workshop.versions.live()
        other = live if to == "live" else version.based_on
        before = await workshop.versions.texts(other) if other else {}
        mine = await workshop.versions.texts(number)
        # Towards what is live: what would change by going back.
        changes = diff(before, mine)
        return showing.page(
            request,
            session,
            "studio_version.html",
            status=status,
            version=version,
            live=live,
            against=other,
            to=to,
            changes={path: marked(text) for path, text in changes.items()},
            problem=problem,
            why=why,
        )

    @routes.post("/versions/{number}")
    async def roll_back(request: Request, number: int, why: Text = "", live: Text = "") -> Response:
        session = await entrance.owner(request)
        t = translator(reader_language(request))
        seen = int(live) if re.fullmatch("[0-9]{1,9}", live) else None
        try:
            await workshop.versions.rollback(number, by=session.user.name, why=why, seen=seen)
        except Moved as error:
            told = t("studio", "versions", "moved", by=error.last.by if error.last else "?")
            return await _one(request, session, number, "live", told, 409, why)
        except NoSuchVersion:
            return showing.missing(request, session)
        except VersionsNotKept:
            return await _one(request, session, number, "live", t("not_stored"), 503, why)
        except VersionError:
            told = t("studio", "versions", "not_rolled_back")
            return await _one(request, session, number, "live", told, 422, why)
        workshop.published()
        return RedirectResponse("/studio/versions?saved", 303)

    @routes.get("/versions/{number}/files.zip")
    async def export(request: Request, number: int) -> Response:
        session = await entrance.owner(request)
        try:
            files = await workshop.versions.texts(number)
        except NoSuchVersion:
            return showing.missing(request, session)
        return _zip(pack(files), f"kalm-{number}.zip")

    @routes.get("/draft")
    async def draft_changes(request: Request) -> Response:
        return await _draft(request, await entrance.owner(request))

    async def _draft(
        request: Request, session: Session, problem: str | None = None, status: int = 200
    ) -> Response:
        draft = await workshop.drafts.now()
        changes = diff(draft.published, draft.texts)
        return showing.page(
            request,
            session,
            "studio_draft.html",
            status=status,
            problem=problem,
            draft=draft,
            changes={path: marked(text) for path, text in changes.items()},
            problems=await workshop.problems(draft.texts),
        )

    @routes.get("/draft/files.zip")
    async def export_draft(request: Request) -> Response:
        await entrance.owner(request)
        return _zip(pack((await workshop.drafts.now()).texts), "kalm-draft.zip")

    @routes.post("/draft/import")
    async def import_zip(request: Request, file: Annotated[UploadFile, File()]) -> Response:
        session = await entrance.owner(request)
        try:
            content = await file.read(LARGEST_ZIP + 1)
            if len(content) > LARGEST_ZIP:
                raise DraftError("too_big", megabytes=LARGEST_ZIP // 10**6)
            await workshop.drafts.take_over(unpack(content), by=session.user.name)
        except REFUSALS as error:
            return await _refused(request, session, error)
        return RedirectResponse("/studio/draft?saved", 303)

    @routes.post("/draft/folder")
    async def import_folder(request: Request) -> Response:
        session = await entrance.owner(request)
        try:
            await workshop.drafts.take_over_folder(by=session.user.name)
        except REFUSALS as error:
            return await _refused(request, session, error)
        return RedirectResponse("/studio/draft?saved", 303)

    @routes.get("/draft/import")
    @routes.get("/draft/folder")
    @routes.get("/draft/give-up")
    @routes.get("/draft/join")
    async def back() -> Response:
        """Lead back who reloads, or changes the language of, a form that was refused."""
        return RedirectResponse("/studio/draft", 303)

    @routes.post("/draft/give-up")
    async def give_up(request: Request, path: Text = "", read_text: Text = "") -> Response:
        session = await entrance.owner(request)
        try:
            await workshop.drafts.give_up(path, read_at=read_text, by=session.user.name)
        except SavedMeanwhile as other:
            t = translator(reader_language(request))
            told = t("studio", "meanwhile", by=other.values["by"])
            return await _draft(request, session, told, 409)
        except REFUSALS as error:
            return await _refused(request, session, error)
        return RedirectResponse("/studio/draft?saved", 303)

    @routes.post("/draft/join")
    async def join(request: Request, path: Text = "") -> Response:
        session = await entrance.owner(request)
        t = translator(reader_language(request))
        draft = await workshop.drafts.now()
        if path not in draft.behind:
            return RedirectResponse("/studio/draft", 303)
        joined, edit, read_at = draft.joined(path), draft.edits[path], draft.read_at(path)
        wanted = Wanted(path, WholeFile(), joined or edit.text or "", read_at, "text", joined=True)
        done = "/studio/draft?saved"
        if joined is not None:
            return await showing.save(request, session, path, [wanted], done)
        told = t("studio", "both_changed", by=edit.by)
        theirs = draft.published.get(path, "")
        refused = Refused(wanted, told, 409, theirs, when=edit.at)
        return showing.again(request, session, path, [refused], done)

    async def _refused(request: Request, session: Session, error: Exception) -> Response:
        """Say why something was not done: one of `REFUSALS`."""
        t = translator(reader_language(request))
        match error:
            case DraftError():
                told = t("studio", "refused", error.reason, **error.values)
            case NotText():
                told = workshop.checks.told(error).at(reader_language(request))
            case _:
                return await _every(request, session, t("not_stored"), 503)
        return await _every(request, session, told, 422)

    return routes


def marked(changes: str) -> list[tuple[str, str]]:
    """Return the lines of a diff, each with "added", "taken", "same" or "gap"."""
    kinds = {"+": "added", "-": "taken", "@": "gap"}
    return [
        (kind, "" if kind == "gap" else line[1:])
        for line in changes.split("\n")[2:]
        if line and not line.startswith("\\")
        for kind in [kinds.get(line[0], "same")]
    ]


def _zip(content: bytes, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="application/zip", headers=headers)
