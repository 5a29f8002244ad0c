"""Beginnings pages: forms by which an owner makes a new answer or a new flow."""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from bot.events import Language
from handoff.accounts import Session
from handoff.desk.view import reader_language, translator
from handoff.studio import flow_text, wordings
from handoff.studio.asking import Asked, look_at_words, words_wanted
from handoff.studio.checking import Known, Unreadable
from handoff.studio.drafts import Draft
from handoff.studio.entrance import Entrance
from handoff.studio.folder import Texts
from handoff.studio.intents_pages import listed
from handoff.studio.parts import WholeFile
from handoff.studio.rewriting import rewrite
from handoff.studio.showing import LANGUAGES, Showing, Wanted
from handoff.studio.splicing import NotEditable
from handoff.studio.utterance_list import INTENT


@dataclass(frozen=True)
class NewFlow:
    """What a flow begins with."""

    name: str = ""
    description: str = ""
    intent: str = ""
    """That starts it; "" for none."""
    slot: str = ""
    """That is asked for first; "" when something is said."""

    @property
    def answer(self) -> str:
        """What is said first."""
        return f"ask_{self.slot}" if self.slot else self.name

    @property
    def path(self) -> str:
        """The file that it is written to."""
        return f"flows/{self.name}.yml"

    def text(self) -> str:
        """Return the file."""
        step = {"collect": self.slot} if self.slot else {"action": f"utter_{self.answer}"}
        flow: dict[str, Any] = {"description": self.description}
        if self.intent:
            flow["nlu_trigger"] = [{"intent": self.intent}]
        name = self.name
        return rewrite(f"flows:\n  {name}:\n", {"flows": {name: {**flow, "steps": [step]}}})


def router(showing: Showing, entrance: Entrance) -> APIRouter:
    """Build the routes of `/studio/new`."""
    routes = APIRouter(prefix="/studio/new", include_in_schema=False)
    workshop = showing.workshop

    async def _page(
        request: Request,
        session: Session,
        draft: Draft,
        asked: Asked,
        wrong: dict[str, str],
        new: NewFlow | None = None,
    ) -> Response:
        """Show the form of a new flow, or of a new answer."""
        for language in LANGUAGES:
            asked.read_at.setdefault(language, draft.read_at(wordings.path_of(language)))
        shown: dict[str, Any] = {"asked": asked, "wrong": wrong, "draft": draft}
        if new is None:
            template = "studio_new_answer.html"
            names = await asyncio.to_thread(workshop.checks.placeholders, draft.texts)
            shown |= {"placeholders": names}
        else:
            template = "studio_new_flow.html"
            known = await asyncio.to_thread(workshop.checks.known, draft.texts)
            free = [each.name for each in listed(draft.texts, [])[0] if not each.flows]
            shown |= {"new": new, "intents": free, "slots": known.asked}
        return showing.page(request, session, template, status=422 if wrong else 200, **shown)

    @routes.get("/answer")
    async def answer_form(request: Request) -> Response:
        session = await entrance.owner(request)
        return await _page(request, session, await workshop.drafts.now(), Asked(""), {})

    @routes.post("/answer")
    async def answer(request: Request) -> Response:
        session = await entrance.owner(request)
        draft = await workshop.drafts.now()
        form, language = await request.form(), reader_language(request)
        asked = _asked(str(form.get("name", "")), form)
        asked.was = asked.answer  # a name that is taken is told at the name, and nowhere else
        wrong = _answer_name(asked.answer, draft.texts, language)
        words, wrong_words = await asyncio.to_thread(
            look_at_words, workshop.checks, draft.texts, asked, language
        )
        wrong |= wrong_words
        if "check" in request.query_params:
            return JSONResponse({"wrong": wrong})
        if wrong:
            return await _page(request, session, draft, asked, wrong)
        wanted, done = words_wanted(asked, words), f"/studio/answers/{asked.answer}?saved"
        return await showing.save(request, session, asked.answer, wanted, done)

    @routes.get("/flow")
    async def flow_form(request: Request) -> Response:
        session = await entrance.owner(request)
        draft = await workshop.drafts.now()
        return await _page(request, session, draft, Asked(""), {}, NewFlow())

    @routes.post("/flow")
    async def flow(request: Request) -> Response:
        session = await entrance.owner(request)
        draft = await workshop.drafts.now()
        form, language = await request.form(), reader_language(request)
        new = NewFlow(
            *(str(form.get(name, "")).strip() for name in ("name", "description", "intent", "slot"))
        )
        asked = _asked(new.answer, form)
        known = await asyncio.to_thread(workshop.checks.known, draft.texts)
        wrong = _flow_wrong(new, draft.texts, known, language)
        words: dict[Language, str] = {}
        there = new.answer in wordings.names(draft.texts)
        if not (there and new.slot and not any(each.strip() for each in asked.words.values())):
            words, told = await asyncio.to_thread(
                look_at_words, workshop.checks, draft.texts, asked, language
            )
            wrong |= told
        if not wrong:
            wrong = await asyncio.to_thread(_unreadable, new, draft, language)
        if "check" in request.query_params:
            return JSONResponse({"wrong": wrong})
        if wrong:
            return await _page(request, session, draft, asked, wrong, new)
        file = Wanted(new.path, WholeFile(), new.text(), draft.read_at(new.path), "text")
        wanted, done = words_wanted(asked, words), f"/studio/flows/{new.name}/steps?saved"
        return await showing.save(request, session, new.name, [*wanted, file], done)

    def _unreadable(new: NewFlow, draft: Draft, language: Language) -> dict[str, str]:
        try:
            files = {**draft.texts, new.path: new.text()}
            workshop.checks.steps(files, new.path, new.name)
        except Unreadable as error:
            return {"form": error.problem.say(language)}
        except NotEditable:
            return {"description": translator(language)("studio", "steps", "refused", "layout")}
        return {}

    return routes


def _asked(answer: str, form: Any) -> Asked:
    asked = Asked(answer.strip())
    for language in LANGUAGES:
        typed = [str(each).replace("\r\n", "\n") for each in form.getlist(f"words_{language}")]
        asked.words[language] = "\n".join(typed)
        if sent := str(form.get(f"read_{language}", "")):
            asked.read_at[language] = sent
    return asked


def _answer_name(name: str, files: Texts, language: Language) -> dict[str, str]:
    t = translator(language)
    if not INTENT.match(name):
        return {"name": t("studio", "new", "name_how")}
    if name in wordings.names(files):
        return {"name": t("studio", "steps", "refused", "exists", name=name)}
    return {}


def _flow_wrong(new: NewFlow, files: Texts, known: Known, language: Language) -> dict[str, str]:
    t = translator(language)

    def refused(reason: str, **values: object) -> str:
        return t("studio", "steps", "refused", reason, **values)

    wrong = {}
    if not INTENT.match(new.name):
        wrong["name"] = t("studio", "new", "name_how")
    elif (
        flow_text.path_of(files, new.name) is not None
        or new.path in files
        or (not new.slot and new.name in wordings.names(files))
    ):
        wrong["name"] = refused("exists", name=new.name)
    if not new.description:
        wrong["description"] = t("studio", "new", "description")
    if new.slot and new.slot not in known.asked:
        wrong["slot"] = refused("unknown_slot", name=new.slot)
    if new.intent:
        intents = {each.name: each.flows for each in listed(files, [])[0]}
        if new.intent not in intents:
            wrong["intent"] = refused("unknown_intent", name=new.intent)
        elif taken := intents[new.intent]:
            wrong["intent"] = refused("intent_taken", name=new.intent, flow=taken[0])
    return wrong
