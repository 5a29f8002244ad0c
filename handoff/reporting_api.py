"""ReportingApi: an agent's report of a threat or abuse, for scripts and for the card's page."""

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from bot.journal import JournalFull
from handoff.accounts import Accounts
from handoff.guard import Guard, Signed
from handoff.reporting import NOTE_LENGTH, NotTheirs, Reported, report
from handoff.store.journal import CallUnknown, DurableJournal


class Report(BaseModel):
    """What a caller did."""

    kind: Reported
    note: str = Field(default="", max_length=NOTE_LENGTH)
    """What happened, in a few words."""
    agent: str | None = Field(default=None, min_length=1, max_length=40)
    """For scripts: the agent's name. Who is logged in always reports for themselves."""


def router(journal: DurableJournal, accounts: Accounts) -> APIRouter:
    """Build the route."""
    routes = APIRouter(prefix="/api", tags=["incidents"])
    guard = Guard(accounts)

    @routes.post("/calls/{call_id}/incidents", status_code=204)
    async def file(
        call_id: str,
        body: Report,
        signed: Signed = Depends(guard.api),  # noqa: B008 - FastAPI's way
    ) -> None:
        """Report a threat or abuse; supervisors are called to it at once.

        During the talk and after it, by whoever had the caller; 403 for others.
        """
        script = signed.session is None and body.agent is not None
        agent = body.agent if script and body.agent else signed.name
        try:
            await report(journal, call_id, agent, body.kind, body.note, any_call=signed.supervises)
        except CallUnknown as error:
            raise HTTPException(404, f"There is no call {call_id!r}.") from error
        except NotTheirs as error:
            raise HTTPException(403, "Who had the caller can report what they did.") from error
        except JournalFull as error:
            raise HTTPException(503, "This could not be stored; nothing was changed.") from error

    return routes
