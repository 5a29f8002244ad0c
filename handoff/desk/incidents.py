"""Incident pages: where supervisors read what happened and decide."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import groupby
from typing import Annotated, Any, get_args

from babel.dates import format_date, format_datetime
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from bot.events import Language
from bot.journal import JournalFull
from handoff.accounts import Accounts, Session
from handoff.care.protocol import Protocol
from handoff.deciding import MEASURES, ChangedMeanwhile, Deciding, IncidentUnknown, Refused
from handoff.desk import incident_live
from handoff.desk.login import to_login
from handoff.desk.view import page, reader_language, translator
from handoff.guard import Guard, same
from handoff.incident_parts import Incident, IncidentState
from handoff.incidents import Incidents
from handoff.rules import Decision, own_rules
from handoff.store.journal import DurableJournal
from handoff.wording import wording

Text = Annotated[str, Form()]
Texts = Annotated[list[str], Form()]
LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Typed:
    """What was not stored, and why: it is shown again."""

    status: int = 200
    problem: str | None = None
    form: str = "decide"
    chosen: list[str] = field(default_factory=list)
    until: str = ""
    why: str = ""


NOTHING_TYPED = Typed()


def router(
    journal: DurableJournal,
    incidents: Incidents,
    deciding: Deciding,
    accounts: Accounts,
    clock: Callable[[], datetime],
    zone: tzinfo,
    protocol: Protocol,
) -> APIRouter:
    """Build the routes; agents are told that these pages are for supervisors."""
    routes = APIRouter(prefix="/desk/incidents", include_in_schema=False)
    guard = Guard(accounts)

    @routes.get("")
    async def every(request: Request, show: str = "open") -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return _not_for(request, session)
        state = _state(show)
        found = await incidents.listed(state)
        return page(
            request,
            "incidents.html",
            session=session,
            state=state,
            states=get_args(IncidentState),
            calls=by_call(found),
            shown=incident_live.marks(found),
            **_writing(request, zone),
        )

    @routes.get("/live")
    async def live(request: Request) -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return Response(status_code=401)
        return incident_live.stream(journal, incidents, protocol, reader_language(request))

    @routes.get("/{number}")
    async def one(request: Request, number: str) -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return _not_for(request, session)
        return await _one(request, session, number)

    @routes.get("/{number}/decision")
    @routes.get("/{number}/revocation")
    async def back(number: str) -> Response:
        """Lead back who reloads, or changes the language of, a form that was refused."""
        return RedirectResponse(f"/desk/incidents/{_id(number)}", 303)

    @routes.post("/{number}/decision")
    async def decide(
        request: Request,
        number: str,
        csrf: Text = "",
        version: Text = "",
        measures: Texts = [],  # noqa: B006 - FastAPI copies it
        until: Text = "",
        why: Text = "",
    ) -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return _not_for(request, session)
        typed = Typed(chosen=measures, until=until, why=why)
        t = translator(reader_language(request))
        last: date | None = None
        try:
            last = date.fromisoformat(until) if until else None
        except ValueError:
            problem = t("incidents", "refused", "until_wrong")
            typed = replace(typed, status=422, problem=problem)
            return await _one(request, session, number, typed)
        chosen: list[Decision] = [d for d in get_args(Decision) if d in measures]
        by = session.user.name

        async def decide_it() -> None:
            await deciding.decide(
                _id(number), chosen, by=by, why=why, until=last, version=_id(version)
            )

        return await _answer(request, session, number, csrf, decide_it, typed)

    @routes.post("/{number}/revocation")
    async def revoke(
        request: Request, number: str, csrf: Text = "", version: Text = "", why: Text = ""
    ) -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return _not_for(request, session)
        typed = Typed(form="revoke", why=why)
        by = session.user.name

        async def revoke_it() -> None:
            await deciding.revoke(_id(number), by=by, why=why, version=_id(version))

        return await _answer(request, session, number, csrf, revoke_it, typed)

    async def _answer(
        request: Request,
        session: Session,
        number: str,
        csrf: str,
        doing: Callable[[], Awaitable[None]],
        typed: Typed,
    ) -> Response:
        refusal = await _try(request, session, csrf, doing)
        if refusal is not None:
            status, problem = refusal
            again = replace(typed, status=status, problem=problem)
            return await _one(request, session, number, again)
        return RedirectResponse(f"/desk/incidents/{_id(number)}", 303)

    async def _one(
        request: Request, session: Session, number: str, typed: Typed = NOTHING_TYPED
    ) -> Response:
        language = reader_language(request)
        found = await incidents.file(_id(number), language)
        if found is None:
            return page(request, "incident_missing.html", session=session, status=404)
        rules, today = own_rules(), clock().astimezone(zone).date()
        return page(
            request,
            "incident.html",
            session=session,
            status=typed.status,
            incident=found,
            can_measure=bool(MEASURES & set(found.allowed)),
            is_care=rules.is_care(found.sign),
            standing=bool(found.history and found.history[-1].measures),
            typed=typed,
            csrf=session.csrf,
            steps=await protocol.of(found.id),
            days=rules.days,
            first_day=today.isoformat(),
            furthest_day=(today + timedelta(days=rules.longest_days)).isoformat(),
            **_writing(request, zone),
        )

    return routes


async def _try(
    request: Request, session: Session, csrf: str, doing: Callable[[], Awaitable[None]]
) -> tuple[int, str] | None:
    """Wait for what a supervisor asks; return status and words when it can't be done."""
    t = translator(reader_language(request))
    if not same(csrf, session.csrf):
        return 403, t("stale")
    try:
        await doing()
    except Refused as error:
        return 422, t("incidents", "refused", error.reason)
    except ChangedMeanwhile as error:
        told = "too_late" if error.by else "more_reported"
        return 409, t("incidents", told, by=error.by)
    except IncidentUnknown:
        return 404, t("incidents", "not_found")
    except JournalFull:
        return 503, t("not_stored")
    return None


def by_call(found: Iterable[Incident]) -> list[list[Incident]]:
    """Group incidents by call, in the order in which the first of each comes."""
    order: dict[str, int] = {}
    for incident in found:
        order.setdefault(incident.call_id, len(order))
    together = sorted(found, key=lambda incident: order[incident.call_id])
    return [list(group) for _, group in groupby(together, key=lambda i: i.call_id)]


def _not_for(request: Request, session: Session | None) -> Response:
    if session is None:
        return to_login(request)
    return page(request, "incidents_closed.html", session=session, status=403)


def _state(name: str) -> IncidentState:
    for known in get_args(IncidentState):
        if name == known:
            state: IncidentState = known
            return state
    return "open"


def _id(number: str) -> int:
    """Return the number of an incident; 0, which none has, for what is no number."""
    plain = number.isascii() and number.isdigit() and len(number) <= 10
    return value if plain and (value := int(number)) <= LARGEST else 0


def _writing(request: Request, zone: tzinfo) -> dict[str, Any]:
    """Return how a page writes moments, last days and telephone numbers."""
    language: Language = reader_language(request)
    words = wording(language, zone)

    def moment(at: datetime) -> str:
        return format_datetime(at.astimezone(zone), "d MMMM y, HH:mm", locale=language)

    def day(at: datetime) -> str:
        return format_date(at.astimezone(zone).date(), "d MMMM y", locale=language)

    def last_day(until: datetime) -> str:
        return day(until - timedelta(seconds=1))

    def phone(number: str) -> str:
        return words.write("phone", number) or number

    return {"moment": moment, "day": day, "last_day": last_day, "phone": phone}
