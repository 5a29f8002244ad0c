"""Answer pages: what the bot says, with what a caller hears of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from bot.events import Language
from handoff.desk.view import reader_language
from handoff.studio.checking import Checks, Heard, Problem
from handoff.studio.entrance import Entrance
from handoff.studio.folder import Texts
from handoff.studio.parts import AnswerPart
from handoff.studio.showing import LANGUAGES, Showing, Wanted, ends, within
from handoff.studio.splicing import NotEditable
from handoff.studio.wordings import Wordings, path_of, read

LONGEST = 2000
"""Characters of a wording that is looked at while it is typed."""


@dataclass
class Side:
    """An answer in one language."""

    language: Language
    path: str
    texts: list[str]
    heard: list[Heard]
    problems: list[Problem]
    read_at: str
    spoken: Language
    """Of the words; mostly that of the file."""


@dataclass
class Listed:
    """An answer in the list."""

    name: str
    first: dict[Language, str] = field(default_factory=dict)
    """Its first wording."""
    problems: int = 0


def router(showing: Showing, entrance: Entrance) -> APIRouter:
    """Build the routes of `/studio/answers`."""
    routes = APIRouter(prefix="/studio/answers", include_in_schema=False)
    workshop = showing.workshop

    @routes.get("")
    async def every(request: Request, find: Annotated[str, Query()] = "") -> Response:
        session = await entrance.owner(request)
        draft = await workshop.drafts.now()
        problems = await workshop.problems(draft.texts)
        answers, broken = _listed(draft.texts, problems)
        wanted = find.casefold().strip()
        if wanted:
            answers = [a for a in answers if wanted in f"{a.name} {a.first}".casefold()]
        return showing.page(
            request,
            session,
            "studio_answers.html",
            answers=answers,
            broken=broken,
            find=find,
            draft=draft,
        )

    @routes.post("/heard")
    async def heard(request: Request) -> Response:
        """Tell what a caller hears of a wording while it is typed."""
        await entrance.owner(request)
        asked = await request.json()
        if not isinstance(asked, dict) or asked.get("language") not in LANGUAGES:
            return JSONResponse({}, 422)
        files = (await workshop.drafts.now()).texts
        wording = str(asked.get("wording", ""))[:LONGEST]
        told = await asyncio.to_thread(workshop.checks.heard, files, wording, asked["language"])
        problem = told.problem.say(reader_language(request)) if told.problem else None
        return JSONResponse({"words": told.words, "problem": problem})

    @routes.get("/{name}")
    async def one(request: Request, name: str) -> Response:
        session = await entrance.owner(request)
        draft = await workshop.drafts.now()
        problems = await workshop.problems(draft.texts)
        sides = []
        for language in LANGUAGES:
            path = path_of(language)
            read_at = draft.read_at(path)
            side = await asyncio.to_thread(
                _side, workshop.checks, draft.texts, name, language, problems, read_at
            )
            sides += [side] if side else []
        if not sides:
            return showing.missing(request, session)
        names = await asyncio.to_thread(workshop.checks.placeholders, draft.texts)
        return showing.page(
            request,
            session,
            "studio_answer.html",
            name=name,
            sides=sides,
            placeholders=names,
            draft=draft,
        )

    @routes.post("/{name}")
    async def save(request: Request, name: str) -> Response:
        session = await entrance.owner(request)
        form = await request.form()
        wanted = [
            Wanted(
                path_of(language),
                AnswerPart(name),
                "\n".join(str(each) for each in form.getlist(language)),
                str(form.get(f"read_{language}", "")),
                language,
            )
            for language in LANGUAGES
            if language in form
        ]
        return await showing.save(request, session, name, wanted, f"/studio/answers/{name}?saved")

    return routes


def _listed(files: Texts, problems: list[Problem]) -> tuple[list[Listed], list[str]]:
    found: dict[str, Listed] = {}
    broken: list[str] = []
    for language in LANGUAGES:
        path = path_of(language)
        answers = _answers(files, path)
        if answers is None:
            broken.append(path)
            continue
        for answer, end in zip(answers, ends([each.line for each in answers]), strict=True):
            listed = found.setdefault(answer.name, Listed(answer.name))
            listed.first[language] = answer.texts[0] if answer.texts else ""
            listed.problems += len(within(problems, path, answer.line, end))
    return list(found.values()), broken


def _side(
    checks: Checks,
    files: Texts,
    name: str,
    language: Language,
    problems: list[Problem],
    read_at: str,
) -> Side | None:
    path = path_of(language)
    answers = _answers(files, path) or []
    for answer, end in zip(answers, ends([each.line for each in answers]), strict=True):
        if answer.name == name:
            spoken: Language = "en" if answer.language == "en" else language
            spoken = "nl" if answer.language == "nl" else spoken
            told = [checks.heard(files, text, spoken) for text in answer.texts]
            mine = within(problems, path, answer.line, end)
            return Side(language, path, list(answer.texts), told, mine, read_at, spoken)
    return None


def _answers(files: Texts, path: str) -> list[Wordings] | None:
    try:
        return list(read(files.get(path, "")).values())
    except NotEditable:
        return None
