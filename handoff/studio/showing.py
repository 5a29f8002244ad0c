"""Showing: what pages of the studio share: rendering, saving, and giving typed text back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from babel.dates import format_datetime
from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from bot.events import Language
from handoff.accounts import Session
from handoff.desk.view import page, reader_language, translator
from handoff.studio.checking import Problem
from handoff.studio.drafts import DraftError, SavedMeanwhile
from handoff.studio.parts import Part, spelled
from handoff.studio.splicing import Emptied, NotEditable
from handoff.studio.versions import VersionError
from handoff.studio.workshop import PartSavedMeanwhile, Workshop

LANGUAGES: tuple[Language, ...] = ("nl", "en")
LAST = 10**9
"""A line that is below any other."""


@dataclass(frozen=True)
class Wanted:
    """What a form asks to be saved."""

    path: str
    part: Part
    text: str
    """As it was typed."""
    read_at: str
    field: str
    """What the text is called in the form; where it was read is sent as `read_` with this."""
    joined: bool = False
    """Whether the whole file has in it what others published since work on it began."""

    @property
    def spelled(self) -> str:
        """The part, as a form sends it along."""
        return spelled(self.part)


@dataclass(frozen=True)
class Refused:
    """What was not saved, with why, to be shown again."""

    wanted: Wanted
    """With what was typed, or both changes in one, to be saved on what was read by now."""
    problem: str
    status: int = 422
    theirs: str | None = None
    """What stands there now, when others changed it too."""
    merged: bool = False
    """Whether the text has both changes in it."""
    when: datetime | None = None
    """When others did."""


class Showing:
    """Renders pages of the studio, and saves what their forms send.

    Args:
        workshop: What is worked on.
        zone: Where times are meant.
    """

    def __init__(self, workshop: Workshop, zone: tzinfo) -> None:
        self.workshop = workshop
        self.zone = zone

    def page(self, request: Request, session: Session, template: str, **content: Any) -> Response:
        """Render a page for an owner."""
        language = reader_language(request)

        def at(moment: datetime) -> str:
            local = moment.astimezone(self.zone)
            return format_datetime(local, "d MMMM y, HH:mm", locale=language)

        return page(
            request,
            template,
            session=session,
            csrf=session.csrf,
            at=at,
            saved="saved" in request.query_params,
            **content,
        )

    def missing(self, request: Request, session: Session) -> Response:
        """Tell that there is no such thing."""
        return self.page(request, session, "studio_missing.html", status=404)

    async def save(
        self, request: Request, session: Session, title: str, wanted: Sequence[Wanted], done: str
    ) -> Response:
        """Save parts, each by itself; what is refused is shown again with all that was typed.

        Args:
            request: With the form.
            session: Of who saves.
            title: Of the page that asks.
            wanted: What to save.
            done: Where to lead when all went well.
        """
        refused = [
            found
            for each in wanted
            if (found := await self._refused(request, session, each)) is not None
        ]
        if not refused:
            return RedirectResponse(done, 303)
        return self.again(request, session, title, refused, done, partly=len(refused) < len(wanted))

    def again(
        self,
        request: Request,
        session: Session,
        title: str,
        refused: Sequence[Refused],
        done: str,
        *,
        partly: bool = False,
    ) -> Response:
        """Show what was not saved, to be saved once more; `partly` when the rest was."""
        status = max(each.status for each in refused)
        return self.page(
            request,
            session,
            "studio_again.html",
            status=status,
            title=title,
            refused=refused,
            done=done,
            partly=partly,
        )

    async def _refused(self, request: Request, session: Session, wanted: Wanted) -> Refused | None:
        """Save a part; None when it went well."""
        t = translator(reader_language(request))
        by = session.user.name
        try:
            if wanted.joined:
                await self._join(wanted, by)
            else:
                path, part, text = wanted.path, wanted.part, wanted.text
                await self.workshop.save(path, part, text, read_at=wanted.read_at, by=by)
        except PartSavedMeanwhile as other:
            text = wanted.text if other.merged is None else other.merged
            anew = replace(wanted, text=text, read_at=other.read_at)
            told, merged = t("studio", "meanwhile", by=other.values["by"]), other.merged is not None
            return Refused(anew, told, 409, other.theirs or "", merged, _when(other))
        except SavedMeanwhile as other:
            if not wanted.joined:
                return Refused(wanted, t("studio", "refused", "meanwhile"), 409)
            theirs, read_at = await self._theirs(wanted, other)
            told = t("studio", "meanwhile", by=other.values["by"])
            anew = replace(wanted, read_at=read_at)
            return Refused(anew, told, 409, theirs, when=_when(other))
        except Emptied:
            return Refused(wanted, t("studio", "refused", "emptied"))
        except NotEditable:
            return Refused(wanted, t("studio", "refused", "not_editable"))
        except DraftError as error:
            return Refused(wanted, t("studio", "refused", error.reason, **error.values))
        except VersionError:
            return Refused(wanted, t("not_stored"), 503)
        return None

    async def _join(self, wanted: Wanted, by: str) -> None:
        """Save a whole file that was joined; raises SavedMeanwhile and as `Drafts.join`."""
        drafts, path = self.workshop.drafts, wanted.path
        draft = await drafts.now()
        edit = draft.edits.get(path)
        text: str | None = wanted.part.write(draft.texts.get(path, ""), wanted.text)
        if edit is not None and edit.text is None and not wanted.text.strip():
            text = None  # it was taken out, and stays so
        await drafts.join(path, text, read_at=wanted.read_at, by=by)

    async def _theirs(self, wanted: Wanted, other: SavedMeanwhile) -> tuple[str, str]:
        """Return what others saved, or published once more, and where it was read."""
        draft = await self.workshop.drafts.now()
        saved = draft.texts.get(wanted.path, "")
        theirs = draft.published.get(wanted.path, "") if saved == (other.base or "") else saved
        return theirs, draft.read_at(wanted.path)


def _when(other: SavedMeanwhile) -> datetime | None:
    at = other.values.get("at")
    return at if isinstance(at, datetime) else None


def within(problems: list[Problem], path: str, start: int, end: int) -> list[Problem]:
    """Return the problems on lines of a file, the first and not the last."""
    return [one for one in problems if one.file == path and start <= one.line < end]


def ends(starts: Sequence[int]) -> list[int]:
    """Return, for things that begin on these lines of a file, the line after the last of each."""
    return [*starts[1:], LAST] if starts else []
