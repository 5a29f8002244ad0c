"""Version pages: what was published, what differs, the way back, and files to take along."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from handoff.accounts import Session
from handoff.desk.view import reader_language, translator
from handoff.studio.archive import pack, unpack
from handoff.studio.drafts import DraftError
from handoff.studio.entrance import Entrance
from handoff.studio.folder import NotText
from handoff.studio.showing import Showing
from handoff.studio.versions import NoSuchVersion, VersionError, VersionsNotKept, diff

Text = Annotated[str, Form()]
LARGEST_ZIP = 20_000_000
"""Bytes."""


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
        )

    @routes.post("/versions/{number}")
    async def roll_back(request: Request, number: int, why: Text = "") -> Response:
        session = await entrance.owner(request)
        t = translator(reader_language(request))
        try:
            await workshop.versions.rollback(number, by=session.user.name, why=why)
        except NoSuchVersion:
            return showing.missing(request, session)
        except VersionsNotKept:
            return await _one(request, session, number, "live", t("not_stored"), 503)
        except VersionError:
            told = t("studio", "versions", "not_rolled_back")
            return await _one(request, session, number, "live", told, 422)
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
        session = await entrance.owner(request)
        draft = await workshop.drafts.now()
        changes = diff(draft.published, draft.texts)
        return showing.page(
            request,
            session,
            "studio_draft.html",
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
        except DraftError as error:
            return await _refused(request, session, error)
        return RedirectResponse("/studio/draft?saved", 303)

    @routes.post("/draft/folder")
    async def import_folder(request: Request) -> Response:
        session = await entrance.owner(request)
        try:
            await workshop.drafts.take_over_folder(by=session.user.name)
        except NotText as error:
            return await _every(request, session, str(error), 422)
        except DraftError as error:
            return await _refused(request, session, error)
        return RedirectResponse("/studio/draft?saved", 303)

    @routes.post("/draft/give-up")
    async def give_up(request: Request, path: Text = "") -> Response:
        session = await entrance.owner(request)
        draft = await workshop.drafts.now()
        paths = [path] if path in draft.edits else []
        await workshop.drafts.give_up(paths, by=session.user.name)
        return RedirectResponse("/studio/draft?saved", 303)

    @routes.post("/draft/join")
    async def join(request: Request, path: Text = "") -> Response:
        session = await entrance.owner(request)
        t = translator(reader_language(request))
        draft = await workshop.drafts.now()
        if path not in draft.behind:
            return RedirectResponse("/studio/draft", 303)
        joined = draft.joined(path)
        edit = draft.edits[path]
        if joined is None or edit.text is None:
            return showing.page(
                request,
                session,
                "studio_again.html",
                status=409,
                title=path,
                problem=t("studio", "both_changed", by=edit.by),
                text=edit.text or "",
                theirs=draft.published.get(path, ""),
                merged=False,
                when=edit.at,
                field="text",
                path=path,
                read_at=draft.read_at(path),
                action="/studio/draft/joined",
            )
        await workshop.drafts.join(path, joined, read_at=draft.read_at(path), by=session.user.name)
        return RedirectResponse("/studio/draft?saved", 303)

    @routes.post("/draft/joined")
    async def joined_by_hand(
        request: Request, path: Text = "", text: Text = "", read_text: Text = ""
    ) -> Response:
        session = await entrance.owner(request)
        old = (await workshop.drafts.now()).texts.get(path, "")
        wanted = text.replace("\r\n", "\r\n" if "\r\n" in old else "\n")
        try:
            await workshop.drafts.join(path, wanted, read_at=read_text, by=session.user.name)
        except DraftError as error:
            return await _refused(request, session, error)
        return RedirectResponse("/studio/draft?saved", 303)

    async def _refused(request: Request, session: Session, error: DraftError) -> Response:
        t = translator(reader_language(request))
        told = t("studio", "refused", error.reason, **error.values)
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
