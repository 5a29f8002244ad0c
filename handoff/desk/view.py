"""View: turns cards and lines into HTML, in the reader's language."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from bot.events import Language
from handoff.accounts import Session
from handoff.desk.course import course, spark
from handoff.forms import span
from handoff.parts import Card
from handoff.reporting import KINDS, NOTE_LENGTH
from handoff.transcript import Line
from handoff.wording import wording

HERE = Path(__file__).parent
STUDIO = HERE.parent / "studio"
LANGUAGE_COOKIE = "kalm_language"
DISPOSITIONS = ("solved", "callback_made", "not_reached", "passed_on")
BREAKS = (5, 10, 15, 30, 60)
"""Minutes that a break is chosen for; one without an end can be chosen too."""

_pages = Environment(
    loader=FileSystemLoader([HERE / "templates", STUDIO / "templates"]),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters["span"] = span
_pages.filters["course"] = course
_pages.filters["spark"] = spark


def line_of(seq: int, seqs: Collection[int]) -> int | None:
    """Return the line of the conversation at which an event happened.

    An event that is no line itself, such as what was understood, happened at the line before.
    """
    before = [line for line in seqs if line <= seq]
    return max(before) if before else min(seqs, default=None)


def phone(number: str, language: Language) -> str:
    """Write a telephone number as people read it; as it is when it is none."""
    return wording(language).write("phone", number) or number


def moment(at: datetime, language: Language) -> str:
    """Write a moment in its own zone."""
    return wording(language, at.tzinfo or UTC).write("moment", at.isoformat()) or ""


def care_reason(name: str, language: Language) -> str:
    """Say what made a call heavy: a sign, a level of mood, or its length."""
    words = wording(language)
    found = words.get("signs", name) or words.get("levels", name) or words.get("care", "because")
    return found if isinstance(found, str) else name


_pages.filters["care_reason"] = care_reason
_pages.filters["line_of"] = line_of
_pages.filters["moment"] = moment
_pages.filters["phone"] = phone


def reader_language(request: Request) -> Language:
    """Return the language the reader chose, else the first we have of those the browser asks."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    asked = request.headers.get("accept-language", "").split(",")
    for tag in [chosen or "", *asked]:
        match tag.strip()[:2].lower():
            case "nl":
                return "nl"
            case "en":
                return "en"
    return "nl"


def page(
    request: Request,
    template: str,
    *,
    session: Session | None = None,
    status: int = 200,
    **content: Any,
) -> HTMLResponse:
    """Render a whole page."""
    language = reader_language(request)
    html = _pages.get_template(template).render(
        t=translator(language),
        lang=language,
        other=("en" if language == "nl" else "nl"),
        here=request.url.path,
        session=session,
        dispositions=DISPOSITIONS,
        at_desk=getattr(request.state, "at_desk", None),
        breaks=BREAKS,
        report_kinds=KINDS,
        report_note=NOTE_LENGTH,
        **content,
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(html, status_code=status, headers=headers)


def part(template: str, language: Language, **content: Any) -> str:
    """Render a part of a page, for live updates."""
    html = _pages.get_template(template).render(t=translator(language), lang=language, **content)
    return html.strip()


def row_html(card: Card, language: Language) -> str:
    """Render a card as one entry of a list."""
    return part("row.html", language, card=card)


def card_html(card: Card, lines: list[Line], language: Language) -> str:
    """Render the whole card."""
    return part("card.html", language, card=card, seqs={line.seq for line in lines})


def line_html(line: Line, language: Language) -> str:
    """Render one line of a transcript."""
    return part("line.html", language, line=line)


def translator(language: Language) -> Callable[..., str]:
    """Return a function from a name (and values) to a text of the pages."""
    words = wording(language)

    def translate(*path: str, **values: Any) -> str:
        return words.phrase(*(path if len(path) > 1 else ("desk", *path)), **values)

    return translate
