"""CallbacksApi: call backs that are to be made, for scripts and the pages alike."""

from collections.abc import Awaitable
from typing import Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import AwareDatetime, BaseModel, Field

from bot.journal import JournalFull
from handoff.accounts import Accounts
from handoff.callbacks import Callback, Callbacks, NoNumber, NotThere, PastMoment
from handoff.guard import Guard, Signed
from handoff.store.journal import CallUnknown


class Due(BaseModel):
    """A call back that is to be made."""

    call_id: str
    of: int
    """`seq` of the CallbackPlanned; names it together with the call."""
    agent: str | None
    """Who promised to call; null for whoever is free."""
    due: AwareDatetime
    number: str
    """E.164."""
    about: str
    tries: int
    """How often nobody was reached before."""
    unreached: bool
    """Tried as often as we try: a supervisor decides."""
    rings: bool
    late: bool
    customer_name: str | None


class PlanIn(BaseModel):
    """A call back that is promised."""

    due: AwareDatetime
    number: str = Field(max_length=40)
    about: str = Field(default="", max_length=300)
    agent: str | None = Field(default=None, min_length=1, max_length=40)
    """Who calls; null for whoever is free."""


class TriedIn(BaseModel):
    """How a call back went."""

    result: Literal["reached", "not_reached", "no_longer_needed"]
    again: AwareDatetime | None = None
    """When to try again, if nobody was reached; in two hours if not told."""
    agent: str | None = Field(default=None, min_length=1, max_length=40)
    """For scripts: who called."""


def router(callbacks: Callbacks, accounts: Accounts) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix="/api", tags=["call backs"])
    guard = Guard(accounts)

    @routes.get("/callbacks")
    async def due(
        mine: bool = False,
        signed: Signed = Depends(guard.api),  # noqa: B008 - FastAPI's way
    ) -> list[Due]:
        """Return the call backs that are to be made, soonest first.

        `mine`: one's own, those of nobody in particular, and those that nobody made in time.
        """
        agent = signed.name if mine else None
        found = await callbacks.due(agent, supervises=signed.supervises)
        return [_out(one) for one in found]

    @routes.post("/calls/{call_id}/callbacks", status_code=201)
    async def plan(
        call_id: str,
        body: PlanIn,
        _signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> list[Due]:
        """Plan a call back; returns those of this call."""
        await _do(callbacks.plan(call_id, body.agent, body.due, body.number, body.about))
        found = await callbacks.due(supervises=True)
        return [_out(one) for one in found if one.call_id == call_id]

    @routes.post("/calls/{call_id}/callbacks/{of}", status_code=204)
    async def tried(
        call_id: str,
        of: int,
        body: TriedIn,
        signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> None:
        """Tell how a call back went; who was not reached is planned again, twice at most."""
        agent = body.agent if signed.session is None and body.agent else signed.name
        await _do(callbacks.tried(call_id, of, agent, body.result, body.again))

    return routes


def _out(one: Callback) -> Due:
    return Due.model_validate(one, from_attributes=True)


async def _do(doing: Awaitable[None]) -> None:
    try:
        await doing
    except NoNumber as error:
        raise HTTPException(422, "This is no telephone number that can be called.") from error
    except PastMoment as error:
        raise HTTPException(422, "This moment is over already.") from error
    except (NotThere, CallUnknown) as error:
        raise HTTPException(409, "There is no such call back to be made any more.") from error
    except JournalFull as error:
        raise HTTPException(503, "This could not be stored; nothing was changed.") from error
