"""Flow pages: what happens when a caller wants something, as a drawing, a list and as text."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from bot.events import Language
from handoff.desk.view import reader_language, translator
from handoff.studio import flow_text, wordings
from handoff.studio.checking import FlowStep, Problem, Unreadable
from handoff.studio.drafts import LARGEST
from handoff.studio.entrance import Entrance
from handoff.studio.flow_drawing import Told, draw
from handoff.studio.folder import Texts
from handoff.studio.parts import FlowPart, WholeFile
from handoff.studio.showing import Showing, Wanted, within
from handoff.studio.splicing import NotEditable

NAMED = 18
"""Signs of a step's name that are still shown where two steps do the same."""


def router(showing: Showing, entrance: Entrance) -> APIRouter:
    """Build the routes of `/studio/flows` and `/studio/files`."""
    routes = APIRouter(prefix="/studio", include_in_schema=False)
    workshop = showing.workshop

    @routes.get("/flows")
    async def every(request: Request) -> Response:
        session = await entrance.owner(request)
        draft = await workshop.drafts.now()
        problems = await workshop.problems(draft.texts)
        groups, broken = [], []
        for path in flow_text.paths(draft.texts):
            try:
                flows = list(flow_text.read(draft.texts[path]).values())
            except NotEditable:
                broken.append(path)
                continue
            counted = [
                (flow, len(within(problems, path, flow.start + 1, flow.end + 1))) for flow in flows
            ]
            groups.append((path, counted))
        return showing.page(
            request,
            session,
            "studio_flows.html",
            groups=groups,
            broken=broken,
            files=sorted(draft.texts),
            draft=draft,
        )

    @routes.post("/flows/look")
    async def look(request: Request) -> Response:
        """Tell whether a flow can be read while it is typed, and what is wrong at which line."""
        await entrance.owner(request)
        asked = await request.json()
        if not isinstance(asked, dict) or len(str(asked.get("text", ""))) > LARGEST:
            return JSONResponse({}, 422)
        files = (await workshop.drafts.now()).texts
        name, text = str(asked.get("flow", "")), str(asked.get("text", ""))
        path = flow_text.path_of(files, name)
        if path is None:
            return JSONResponse({}, 404)
        start = flow_text.first_line(files[path], name)
        files[path] = flow_text.put(files[path], name, text)
        try:
            await asyncio.to_thread(workshop.checks.steps, files, path, name)
        except Unreadable as error:
            return JSONResponse(
                {"problem": _told_at(error.problem, path, start, text, reader_language(request))}
            )
        return JSONResponse({"problem": None})

    @routes.get("/flows/{name}")
    async def one(request: Request, name: str) -> Response:
        session = await entrance.owner(request)
        draft = await workshop.drafts.now()
        path = flow_text.path_of(draft.texts, name)
        if path is None and flow_text.unreadable(draft.texts):
            return RedirectResponse("/studio/flows", 303)  # which tells what can't be read
        if path is None:
            return showing.missing(request, session)
        problems = await workshop.problems(draft.texts)
        text = draft.texts[path]
        flow = flow_text.read(text)[name]
        t = translator(reader_language(request))
        told: list[Told] | None = None
        unreadable: Problem | None = None
        try:
            steps = await asyncio.to_thread(workshop.checks.steps, draft.texts, path, name)
            told = told_steps(steps, wordings.first_of(draft.texts, reader_language(request)), t)
        except Unreadable as error:
            unreadable = error.problem
        return showing.page(
            request,
            session,
            "studio_flow.html",
            flow=flow,
            path=path,
            text=FlowPart(name).read(text),
            read_at=draft.read_at(path),
            told=told,
            drawing=draw(told, t("studio", "flow", "end")) if told else None,
            unreadable=unreadable,
            problems=within(problems, path, flow.start + 1, flow.end + 1),
            draft=draft,
        )

    @routes.post("/flows/{name}")
    async def save(request: Request, name: str) -> Response:
        session = await entrance.owner(request)
        form = await request.form()
        files = (await workshop.drafts.now()).texts
        # When the file can't be read by now, what was typed is shown again all the same.
        path = flow_text.path_of(files, name) or str(form.get("path", ""))
        if not path:
            return showing.missing(request, session)
        text, read_at = str(form.get("text", "")), str(form.get("read_text", ""))
        wanted = Wanted(path, FlowPart(name), text, read_at, "text")
        done = f"/studio/flows/{name}?saved"
        answer = await showing.save(request, session, name, [wanted], done)
        if answer.status_code != 303:
            return answer
        return RedirectResponse(_where(files, (await workshop.drafts.now()).texts, path, name), 303)

    @routes.get("/files/{path:path}")
    async def file(request: Request, path: str) -> Response:
        session = await entrance.owner(request)
        draft = await workshop.drafts.now()
        if path not in draft.texts:
            return showing.missing(request, session)
        problems = await workshop.problems(draft.texts)
        return showing.page(
            request,
            session,
            "studio_file.html",
            path=path,
            text=WholeFile().read(draft.texts[path]),
            read_at=draft.read_at(path),
            problems=[problem for problem in problems if problem.file == path],
            draft=draft,
        )

    @routes.post("/files/{path:path}")
    async def save_file(request: Request, path: str) -> Response:
        session = await entrance.owner(request)
        form = await request.form()
        text, read_at = str(form.get("text", "")), str(form.get("read_text", ""))
        wanted = Wanted(path, WholeFile(), text, read_at, "text")
        return await showing.save(request, session, path, [wanted], f"/studio/files/{path}?saved")

    return routes


def _where(before: Texts, after: Texts, path: str, name: str) -> str:
    """Return where a flow is to be seen after its text was saved, which may call it otherwise."""
    if flow_text.path_of(after, name) is not None:
        return f"/studio/flows/{name}?saved"
    old = flow_text.names(before, path) if path in before else []
    new = [each for each in flow_text.names(after, path) if each not in old]
    return f"/studio/flows/{new[0]}?saved" if len(new) == 1 else f"/studio/files/{path}?saved"


def told_steps(
    steps: Sequence[FlowStep], wordings_: dict[str, str], t: Callable[..., str]
) -> list[Told]:
    """Return the steps in words of the reader's language."""
    titles = {step.id: t("studio", "flow", "kinds", step.kind, what=step.what) for step in steps}
    often = Counter(titles.values())
    # Steps that are called nothing have long names of their own, which tell nobody anything.
    for id_, title in titles.items():
        if often[title] > 1 and len(id_) <= NAMED:
            titles[id_] = f"{title} ({id_})"

    def way(step: FlowStep, when: str | None, to: str | None) -> str:
        goal = titles.get(to or "", t("studio", "flow", "end"))
        if when is None:
            named = any(each.when for each in step.ways)
            return t("studio", "flow", "else" if named else "then", to=goal)
        if when == "?":
            return t("studio", "flow", "not_understood", to=goal)
        return t("studio", "flow", "if", when=when.replace("slots.", ""), to=goal)

    return [
        Told(
            step,
            titles[step.id],
            wordings_.get(step.answer) if step.answer else None,
            [(way(step, each.when, each.to), each.to) for each in step.ways],
        )
        for step in steps
    ]


def _told_at(
    problem: Problem, path: str, start: int, text: str, language: Language
) -> dict[str, Any]:
    """Return what a script tells; `line` is None for what is wrong elsewhere than in the text."""
    line, lines = problem.line - start + 1, text.splitlines()
    if problem.file != path or not 0 < line <= len(lines):
        return {"line": None, "shown": "", "text": problem.at(language)}
    return {"line": line, "shown": lines[line - 1].strip(), "text": problem.say(language)}
