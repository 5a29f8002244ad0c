"""OffersApi: what agents can do, how they are there, and what they are asked to take."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.events import Language
from bot.journal import JournalFull
from handoff.accounts import Accounts
from handoff.agents import Profile
from handoff.dispatch import Dispatcher
from handoff.guard import Guard, Signed
from handoff.offers import DeclineReason, NotOffered
from handoff.presence import Choice, PresenceState
from handoff.store.journal import CallUnknown
from handoff.why import why_me
from handoff.wording import wording

Name = Annotated[str | None, Query(min_length=1, max_length=40)]


class There(BaseModel):
    """How an agent is there."""

    model_config = ConfigDict(from_attributes=True)

    agent: str
    state: PresenceState
    since: AwareDatetime
    until: AwareDatetime | None
    """When a break ends."""
    call_id: str | None
    """The call that the agent is busy with, or wraps up."""
    choice: Choice
    """What comes after the call."""


class Chosen(BaseModel):
    """What an agent wants: calls, a break, or neither."""

    choice: Choice
    break_minutes: float | None = Field(default=None, gt=0, le=240)
    agent: str | None = Field(default=None, min_length=1, max_length=40)
    """For scripts: the agent's name. Who is logged in always chooses for themselves."""


class OfferOut(BaseModel):
    """A call that an agent is asked to take."""

    call_id: str
    until: AwareDatetime
    """Then somebody else is asked."""
    why: tuple[str, ...]
    """Names of what counted, the weightiest first."""
    why_me: str
    """The same in words."""
    on_the_line: bool
    """The caller waits on the line; else it is to call back."""


class Decline(BaseModel):
    """Why an agent does not take a call."""

    reason: DeclineReason = "other"
    agent: str | None = Field(default=None, min_length=1, max_length=40)
    """For scripts: the agent's name."""


class ProfileIn(BaseModel):
    """What an agent can do and asked for."""

    model_config = ConfigDict(extra="forbid")

    languages: frozenset[Language] = Field(default=frozenset({"nl", "en"}), min_length=1)
    skills: frozenset[str] = frozenset()
    trained: bool = False
    asked_for_heavy: bool = False
    whisper: bool = True
    buddy: str | None = Field(default=None, max_length=40)


def router(dispatcher: Dispatcher, accounts: Accounts) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix="/api", tags=["agents and offers"])
    guard = Guard(accounts)
    offers, presences, agents = dispatcher.offers, dispatcher.presences, dispatcher.agents

    @routes.get("/presence")
    async def presence(
        agent: Name = None,
        signed: Signed = Depends(guard.api),  # noqa: B008 - FastAPI's way
    ) -> There:
        """Return how the agent is there; for scripts, the agent who is named."""
        return There.model_validate(await presences.of(_agent(signed, agent)))

    @routes.put("/presence")
    async def choose(
        chosen: Chosen,
        signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> There:
        """Ask for calls, take a break, or be away; in a call, for when it is wrapped up.

        An agent who asked for calls and neither has the desk open nor asks for an offer for
        a minute and a half becomes away.
        """
        name = _agent(signed, chosen.agent)
        there = await presences.choose(name, chosen.choice, break_minutes=chosen.break_minutes)
        return There.model_validate(there)

    @routes.get("/presence/all")
    async def everybody(
        _signed: Signed = Depends(guard.supervisor),  # noqa: B008
    ) -> list[There]:
        """Return how everybody is there."""
        return [There.model_validate(there) for there in await presences.all()]

    @routes.get("/offer")
    async def offer(
        agent: Name = None,
        language: Language = "nl",
        signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> OfferOut | None:
        """Return the call that the agent is asked to take now, or null."""
        name = _agent(signed, agent)
        await presences.seen(name)
        found = await offers.current(name)
        if found is None:
            return None
        return OfferOut(
            call_id=found.call_id,
            until=found.until,
            why=found.why,
            why_me=why_me(found.why, wording(language)),
            on_the_line=found.on_the_line,
        )

    @routes.post("/calls/{call_id}/decline", status_code=204)
    async def decline(
        call_id: str,
        body: Decline | None = None,
        signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> None:
        """Say no to an offer. 409 when it is over, with who has the card, if anybody."""
        body = body or Decline()
        try:
            await offers.decline(call_id, _agent(signed, body.agent), body.reason)
        except CallUnknown as error:
            raise HTTPException(404, f"There is no call {call_id!r}.") from error
        except NotOffered as error:
            detail = {"taken_by": error.agent, "message": "This offer is over."}
            raise HTTPException(409, detail) from error
        except JournalFull as error:
            raise HTTPException(503, "This could not be stored; nothing was changed.") from error

    @routes.get("/agents")
    async def profiles(
        _signed: Signed = Depends(guard.supervisor),  # noqa: B008
    ) -> list[Profile]:
        """Return what everybody can do and asked for."""
        found = await agents.all()
        return [found[name] for name in sorted(found)]

    @routes.get("/agents/{name}")
    async def profile(
        name: str,
        signed: Signed = Depends(guard.api),  # noqa: B008
    ) -> Profile:
        """Return what an agent can do; agents read their own."""
        if not signed.supervises and name != signed.name:
            raise HTTPException(403, "The profiles of others are for supervisors.")
        return await agents.profile(name)

    @routes.put("/agents/{name}")
    async def set_profile(
        name: str,
        wanted: ProfileIn,
        _signed: Signed = Depends(guard.supervisor),  # noqa: B008
    ) -> Profile:
        """Set what an agent can do; it counts from the next call."""
        if not 1 <= len(name) <= 40:
            raise HTTPException(422, "A name has 1 to 40 characters.")
        set_now = Profile(name=name, **wanted.model_dump())
        await agents.set(set_now)
        return set_now

    return routes


def _agent(signed: Signed, named: str | None) -> str:
    return named if named is not None and signed.session is None else signed.name
