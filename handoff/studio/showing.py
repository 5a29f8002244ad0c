"""Showing: what pages of the studio share: rendering, saving, and giving typed text back."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from babel.dates import format_datetime
from fastapi import Request
from fastapi.responses import Response

from bot.events import Language
from handoff.accounts import Session
from handoff.desk.view import page, reader_language, translator
from handoff.studio.checking import Problem
from handoff.studio.drafts import DraftError
from handoff.studio.parts import Part
from handoff.studio.splicing import NotEditable
from handoff.studio.versions import VersionError
from handoff.studio.workshop import PartSavedMeanwhile, Workshop

LANGUAGES: tuple[Language, ...] = ("nl", "en")


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
    action: str | None = None
    """The page that saves it, where that is another than the one that asks."""


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
        self, request: Request, session: Session, title: str, wanted: Wanted
    ) -> Response | None:
        """Save a part; None when it went well, else a page with all that was typed."""
        t = translator(reader_language(request))
        told: dict[str, Any] = {"read_at": wanted.read_at, "theirs": None, "merged": False}
        text, status, problem = wanted.text, 422, ""
        try:
            await self.workshop.save(
                wanted.path,
                wanted.part,
                wanted.text,
                read_at=wanted.read_at,
                by=session.user.name,
            )
            return None
        except PartSavedMeanwhile as other:
            status, problem = 409, t("studio", "meanwhile", by=other.values["by"])
            told = {
                "read_at": other.read_at,
                "theirs": other.theirs,
                "merged": other.merged is not None,
                "when": other.values["at"],
            }
            text = other.merged if other.merged is not None else wanted.text
        except NotEditable:
            problem = t("studio", "refused", "not_editable")
        except DraftError as error:
            problem = t("studio", "refused", error.reason, **error.values)
        except VersionError:
            status, problem = 503, t("not_stored")
        return self.page(
            request,
            session,
            "studio_again.html",
            status=status,
            title=title,
            problem=problem,
            text=text,
            field=wanted.field,
            path=wanted.path,
            action=wanted.action or request.url.path,
            **told,
        )


def within(problems: list[Problem], path: str, start: int, end: int) -> list[Problem]:
    """Return the problems on lines of a file, the first and not the last."""
    return [one for one in problems if one.file == path and start <= one.line < end]
