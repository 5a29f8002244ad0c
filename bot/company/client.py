"""The company's systems over HTTP: every answer checked, every failure a CompanyError."""

import asyncio
import logging
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, StringConstraints, TypeAdapter, ValidationError

from bot import stages
from bot.company.api import (
    Appointment,
    CompanyError,
    CompanyInvalid,
    CompanyRefused,
    CompanyTimeout,
    CompanyUnavailable,
    Contact,
    Customer,
    FreeSlot,
    Invoice,
    Office,
    PaymentLink,
    PlanRequest,
)

BUDGET_S = 8.0
"""Seconds that a call may take, retries included."""
CONNECT_S = 2.0
"""Seconds to get a connection."""

_log = logging.getLogger(__name__)

# httpx logs every URL, and ours hold customer and telephone numbers.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

T = TypeVar("T")
R = TypeVar("R", bound=BaseModel)


class _Refusal(BaseModel):
    # A code and not a sentence: it goes into logs and events.
    reason: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]


_APPOINTMENT = TypeAdapter(Appointment)
_APPOINTMENTS = TypeAdapter(list[Appointment])
_CONTACTS = TypeAdapter(list[Contact])
_CONTACT = TypeAdapter(Contact)
_CUSTOMER = TypeAdapter(Customer)
_CUSTOMERS = TypeAdapter(list[Customer])
_INVOICES = TypeAdapter(list[Invoice])
_LINK = TypeAdapter(PaymentLink)
_OFFICE = TypeAdapter(Office)
_PLAN = TypeAdapter(PlanRequest)
_REFUSAL = TypeAdapter(_Refusal)
_SLOTS = TypeAdapter(list[FreeSlot])


class HttpCompany:
    """Implements `bot.company.api.Company` against docs/company-api.md.

    One object serves all calls: connections are pooled and kept. Nothing that
    it logs tells who the customer is.

    Args:
        base_url: Where the company's API is, with or without a path.
        token: Bearer token, when the company wants one.
        transport: Another way to reach it than the network: the demo company.
        budget_s: Seconds that a call may take, retries included.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        budget_s: float = BUDGET_S,
    ) -> None:
        headers = [(b"Accept", b"application/json")]
        if token:
            headers.append((b"Authorization", f"Bearer {token}".encode()))
        self._budget_s = budget_s
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers=headers,
            transport=transport,
            timeout=httpx.Timeout(budget_s, connect=min(CONNECT_S, budget_s)),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; the object is of no use afterwards."""
        await self._http.aclose()

    async def customer(self, number: str) -> Customer | None:
        """Return the customer with this number, None when there is none."""
        try:
            found = await self._get("/customers/{customer}", _CUSTOMER, customer=number)
        except CompanyRefused as refusal:
            if refusal.reason == "not_found":
                return None
            raise
        return _as_asked(found, id=number)

    async def customers_by_phone(self, phone: str) -> list[Customer]:
        """Return everyone known at this E.164 number; may be more than one."""
        return await self._get("/customers", _CUSTOMERS, {"phone": phone})

    async def invoices(self, customer: str) -> list[Invoice]:
        """Return the customer's invoices, newest first, paid ones included."""
        found = await self._get("/customers/{customer}/invoices", _INVOICES, customer=customer)
        return sorted(found, key=lambda invoice: invoice.issued, reverse=True)

    async def send_payment_link(self, customer: str, invoice: str, key: str) -> PaymentLink:
        """Send a payment link to the customer's address on file."""
        route = "/customers/{customer}/invoices/{invoice}/payment-link"
        sent = await self._post(route, _LINK, key, None, customer=customer, invoice=invoice)
        return _as_asked(sent, invoice=invoice)

    async def request_plan(self, customer: str, invoice: str, months: int, key: str) -> PlanRequest:
        """Request to pay the invoice in monthly parts."""
        route = "/customers/{customer}/invoices/{invoice}/payment-plan"
        body = {"months": months}
        request = await self._post(route, _PLAN, key, body, customer=customer, invoice=invoice)
        return _as_asked(request, invoice=invoice, months=months)

    async def free_slots(self, earliest: datetime, latest: datetime) -> list[FreeSlot]:
        """Return the free slots that start between two aware moments, soonest first."""
        moments = {"earliest": earliest.isoformat(), "latest": latest.isoformat()}
        found = await self._get("/slots", _SLOTS, moments)
        return sorted(
            (slot for slot in found if earliest <= slot.start <= latest),
            key=lambda slot: slot.start,
        )

    async def appointments(self, customer: str) -> list[Appointment]:
        """Return the customer's coming appointments, soonest first, cancelled ones left out."""
        route = "/customers/{customer}/appointments"
        found = await self._get(route, _APPOINTMENTS, customer=customer)
        return sorted(
            (each for each in found if each.status == "booked"), key=lambda each: each.start
        )

    async def book(self, customer: str, slot: str, subject: str, key: str) -> Appointment:
        """Book a free slot; CompanyRefused("slot_taken") when someone was faster."""
        body = {"customer": customer, "slot": slot, "subject": subject}
        booked = await self._post("/appointments", _APPOINTMENT, key, body)
        return _as_asked(booked, slot=slot, subject=subject, status="booked")

    async def move(self, appointment: str, slot: str, key: str) -> Appointment:
        """Move an appointment to another free slot."""
        route = "/appointments/{appointment}/move"
        moved = await self._post(route, _APPOINTMENT, key, {"slot": slot}, appointment=appointment)
        return _as_asked(moved, id=appointment, slot=slot, status="booked")

    async def cancel(self, appointment: str, key: str) -> Appointment:
        """Cancel an appointment."""
        route = "/appointments/{appointment}/cancel"
        gone = await self._post(route, _APPOINTMENT, key, None, appointment=appointment)
        return _as_asked(gone, id=appointment, status="cancelled")

    async def contacts(self, customer: str) -> list[Contact]:
        """Return earlier contacts, newest first."""
        found = await self._get("/customers/{customer}/contacts", _CONTACTS, customer=customer)
        return sorted(found, key=lambda contact: contact.at, reverse=True)

    async def add_contact(self, customer: str, contact: Contact, key: str) -> Contact:
        """File a contact that just was, for whoever speaks with the customer next."""
        body = contact.model_dump(mode="json")
        route = "/customers/{customer}/contacts"
        filed = await self._post(route, _CONTACT, key, body, customer=customer)
        return _as_asked(filed, at=contact.at, summary=contact.summary)

    async def office(self) -> Office:
        """Return address and opening hours."""
        return await self._get("/office", _OFFICE)

    async def _get(
        self,
        route: str,
        answer: TypeAdapter[T],
        query: dict[str, str] | None = None,
        **parts: str,
    ) -> T:
        return await self._call("GET", route, answer, parts, params=query)

    async def _post(
        self,
        route: str,
        answer: TypeAdapter[T],
        key: str,
        body: dict[str, Any] | None,
        **parts: str,
    ) -> T:
        headers = {"Idempotency-Key": key}
        return await self._call("POST", route, answer, parts, json=body, headers=headers)

    async def _call(
        self, method: str, route: str, answer: TypeAdapter[T], parts: dict[str, str], **content: Any
    ) -> T:
        try:
            request = self._http.build_request(method, _path(route, parts), **content)
            with stages.asking_company():
                async with asyncio.timeout(self._budget_s):
                    response = await self._send_twice_if_safe(request)
            return _read(response, answer)
        except (TimeoutError, httpx.TimeoutException):
            failure: CompanyError = CompanyTimeout(f"no answer within {self._budget_s:g} s")
        except httpx.DecodingError:
            failure = CompanyInvalid("body: not in the encoding that its header says")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = CompanyUnavailable(type(error).__name__)
        except CompanyRefused:
            raise  # an answer like any other: nothing is wrong with the company's systems
        except CompanyError as error:
            failure = error
        # The route, not the path: the path tells who the customer is.
        _log.warning("%s %s: %s: %s", method, route, type(failure).__name__, failure)
        raise failure from None

    async def _send_twice_if_safe(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._http.send(request)
        except httpx.TimeoutException:
            raise
        except httpx.TransportError:
            # Reading twice does no harm, and a change carries its key.
            return await self._http.send(request)
        if response.is_server_error and request.method != "GET":
            return await self._http.send(request)
        return response


def _path(route: str, parts: dict[str, str]) -> str:
    number = parts.get("customer", "0")
    if not (number.isascii() and number.isdigit()) or {"", ".", ".."} & set(parts.values()):
        # Heard wrong, perhaps; and a path with it might lead to another resource.
        raise CompanyRefused("not_found")
    return route.format(**{name: quote(part, safe="") for name, part in parts.items()})


def _read(response: httpx.Response, answer: TypeAdapter[T]) -> T:
    status = response.status_code
    if response.is_success:
        return _validated(response.content, answer)
    if status == HTTPStatus.UNAUTHORIZED:
        raise CompanyUnavailable("status 401: is KALM_COMPANY_TOKEN the company's token?")
    if response.is_server_error or status == HTTPStatus.TOO_MANY_REQUESTS:
        raise CompanyUnavailable(f"status {status}")
    if response.is_client_error:
        raise CompanyRefused(_validated(response.content, _REFUSAL, f"status {status}: ").reason)
    raise CompanyInvalid(f"status {status}: neither an answer nor a refusal")


def _validated(content: bytes, answer: TypeAdapter[T], prefix: str = "") -> T:
    try:
        return answer.validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    raise CompanyInvalid(f"{prefix}{field}: {first['type']}")


def _as_asked(answer: R, **asked: object) -> R:
    """Return the answer when it is about what was asked, so that nobody hears of someone else."""
    for field, value in asked.items():
        if getattr(answer, field) != value:
            raise CompanyInvalid(f"{field}: not the one asked for")
    return answer
