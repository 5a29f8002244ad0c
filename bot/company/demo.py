"""The demo company "Kalm Energie": serves docs/company-api.md with twenty customers.

`python -m bot.company.demo --port 8100` serves it over HTTP.
"""

import argparse
import secrets
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, BaseModel

from bot.clock import Clock, utc_now
from bot.company.api import (
    Appointment,
    Contact,
    Customer,
    FreeSlot,
    Invoice,
    Office,
    PaymentLink,
    PlanRequest,
)
from bot.company.demo_calendar import OFFICE
from bot.company.demo_company import Booking, DemoCompany, NewSlot, PlanWish
from bot.company.demo_store import Answer, Refused


class Refusal(BaseModel):
    """Why not, as a code."""

    reason: str


Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
_Responses = dict[int | str, dict[str, Any]]
NOT_AUTHORISED: _Responses = {401: {"model": Refusal, "description": "`not_authorised`"}}
READING: _Responses = {
    404: {"model": Refusal, "description": "`not_found`"},
    422: {"model": Refusal, "description": "`invalid`"},
}
CHANGING: _Responses = {
    404: {"model": Refusal, "description": "`not_found`"},
    409: {"model": Refusal, "description": "`slot_taken` or `not_allowed`"},
    422: {"model": Refusal, "description": "`invalid` or `key_reused`"},
}


def create_demo(folder: Path, clock: Clock, zone: ZoneInfo, token: str | None = None) -> FastAPI:
    """Return the demo company as an app; what is booked persists in `folder`.

    Args:
        folder: Where its bookings are kept; remove it to begin anew.
        clock: What time it is.
        zone: The company's time zone.
        token: The bearer token that it asks for; none when unset.
    """
    company = DemoCompany(folder, clock, zone)
    app = FastAPI(
        title="Company API",
        version="1",
        description="What Kalm asks of a company's systems; docs/company-api.md explains.",
        dependencies=[Depends(_asking(token))],
        responses=NOT_AUTHORISED,
        docs_url=None,  # FastAPI's pages load their scripts from a foreign server
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )

    @app.exception_handler(Refused)
    def refuse(_: Request, refused: Refused) -> JSONResponse:
        return JSONResponse({"reason": refused.reason}, refused.status)

    @app.exception_handler(RequestValidationError)
    def refuse_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        return JSONResponse({"reason": "invalid", "field": field}, 422)

    _add_reading(app, company)
    _add_changes(app, company)
    return app


def _add_reading(app: FastAPI, company: DemoCompany) -> None:
    @app.get("/customers/{number}", responses=READING)
    def customer(number: str) -> Customer:
        """Return the customer with this number."""
        return company.customer(number)

    @app.get("/customers", responses=READING)
    def customers(phone: str) -> list[Customer]:
        """Return everyone known at an E.164 number; an empty list when there is nobody."""
        return company.customers(phone)

    @app.get("/customers/{number}/invoices", responses=READING)
    def invoices(number: str) -> list[Invoice]:
        """Return the customer's invoices, newest first, paid ones included."""
        return company.invoices(number)

    @app.get("/customers/{number}/appointments", responses=READING)
    def appointments(number: str) -> list[Appointment]:
        """Return the customer's coming appointments, soonest first."""
        return company.appointments(number)

    @app.get("/customers/{number}/contacts", responses=READING)
    def contacts(number: str) -> list[Contact]:
        """Return earlier contacts with the customer, newest first."""
        return company.contacts(number)

    @app.get("/slots", responses=READING)
    def free_slots(
        earliest: Annotated[AwareDatetime, Query()], latest: Annotated[AwareDatetime, Query()]
    ) -> list[FreeSlot]:
        """Return the free slots that start between two moments, soonest first."""
        return company.free_slots(earliest, latest)

    @app.get("/office")
    def office() -> Office:
        """Return address and opening hours."""
        return OFFICE


def _add_changes(app: FastAPI, company: DemoCompany) -> None:
    @app.post("/customers/{number}/invoices/{invoice}/payment-link", **_changing(PaymentLink))
    def payment_link(number: str, invoice: str, key: Key) -> Response:
        """Send a payment link to the customer's address on file."""
        return _sent(company.send_payment_link(number, invoice, key))

    @app.post("/customers/{number}/invoices/{invoice}/payment-plan", **_changing(PlanRequest))
    def payment_plan(number: str, invoice: str, wish: PlanWish, key: Key) -> Response:
        """Request to pay an invoice in monthly parts."""
        return _sent(company.request_plan(number, invoice, wish, key))

    @app.post("/customers/{number}/contacts", **_changing(Contact))
    def add_contact(number: str, contact: Contact, key: Key) -> Response:
        """File a contact that just was with the customer."""
        return _sent(company.add_contact(number, contact, key))

    @app.post("/appointments", **_changing(Appointment))
    def book(wish: Booking, key: Key) -> Response:
        """Book a free slot."""
        return _sent(company.book(wish, key))

    @app.post("/appointments/{appointment}/move", **_changing(Appointment))
    def move(appointment: str, to: NewSlot, key: Key) -> Response:
        """Move an appointment to another free slot."""
        return _sent(company.move(appointment, to, key))

    @app.post("/appointments/{appointment}/cancel", **_changing(Appointment))
    def cancel(appointment: str, key: Key) -> Response:
        """Cancel an appointment; its slot is free again."""
        return _sent(company.cancel(appointment, key))


def _changing(answer: type[BaseModel]) -> dict[str, Any]:
    return {"status_code": 201, "response_model": answer, "responses": CHANGING}


def _sent(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type="application/json")


def _asking(token: str | None) -> Any:
    def authorised(
        shown: Annotated[
            HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))
        ],
    ) -> None:
        given = shown.credentials if shown else ""
        if token and not secrets.compare_digest(given.encode(), token.encode()):
            raise Refused(401, "not_authorised")

    return authorised


def main() -> None:
    """Serve the demo company over HTTP."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--data", type=Path, default=Path("data/demo-company"))
    parser.add_argument("--time-zone", type=ZoneInfo, default=ZoneInfo("Europe/Amsterdam"))
    parser.add_argument("--token", help="ask for this bearer token")
    given = parser.parse_args()
    app = create_demo(given.data, utc_now, given.time_zone, given.token)
    uvicorn.run(app, host=given.host, port=given.port)


if __name__ == "__main__":
    main()
