"""Team rules page: supervisors change the few numbers of routing that are theirs."""

from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from bot.events import Language
from handoff.accounts import Accounts, Session
from handoff.desk.team import not_for
from handoff.desk.view import page, reader_language, translator
from handoff.guard import Guard, same
from handoff.rule_changes import (
    Change,
    ChangedMeanwhile,
    Number,
    RuleChanges,
    Wrong,
    undoable,
)

WHY_LENGTH = 300
HERE = "/desk/team/rules"


@dataclass(frozen=True)
class Typed:
    """What was not stored, and why: it is shown again."""

    status: int = 200
    problem: str | None = None
    numbers: dict[Number, str] = field(default_factory=dict)
    why: str = ""


NOTHING_TYPED = Typed()


def router(changes: RuleChanges, accounts: Accounts) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix=HERE, include_in_schema=False)
    guard = Guard(accounts)

    @routes.get("")
    async def shown(request: Request) -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return not_for(request, session)
        return await _page(request, session)

    @routes.post("")
    async def change(request: Request) -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return not_for(request, session)
        sent = await request.form()
        t = translator(reader_language(request))
        typed: dict[Number, str] = {n: str(sent.get(n, "")).strip() for n in changes.numbers}
        why = str(sent.get("why", "")).strip()[:WHY_LENGTH]
        if not same(str(sent.get("csrf", "")), session.csrf):
            return await _page(request, session, Typed(403, t("stale"), typed, why))
        try:
            numbers = _numbers(typed)
            after = _whole(str(sent.get("after", "")))
            if numbers == _latest(await changes.history()):
                return await _page(request, session, Typed(200, t("team", "rules", "nothing")))
            await changes.change(numbers, by=session.user.name, after=after, why=why)
        except Wrong as error:
            problem = _said(error, reader_language(request))
            return await _page(request, session, Typed(422, problem, typed, why))
        except ChangedMeanwhile:
            problem = t("team", "rules", "changed_meanwhile")
            return await _page(request, session, Typed(409, problem, typed, why))
        return RedirectResponse(HERE, 303)

    @routes.post("/undo")
    async def undo(request: Request) -> Response:
        session = await guard.session(request)
        if session is None or not session.user.supervises:
            return not_for(request, session)
        sent = await request.form()
        t = translator(reader_language(request))
        if not same(str(sent.get("csrf", "")), session.csrf):
            return await _page(request, session, Typed(403, t("stale")))
        number = _whole(str(sent.get("number", "")))
        try:
            await changes.undo(number, by=session.user.name, after=number)
        except (ChangedMeanwhile, LookupError):
            problem = t("team", "rules", "changed_meanwhile")
            return await _page(request, session, Typed(409, problem))
        return RedirectResponse(HERE, 303)

    async def _page(request: Request, session: Session, typed: Typed = NOTHING_TYPED) -> Response:
        found = await changes.history()
        file = changes.by_file()
        in_force = {name: _written(value) for name, value in _latest(found).items()}
        steps = []
        before: dict[Number, float] = file
        for each in found:
            after = file | dict(each.numbers)
            lines = [(n, _written(before[n]), _written(after[n])) for n in changes.numbers]
            steps.append((each, [line for line in lines if line[1] != line[2]]))
            before = after
        return page(
            request,
            "team_rules.html",
            session=session,
            status=typed.status,
            problem=typed.problem,
            names={n: _name(n, reader_language(request)) for n in changes.numbers},
            limits={n: [_written(end) for end in changes.limits(n)] for n in changes.numbers},
            file={name: _written(value) for name, value in file.items()},
            values=typed.numbers or in_force,
            why=typed.why,
            after=found[-1].number if found else 0,
            steps=list(reversed(steps)),
            undoable=undoable(found),
        )

    def _name(number: Number, language: Language) -> str:
        points = changes.points(number)
        name = number if points is None else "break"
        return translator(language)("team", "rules", name, points=_written(points or 0.0))

    def _said(error: Wrong, language: Language) -> str:
        t = translator(language)
        if error.number is None:
            return t("team", "rules", "wrong", what=t("team", "rules", "together"))
        low, high = (_written(end) for end in changes.limits(error.number))
        what = t("team", "rules", "between", name=_name(error.number, language), low=low, high=high)
        return t("team", "rules", "wrong", what=what)

    def _latest(found: list[Change]) -> dict[Number, float]:
        return dict(found[-1].numbers) if found else {}

    return routes


def _numbers(typed: dict[Number, str]) -> dict[Number, float]:
    numbers: dict[Number, float] = {}
    for name, text in typed.items():
        if not text:
            continue
        try:
            numbers[name] = float(text.replace(",", "."))
        except ValueError:
            raise Wrong(text, name) from None
    return numbers


def _written(value: float) -> str:
    return f"{value:g}"


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
