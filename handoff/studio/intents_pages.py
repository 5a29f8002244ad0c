"""Intent pages: what callers may want, with the utterances from which the bot learns it."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from bot.events import Language
from handoff.accounts import Session
from handoff.studio import flow_text, wordings
from handoff.studio.checking import Problem
from handoff.studio.drafts import Draft
from handoff.studio.entrance import Entrance
from handoff.studio.folder import Texts
from handoff.studio.parts import IntentPart, Part, TopicPart
from handoff.studio.showing import LANGUAGES, Showing, Wanted, ends, within
from handoff.studio.splicing import NotEditable
from handoff.studio.utterance_list import INTENT, Utterances, nlu_paths, path_of, read

Text = Annotated[str, Form()]


@dataclass
class Listed:
    """An intent in the list."""

    name: str
    utterances: dict[Language, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    """That it starts."""


def router(showing: Showing, entrance: Entrance) -> APIRouter:
    """Build the routes of `/studio/intents`."""
    routes = APIRouter(prefix="/studio/intents", include_in_schema=False)
    workshop = showing.workshop

    @routes.get("")
    async def every(request: Request) -> Response:
        return await _every(request, await entrance.owner(request))

    async def _every(request: Request, session: Session, refused: str = "") -> Response:
        draft = await workshop.drafts.now()
        problems = await workshop.problems(draft.texts)
        intents, broken = listed(draft.texts, problems)
        return showing.page(
            request,
            session,
            "studio_intents.html",
            status=422 if refused else 200,
            intents=intents,
            broken=broken,
            refused=refused,
            draft=draft,
        )

    @routes.get("/{name}")
    async def one(request: Request, name: str) -> Response:
        session = await entrance.owner(request)
        if not INTENT.match(name):
            return showing.missing(request, session)
        draft = await workshop.drafts.now()
        problems = await workshop.problems(draft.texts)
        intents, _ = listed(draft.texts, problems)
        found = next((each for each in intents if each.name == name), Listed(name))
        return showing.page(
            request,
            session,
            "studio_intent.html",
            intent=found,
            sides=await asyncio.to_thread(
                lambda: [_side(draft, name, language) for language in LANGUAGES]
            ),
            draft=draft,
        )

    @routes.post("")
    async def new(request: Request, name: Text = "") -> Response:
        session = await entrance.owner(request)
        written = "_".join(name.lower().split())
        if not INTENT.match(written):
            return await _every(request, session, name or " ")
        return RedirectResponse(f"/studio/intents/{written}", 303)

    @routes.post("/{name}")
    async def save(request: Request, name: str) -> Response:
        session = await entrance.owner(request)
        if not INTENT.match(name):
            return showing.missing(request, session)
        form = await request.form()
        files = (await workshop.drafts.now()).texts

        def wanted(box: str, path: str, part: Part) -> Wanted:
            return Wanted(path, part, str(form[box]), str(form.get(f"read_{box}", "")), box)

        boxes = [
            wanted(language, path_of(files, name, language), IntentPart(name))
            for language in LANGUAGES
            if language in form
        ]
        boxes += [
            wanted(f"topic_{language}", wordings.path_of(language), TopicPart(name))
            for language in LANGUAGES
            if f"topic_{language}" in form
        ]
        return await showing.save(request, session, name, boxes, f"/studio/intents/{name}?saved")

    return routes


@dataclass(frozen=True)
class Side:
    """The utterances of an intent in one language."""

    language: Language
    path: str
    text: str
    read_at: str
    by: str | None
    """Who changed the file last, when it is not as it is live."""
    topic: str
    """What callers hear it called, and words they use for it, one a line."""
    topic_read_at: str


def _side(draft: Draft, name: str, language: Language) -> Side:
    path = path_of(draft.texts, name, language)
    try:
        text = IntentPart(name).read(draft.texts.get(path, ""))
    except NotEditable:
        text = ""
    edit = draft.edits.get(path)
    by = edit.by if edit else None
    answers = wordings.path_of(language)
    try:
        topic = TopicPart(name).read(draft.texts.get(answers, ""))
    except NotEditable:
        topic = ""
    return Side(language, path, text, draft.read_at(path), by, topic, draft.read_at(answers))


def listed(files: Texts, problems: list[Problem]) -> tuple[list[Listed], list[str]]:
    """Return the intents by name with what is to be mended, and files that can't be read."""
    found: dict[str, Listed] = {}
    broken: list[str] = []
    for language in LANGUAGES:
        for path in nlu_paths(files, language):
            try:
                intents = list(read(files[path]).values())
            except NotEditable:
                broken.append(path)
                continue
            after = ends([each.line for each in intents])
            for utterances, end in zip(intents, after, strict=True):
                _add(found, utterances, language, within(problems, path, utterances.line, end))
    for path in flow_text.paths(files):
        try:
            flows = flow_text.read(files[path])
        except NotEditable:
            broken.append(path)
            continue
        for flow in flows.values():
            for intent in flow.triggers:
                if intent in found:
                    found[intent].flows.append(flow.name)
    return sorted(found.values(), key=lambda each: each.name), broken


def _add(
    found: dict[str, Listed], read_: Utterances, language: Language, problems: list[Problem]
) -> None:
    intent = found.setdefault(read_.intent, Listed(read_.intent))
    intent.utterances[language] = intent.utterances.get(language, 0) + len(read_.texts)
    intent.problems += problems
