"""Steps pages: a flow as a form, step by step, for who does not write YAML."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from bot.events import Language
from handoff.accounts import Session
from handoff.desk.view import reader_language, translator
from handoff.studio import flow_steps, flow_text, rewriting, wordings
from handoff.studio.asking import Asked, find_answer, look_at_words, words_wanted
from handoff.studio.checking import Checks, Known, Unreadable
from handoff.studio.drafts import Draft, DraftError
from handoff.studio.entrance import Entrance
from handoff.studio.flow_steps import NoSuchStep, Place, Step
from handoff.studio.folder import Texts
from handoff.studio.parts import FlowPart
from handoff.studio.showing import Showing, Wanted
from handoff.studio.splicing import NotEditable
from handoff.studio.step_form import KEYS, Names, Refused, StepForm, form_of, sent, step_of

FIELDS = {
    "collect": "what", "action": "what", "call": "what", "link": "what", "noop": "what",
    "set_slots": "set", "utter": "ask", "next": "ways", "rejections": "rejections", "id": "id",
    "typed": "typed", "otherwise": "otherwise",
}  # fmt: skip
"""The field of a form that shows a key of a step."""


@dataclass
class Looked:
    """A step as a form wants it, and what was found about it."""

    flow: str | None = None
    """The flow's lines with it."""
    words: dict[Language, str] = field(default_factory=dict)
    """Wordings to be saved, one a line."""
    wrong: dict[str, str] = field(default_factory=dict)
    """What is wrong, by field; "form" for what is of no field."""


def router(showing: Showing, entrance: Entrance) -> APIRouter:
    """Build the routes of `/studio/flows/NAME/steps`."""
    routes = APIRouter(prefix="/studio/flows/{name}/steps", include_in_schema=False)
    workshop = showing.workshop

    async def here(name: str, read_at: str = "", sent: str = "") -> tuple[Draft, str, str] | None:
        """Return the draft, the file of a flow, and its lines as they were read.

        Args:
            name: Of the flow.
            read_at: As a form sends it; "" for what there is now.
            sent: The file as a form sends it, in which the flow may not be found any more.
        """
        draft = await workshop.drafts.now()
        path = flow_text.path_of(draft.texts, name) or (sent if read_at else "")
        if not path:
            return None
        text = draft.texts.get(path)
        try:
            if read_at:
                text = await workshop.drafts.text_at(path, read_at)
            return draft, path, FlowPart(name).read(text or "")
        except (DraftError, NotEditable):
            return None

    @routes.get("")
    async def steps(request: Request, name: str, moved: str = "", by: str = "") -> Response:
        session = await entrance.owner(request)
        return await _list(request, session, name, focus=(moved, by))

    async def _list(
        request: Request,
        session: Session,
        name: str,
        *,
        focus: tuple[str, str] = ("", ""),
        problem: str | None = None,
    ) -> Response:
        found = await here(name)
        if found is None:
            return showing.missing(request, session)
        draft, path, text = found
        try:
            listed = flow_steps.listed(flow_steps.flow_of(text, name))
        except NotEditable:
            return RedirectResponse(f"/studio/flows/{name}", 303)
        return showing.page(
            request,
            session,
            "studio_steps.html",
            status=422 if problem else 200,
            name=name,
            steps=[(one, form_of(one.step)) for one in listed],
            said=wordings.first_of(draft.texts, reader_language(request)),
            kinds=list(KEYS),
            read_at=draft.read_at(path),
            focus=focus,
            problem=problem,
            draft=draft,
        )

    @routes.post("/{at}/{what}")
    async def shift(request: Request, name: str, at: str, what: str) -> Response:
        """Move a step, or take it out."""
        session = await entrance.owner(request)
        sent_ = await request.form()
        t = translator(reader_language(request))
        read_at = str(sent_.get("read_text", ""))
        if what in ("save", "insert", "check"):
            return await _save(request, session, name, at, what)
        found = await here(name, read_at)
        by = {"up": -1, "down": 1}.get(what, 0)
        if found is None or (what != "remove" and not by):
            return showing.missing(request, session)
        draft, path, text = found
        try:
            place = flow_steps.read_place(at)
            if by:
                changed = flow_steps.moved(text, name, place, by)
            else:
                changed = flow_steps.removed(text, name, place)
            wrong = await asyncio.to_thread(
                _unreadable, workshop.checks, draft.texts, path, name, changed
            )
        except NoSuchStep:
            return showing.missing(request, session)
        except NotEditable:
            told = t("studio", "steps", "refused", "only" if not by else "not_movable")
            return await _list(request, session, name, problem=told)
        if wrong is not None:
            told = wrong.problem.at(reader_language(request))
            return await _list(request, session, name, problem=told)
        wanted = Wanted(path, FlowPart(name), changed, read_at, "text")
        now = "-".join([*map(str, place[:-1]), str(place[-1] + by)])
        where = f"?moved={now}&by={what}" if by else "?saved"  # the button has the focus again
        done = f"/studio/flows/{name}/steps{where}"
        return await showing.save(request, session, name, [wanted], done)

    @routes.get("/{at}/{what}")
    async def back(name: str, at: str) -> Response:
        """Lead back who reloads, or changes the language of, a form that was refused."""
        return RedirectResponse(f"/studio/flows/{name}/steps#step-{at}", 303)

    @routes.get("/{at}")
    async def step(request: Request, name: str, at: str, new: str = "") -> Response:
        """Show the form of a step, or of a new one that is to stand at this place."""
        session = await entrance.owner(request)
        found = await here(name)
        if found is None:
            return showing.missing(request, session)
        draft, path, text = found
        try:
            place = flow_steps.read_place(at)
            if new:
                flow_steps.path_to(flow_steps.flow_of(text, name), name, place)
                form = sent_kind(new)
            else:
                form = form_of(flow_steps.step_at(text, name, place))
        except (NoSuchStep, NotEditable):
            return showing.missing(request, session)
        asked = find_answer(draft, form.answer)
        told = {"name": name, "place": at, "new": bool(new), "path": path}
        told["read_at"] = draft.read_at(path)
        return await _form(request, session, draft, text, form, asked, Looked(), told)

    async def _form(
        request: Request,
        session: Session,
        draft: Draft,
        text: str,
        form: StepForm,
        asked: Asked,
        looked: Looked,
        told: dict[str, Any],
    ) -> Response:
        known = await asyncio.to_thread(workshop.checks.known, draft.texts)
        return showing.page(
            request,
            session,
            "studio_step.html",
            status=422 if looked.wrong else 200,
            form=form,
            asked=asked,
            wrong=looked.wrong,
            names=_names(draft.texts, text, told["name"], known),
            answers=sorted(wordings.names(draft.texts)),
            draft=draft,
            **told,
        )

    async def _save(request: Request, session: Session, name: str, at: str, what: str) -> Response:
        """Save a step, or tell a script what is wrong with it while it is typed."""
        sent_ = await request.form()
        read_at = str(sent_.get("read_text", ""))
        found = await here(name, read_at, str(sent_.get("path", "")))
        if found is None:
            return showing.missing(request, session)
        draft, path, text = found
        form = sent(sent_)
        asked = Asked.sent(draft, form.answer, sent_)
        new = what == "insert" or "new" in sent_
        try:
            place = flow_steps.read_place(at)
            old = {} if new else flow_steps.step_at(text, name, place)
        except (NoSuchStep, NotEditable):
            return showing.missing(request, session)
        known = await asyncio.to_thread(workshop.checks.known, draft.texts)
        looked = await asyncio.to_thread(
            look, workshop.checks, draft.texts, (path, name, text), place, form, old, known, asked,
            reader_language(request),
        )  # fmt: skip
        if what == "check":
            return JSONResponse({"wrong": looked.wrong})
        if looked.wrong or looked.flow is None:
            told = {"name": name, "place": at, "new": new, "path": path, "read_at": read_at}
            return await _form(request, session, draft, text, form, asked, looked, told)
        wanted = [*words_wanted(asked, looked.words)]
        wanted.append(Wanted(path, FlowPart(name), looked.flow, read_at, "text"))
        done = f"/studio/flows/{name}/steps?saved#step-{at}"
        return await showing.save(request, session, name, wanted, done)

    return routes


def look(
    checks: Checks,
    files: Texts,
    where: tuple[str, str, str],
    place: Place,
    form: StepForm,
    old: Step,
    known: Known,
    asked: Asked,
    language: Language,
) -> Looked:
    """Put a form into the flow's lines, and find what is wrong with it.

    Args:
        checks: The bot's.
        files: The draft.
        where: The flow's file, its name and its lines.
        place: Of the step.
        form: As it was sent.
        old: The step as it was; empty for a new one.
        known: What steps may name.
        asked: The wordings that were sent with it.
        language: In which to tell.
    """
    path, name, text = where
    t = translator(language)
    looked = Looked()
    try:
        step = step_of(form, old, _names(files, text, name, known))
        if old:
            looked.flow = flow_steps.changed(text, name, place, step)
        else:
            looked.flow = flow_steps.added(text, name, place, step)
    except Refused as refused:
        told = t("studio", "steps", "refused", refused.reason, **refused.values)
        looked.wrong[refused.where] = told
    except NotEditable:
        looked.wrong["form"] = t("studio", "steps", "refused", "layout")
    if form.answer:
        words, wrong = look_at_words(checks, files, asked, language)
        looked.words = words
        looked.wrong |= wrong
    if looked.flow is not None and not looked.wrong:
        try:
            broken = _unreadable(checks, files, path, name, looked.flow)
        except NotEditable:  # others made of the file, meanwhile, what can't be read
            looked.wrong["form"] = t("studio", "broken", path=path)
            return looked
        if broken is not None:
            where_ = _field_of(broken, files[path], looked.flow, name, place)
            problem = broken.problem
            told = problem.at(language) if where_ == "form" else problem.say(language)
            looked.wrong[where_] = told
    return looked


def sent_kind(kind: str) -> StepForm:
    """Return the empty form of a new step."""
    return StepForm(next((each for each in KEYS if each == kind), "collect"))


def _names(files: Texts, text: str, name: str, known: Known) -> Names:
    flows = sorted(flow for path in flow_text.paths(files) for flow in flow_text.names(files, path))
    try:
        steps = flow_steps.listed(flow_steps.flow_of(text, name))
    except NotEditable:
        steps = []
    goals = [str(one.step["id"]) for one in steps if "id" in one.step]
    return Names(known.asked, known.slots, known.actions, flows, goals)


def _unreadable(
    checks: Checks, files: Texts, path: str, name: str, changed: str
) -> Unreadable | None:
    """Return why a flow could not be read any more with other lines; None when it can."""
    text = flow_text.put(files.get(path, ""), name, changed)
    try:
        checks.steps({**files, path: text}, path, name)
    except Unreadable as error:
        return error
    return None


def _field_of(broken: Unreadable, file: str, flow: str, name: str, place: Place) -> str:
    """Return which field of a step's form a problem is about, by its line."""
    line = broken.problem.line - flow_text.first_line(file, name) + 1
    within = flow_steps.flow_of(flow, name)
    step = flow_steps.step_at(flow, name, place)
    path = flow_steps.path_to(within, name, place)
    stands = {rewriting.line_of(flow, (*path, key)): key for key in step}
    before = [at for at in stands if at <= line]
    listed = flow_steps.listed(within)
    places = [one.place for one in listed]
    after = places.index(place) + 1
    end = (
        rewriting.line_of(flow, flow_steps.path_to(within, name, places[after]))
        if after < len(places)
        else line + 1
    )
    if not before or line >= end:
        return "form"
    return FIELDS.get(stands[max(before)], "form")
