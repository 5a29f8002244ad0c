"""API: calls and cards for scripts and other systems, under `/api`."""

from collections.abc import Awaitable, Callable
from datetime import datetime, tzinfo
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel, Field

from bot.events import AgentPromise, Event, Language
from bot.journal import JournalFull
from handoff.accounts import Accounts
from handoff.cards import NOTE_LENGTH, Cards, Disposition, NotPossible, Taken
from handoff.fitting import NotForYou
from handoff.guard import Guard, Signed
from handoff.parts import Card
from handoff.state import State
from handoff.store.journal import CallUnknown, DurableJournal
from handoff.transcript import Line, transcript
from handoff.wording import wording
from handoff.wrapup import MANY_PROMISES, WrapUp


class Call(BaseModel):
    """A whole call: everything that happened, and what was said as one reads it."""

    call_id: str
    state: State
    events: list[Event]
    transcript: list[Line]


class Accept(BaseModel):
    """Who takes a card."""

    agent: str | None = Field(default=None, min_length=1, max_length=40)
    """For scripts: the agent's name. Who is logged in always accepts for themselves."""


class Close(BaseModel):
    """How a card ends."""

    disposition: Disposition
    note: str = Field(default="", max_length=NOTE_LENGTH)
    done: str = Field(default="", max_length=NOTE_LENGTH)
    """What was done for the caller."""
    promises: tuple[AgentPromise, ...] = Field(default=(), max_length=MANY_PROMISES)
    agent: str | None = Field(default=None, min_length=1, max_length=40)
    """For scripts: the agent's name."""


def router(
    journal: DurableJournal,
    accounts: Accounts,
    clock: Callable[[], datetime],
    zone: tzinfo,
) -> APIRouter:
    """Build the routes. Texts of cards are in `language`, times in `zone`."""
    routes = APIRouter(prefix="/api", tags=["calls and cards"])
    cards = Cards(journal, clock, zone)
    guard = Guard(accounts)

    @routes.get("/calls/{call_id}")
    async def call(
        call_id: str,
        language: Language = "nl",
        _signed: Signed = Depends(guard.api),  # noqa: B008 - FastAPI's way
    ) -> Call:
        """Return a call: its events and its transcript."""
        events = await journal.read(call_id)
        summary = await journal.summary(call_id)
        if summary is None:
            raise _unknown(call_id)
        return Call(
            call_id=call_id,
            state=summary.state,
            events=events,
            transcript=transcript(events, wording(language, zone)),
        )

    @routes.get("/calls/{call_id}/card")
    async def card(
        call_id: str,
        language: Language = "nl",
        _signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> Card:
        """Return the card of a call, each fact with the number of its event."""
        found = await cards.card(call_id, language)
        if found is None:
            raise _unknown(call_id)
        return found

    @routes.get("/cards")
    async def list_cards(
        state: Literal["waiting", "accepted", "closed"] = "waiting",
        language: Language = "nl",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        _signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> list[Card]:
        """Return the cards in a state.

        Those that wait: crises first, then threats, then the longest waiting. Closed ones:
        newest first.
        """
        return await cards.in_state(state, language=language, limit=limit)

    @routes.post("/calls/{call_id}/accept")
    async def accept(
        call_id: str,
        body: Accept | None = None,
        language: Language = "nl",
        signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> Card:
        """Take a waiting card, offered or not.

        409 names who was faster, or the state it is in; 403 the rule that is in the way:
        `language`, `skill` or `training`.
        """
        agent = _agent(signed, body.agent if body else None)
        await _do(cards.accept(call_id, agent, any_call=signed.may_close_any), call_id)
        return await card(call_id, language, signed)

    @routes.post("/calls/{call_id}/close")
    async def close(
        call_id: str,
        body: Close,
        language: Language = "nl",
        signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> Card:
        """Close an accepted card."""
        agent = _agent(signed, body.agent)
        wrapped = WrapUp(body.disposition, body.note, body.done, body.promises)
        doing = cards.close(call_id, agent, wrapped, any_card=signed.may_close_any)
        await _do(doing, call_id)
        return await card(call_id, language, signed)

    return routes


def _agent(signed: Signed, named: str | None) -> str:
    return named if named is not None and signed.session is None else signed.name


def _unknown(call_id: str) -> HTTPException:
    return HTTPException(404, f"There is no call {call_id!r}.")


async def _do(doing: Awaitable[object], call_id: str) -> None:
    """Wait for what an agent asks; refusals become answers that scripts can tell apart."""
    try:
        await doing
    except CallUnknown as error:
        raise _unknown(call_id) from error
    except Taken as error:
        detail = {"taken_by": error.agent, "message": f"{error.agent} has this card."}
        raise HTTPException(409, detail) from error
    except NotForYou as error:
        detail = {"asks_for": error.why, "message": f"This call asks for another {error.why}."}
        raise HTTPException(403, detail) from error
    except NotPossible as error:
        detail = {"state": error.state, "message": f"This card is {error.state!r}."}
        raise HTTPException(409, detail) from error
    except JournalFull as error:
        raise HTTPException(503, "This could not be stored; nothing was changed.") from error
