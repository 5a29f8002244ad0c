"""Publish pages: what would change, and the form by which the draft goes live."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from handoff.accounts import Session
from handoff.desk.view import moment, page, reader_language, translator
from handoff.studio.changes import Broken, Changes, Comparing, Trial
from handoff.studio.drafts import DraftError
from handoff.studio.entrance import Entrance
from handoff.studio.folder import NotText, sha256
from handoff.studio.tryout import NotReady
from handoff.studio.turns import masked
from handoff.studio.versions import Move, Moved, Unchanged, VersionError, VersionsNotKept
from handoff.studio.workshop import Workshop

Text = Annotated[str, Form()]
SHOWN = 10
"""Conversations, and kinds of changes, that are shown."""


@dataclass(frozen=True)
class Typed:
    """What was not published, and why: it is shown again."""

    status: int = 200
    problem: str | None = None
    why: str = ""


NOTHING_TYPED = Typed()


def router(
    workshop: Workshop,
    changes: Changes,
    trial: Trial,
    entrance: Entrance,
    zone: tzinfo,
) -> APIRouter:
    """Build the routes; moments are written as they are in `zone`."""
    routes = APIRouter(prefix="/studio/publish", include_in_schema=False)
    drafts, versions = workshop.drafts, workshop.versions

    @routes.get("")
    async def publish_page(request: Request, published: str = "") -> Response:
        session = await entrance.owner(request)
        return await _page(request, session, published=published)

    @routes.post("/compare")
    async def compare(request: Request) -> Response:
        session = await entrance.owner(request)
        try:
            await changes.start(session.user.name)
        except (NotText, VersionError) as error:
            return await _page(request, session, Typed(409, _why(request, error)))
        return RedirectResponse("/studio/publish", 303)

    @routes.post("/cancel")
    async def cancel(request: Request) -> Response:
        await entrance.owner(request)
        await changes.cancel()
        return RedirectResponse("/studio/publish", 303)

    @routes.get("/progress")
    async def progress(request: Request) -> Response:
        """Tell how far the comparison is, and which version new calls are held with."""
        await entrance.owner(request)
        last = changes.last
        told = {
            "stage": last.stage if last else None,
            "done": last.done if last else 0,
            "total": last.total if last else 0,
            "in_force": trial.in_force(),
            "live": await versions.live(),
        }
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    @routes.get("/compare")
    @routes.get("/cancel")
    @routes.get("/now")
    async def back() -> Response:
        """Lead back who reloads, or changes the language of, a form that was refused."""
        return RedirectResponse("/studio/publish", 303)

    @routes.post("/now")
    async def publish(
        request: Request, why: Text = "", word: Text = "", digest: Text = ""
    ) -> Response:
        session = await entrance.owner(request)
        t = translator(reader_language(request))
        found = await changes.fresh()

        def refused(status: int, *path: str, **values: object) -> Typed:
            return Typed(status, t("publishing", "refused", *path, **values), why)

        def moved(move: Move | None) -> Typed:
            at = moment(move.at.astimezone(zone), reader_language(request)) if move else None
            by, version = (move.by, move.version) if move else (None, None)
            return refused(409, "moved", by=by, version=version, at=at)

        if found is None or found.outcome is None or found.digest != digest:
            last, live = changes.last, await versions.live()
            if last is not None and last.live != live:
                return await _page(request, session, moved((await versions.moves())[0]))
            return await _page(request, session, refused(409, "not_compared"))
        although = None
        if found.outcome.worse:
            if not hmac.compare_digest(word.strip().lower().encode(), _word(t).encode()):
                return await _page(request, session, refused(422, "word", word=_word(t)))
            although = "; ".join(found.outcome.reasons)
        if not why.strip():
            return await _page(request, session, refused(422, "why"))
        try:
            # What was compared is looked at, learned and published: whatever is saved meanwhile
            # stays in the draft.
            draft = await drafts.now()
            if (sha256(draft.texts), draft.live) != (found.digest, found.live):
                return await _page(request, session, refused(409, "not_compared"))
            if any(problem.error for problem in await workshop.problems(draft.texts)):
                return await _page(request, session, refused(422, "errors"))
            await trial.prepare(draft.texts)
            version = await drafts.publish(
                by=session.user.name, why=why, although=although, draft=draft
            )
        except Moved as error:
            return await _page(request, session, moved(error.last))
        except Unchanged:
            return await _page(request, session, refused(409, "unchanged"))
        except DraftError as error:
            told = Typed(409, t("studio", "refused", error.reason, **error.values), why)
            return await _page(request, session, told)
        except (Broken, NotText, VersionError) as error:
            return await _page(request, session, Typed(409, _why(request, error), why))
        trial.look_now()
        return RedirectResponse(f"/studio/publish?published={version.number}", 303)

    async def _page(
        request: Request, session: Session, typed: Typed = NOTHING_TYPED, *, published: str = ""
    ) -> Response:
        t = translator(reader_language(request))
        draft = await drafts.now()
        fresh = await changes.fresh()
        return page(
            request,
            "studio_publish.html",
            session=session,
            status=typed.status,
            draft=draft,
            live=await versions.version(draft.live) if draft.live else None,
            zone=zone,
            moment=moment,
            masked=masked,
            problems=[each for each in await workshop.problems(draft.texts) if each.error],
            comparing=fresh if fresh is not None else _running(changes.last),
            is_fresh=fresh is not None,
            shown=SHOWN,
            typed=typed,
            word=_word(t),
            published=int(published) if published.isascii() and published.isdigit() else None,
            in_force=trial.in_force(),
            failed=_why(request, fresh.problem) if fresh and fresh.problem else None,
        )

    def _why(request: Request, error: Exception) -> str:
        """Say why something could not be done."""
        language = reader_language(request)
        t = translator(language)
        match error:
            case Broken():
                return error.problem.at(language)
            case NotText():
                return workshop.checks.told(error).at(language)
            case NotReady():
                return t("tryout", "refused", "not_ready")
            case VersionsNotKept():
                return t("not_stored")
        return str(error)

    return routes


def _running(last: Comparing | None) -> Comparing | None:
    return last if last is not None and last.stage == "running" else None


def _word(t: Callable[..., str]) -> str:
    """Return what must be typed to publish what was found worse."""
    return t("publishing", "word")
