"""Incidents' API: what waits for a supervisor, and the decision, under `/api/incidents`."""

from collections.abc import Awaitable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import BaseModel, Field

from bot.events import Language
from bot.journal import JournalFull
from handoff.accounts import Accounts
from handoff.deciding import WHY_LENGTH, ChangedMeanwhile, Deciding, IncidentUnknown, Refused
from handoff.guard import Guard, Signed
from handoff.incident_parts import Incident, IncidentFile, IncidentState
from handoff.incidents import Incidents
from handoff.rules import Decision

LARGEST = 2**31 - 1
"""Numbers of incidents fit the column on every database."""
Number = Annotated[int, Path(ge=1, le=LARGEST)]
By = Annotated[str | None, Field(default=None, min_length=1, max_length=40)]
Version = Annotated[int, Field(ge=1, le=LARGEST)]


class DecisionBody(BaseModel):
    """What a supervisor decides."""

    measures: list[Decision] = Field(min_length=1, max_length=5)
    """Several at a time, except `nothing`."""
    why: str = Field(default="", max_length=WHY_LENGTH)
    """Required for everything but `nothing`."""
    until: date | None = None
    """Last day of `warning_on_file` and `trained_team`; left out, the rules' own length."""
    version: Version
    """Of the incident that was read: who decides on an older one gets 409."""
    by: By
    """For scripts: the supervisor's name. Who is logged in always decides for themselves."""


class Revocation(BaseModel):
    """Why a decision is taken back."""

    why: str = Field(min_length=1, max_length=WHY_LENGTH)
    version: Version
    by: By


def router(incidents: Incidents, deciding: Deciding, accounts: Accounts) -> APIRouter:
    """Build the routes: for supervisors, administrators and tokens."""
    guard = Guard(accounts)
    routes = APIRouter(prefix="/api/incidents", tags=["incidents"])

    @routes.get("")
    async def list_incidents(
        state: IncidentState = "open",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        _signed: Signed = Depends(guard.supervisor),  # noqa: B008 - FastAPI's way
    ) -> list[Incident]:
        """Return incidents: open ones urgent first and oldest first, others newest first."""
        return await incidents.listed(state, limit=limit)

    @routes.get("/{incident_id}")
    async def one_incident(
        incident_id: Number,
        language: Language = "nl",
        _signed: Signed = Depends(guard.supervisor),  # noqa: B008
    ) -> IncidentFile:
        """Return everything about one incident; there is never a sound recording."""
        found = await incidents.file(incident_id, language)
        if found is None:
            raise _unknown(incident_id)
        return found

    @routes.post("/{incident_id}/decision")
    async def decide(
        incident_id: Number,
        body: DecisionBody,
        language: Language = "nl",
        signed: Signed = Depends(guard.supervisor),  # noqa: B008
    ) -> IncidentFile:
        """Decide. 409 when it changed since it was read, 422 when it can't be decided so."""
        doing = deciding.decide(
            incident_id,
            body.measures,
            by=_who(signed, body.by),
            why=body.why,
            until=body.until,
            version=body.version,
        )
        await _do(doing, incident_id)
        return await one_incident(incident_id, language, signed)

    @routes.post("/{incident_id}/revocation")
    async def revoke(
        incident_id: Number,
        body: Revocation,
        language: Language = "nl",
        signed: Signed = Depends(guard.supervisor),  # noqa: B008
    ) -> IncidentFile:
        """Take a decision back: its measures end at once, its history stays."""
        by = _who(signed, body.by)
        doing = deciding.revoke(incident_id, by=by, why=body.why, version=body.version)
        await _do(doing, incident_id)
        return await one_incident(incident_id, language, signed)

    return routes


def _who(signed: Signed, named: str | None) -> str:
    """Return who decides; a script that names someone is named as well."""
    return f"{named} ({signed.name})" if named and signed.session is None else signed.name


def _unknown(incident_id: int) -> HTTPException:
    return HTTPException(404, f"There is no incident {incident_id}.")


async def _do(doing: Awaitable[None], incident_id: int) -> None:
    try:
        await doing
    except IncidentUnknown as error:
        raise _unknown(incident_id) from error
    except Refused as error:
        detail = {"reason": error.reason, "message": MESSAGES[error.reason]}
        raise HTTPException(422, detail) from error
    except ChangedMeanwhile as error:
        why = f"{error.by} decided meanwhile." if error.by else "It changed meanwhile."
        raise HTTPException(409, {"decided_by": error.by, "message": why}) from error
    except JournalFull as error:
        raise HTTPException(503, "This could not be stored; nothing was changed.") from error


MESSAGES = {
    "none_chosen": "Choose what is decided.",
    "nothing_and_more": "`nothing` stands alone.",
    "why_missing": "Say why.",
    "why_long": f"`why` has at most {WHY_LENGTH} characters.",
    "care": "This is about the caller's safety: only `note` and `nothing` can be decided.",
    "nobody_known": "Neither a number nor a proven customer is known: there is nobody to "
    "carry it out for.",
    "until_alone": "`until` belongs to `warning_on_file` and `trained_team`.",
    "until_past": "`until` has passed.",
    "until_far": "`until` is further away than a measure may last.",
    "not_decided": "Nothing was decided that could be taken back.",
}
