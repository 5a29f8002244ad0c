"""CardApi: a card as text, what is wrong on it, and its wrap-up, for scripts and pages alike."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import PlainTextResponse
from pydantic import AwareDatetime, BaseModel, Field

from bot.events import FactDisputed, Language
from bot.journal import JournalFull
from handoff.accounts import Accounts
from handoff.card_text import card_text
from handoff.cards import Cards
from handoff.disputes import FIELDS, LONGEST, NoSuchFact, disputed, find
from handoff.guard import Guard, Signed
from handoff.hints import Answers, Hint
from handoff.parts import Card
from handoff.store.journal import DurableJournal
from handoff.wording import wording
from handoff.wrapup import Draft


class Wrong(BaseModel):
    """What an agent calls wrong on a card."""

    field: str
    """Path of the card's field: "reason", "who.name", "facts", "mood.now"."""
    of: int = Field(ge=1)
    """The fact's `seq`."""
    was: str = Field(max_length=LONGEST)
    """The fact's `text`."""
    now: str = Field(default="", max_length=LONGEST)
    """What it should be, if known; the same as `was` when it was right after all."""
    agent: str | None = Field(default=None, min_length=1, max_length=40)
    """For scripts: the agent's name."""


class Disputed(BaseModel):
    """One thing that an agent called wrong."""

    call_id: str
    seq: int
    at: datetime
    agent: str
    field: str
    of: int | None
    was: str
    now: str


def router(
    journal: DurableJournal,
    accounts: Accounts,
    clock: Callable[[], datetime],
    zone: tzinfo,
    answers: Answers,
) -> APIRouter:
    """Build the routes. Texts are in `language`, times in `zone`."""
    routes = APIRouter(prefix="/api", tags=["calls and cards"])
    cards = Cards(journal, clock, zone, answers=answers)
    guard = Guard(accounts)

    async def known(call_id: str, language: Language) -> Card:
        found = await cards.card(call_id, language)
        if found is None:
            raise HTTPException(404, f"There is no call {call_id!r}.")
        return found

    @routes.get("/calls/{call_id}/card.txt", response_class=PlainTextResponse)
    async def text(
        call_id: str,
        language: Language = "nl",
        _signed: Signed = Depends(guard.api),  # noqa: B008 - FastAPI's way
    ) -> str:
        """Return the card as plain text, in the order in which it is read."""
        return card_text(await known(call_id, language), wording(language, zone))

    @routes.get("/calls/{call_id}/wrap-up")
    async def wrap_up(
        call_id: str,
        language: Language = "nl",
        _signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> Draft:
        """Return how the card would be closed, as far as the events tell; the rest is blank."""
        found = await cards.draft(call_id, language)
        if found is None:
            raise HTTPException(404, f"There is no call {call_id!r}.")
        return found

    @routes.get("/calls/{call_id}/hints")
    async def hints(
        call_id: str,
        language: Language = "nl",
        _signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> list[Hint]:
        """Return what the agent may say next, from what the caller told up to the handover."""
        found = await cards.reading(call_id, language)
        if found is None:
            raise HTTPException(404, f"There is no call {call_id!r}.")
        return list(found.hints)

    @routes.post("/calls/{call_id}/disputes", status_code=201)
    async def dispute(
        call_id: str,
        body: Wrong,
        language: Language = "nl",
        signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> Card:
        """Call a fact wrong; owners see it. 409 when the card has no such fact any more.

        `language` is that of the card on which it was read.
        """
        if body.field not in FIELDS:
            raise HTTPException(422, f"No such field; there are: {', '.join(FIELDS)}.")
        try:
            find(await known(call_id, language), body.field, body.of, body.was)
        except NoSuchFact as error:
            raise HTTPException(409, "The card has changed; read it again.") from error
        script = signed.session is None and body.agent is not None
        told = FactDisputed(
            agent=body.agent if script and body.agent else signed.name,
            field=body.field,
            of=body.of,
            was=body.was,
            now=" ".join(body.now.split()),
        )
        try:
            await journal.append(call_id, told)
        except JournalFull as error:
            raise HTTPException(503, "This could not be stored; nothing was changed.") from error
        return await known(call_id, language)

    @routes.get("/disputes")
    async def disputes(
        since: Annotated[AwareDatetime, Query()],
        _signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> list[Disputed]:
        """Return what agents called wrong since a moment, oldest first."""
        found = await disputed(journal, since)
        return [Disputed.model_validate(one, from_attributes=True) for one in found]

    return routes
