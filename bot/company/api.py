"""What Kalm asks of a company's systems: types and the calls, nothing about HTTP."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict


class CompanyError(Exception):
    """The company's systems gave no usable answer; see the subclasses."""


class CompanyUnavailable(CompanyError):
    """No connection, or a server error (5xx)."""


class CompanyTimeout(CompanyError):
    """No answer within the budget. A change may or may not have happened."""


class CompanyInvalid(CompanyError):
    """An answer that is not what the API's description says."""


class CompanyRefused(CompanyError):
    """The company said no (4xx), with a reason code: slot_taken, not_allowed, not_found."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Record(BaseModel):
    # Unknown fields are ignored: a company may tell more than Kalm asks.
    model_config = ConfigDict(frozen=True)


class Customer(_Record):
    """A customer of the company."""

    id: str
    """Customer number, digits only, as the customer knows it: "471109"."""
    name: str
    """As written on a letter: "Mw. J. de Vries"."""
    spoken_name: str
    """As addressed: "mevrouw De Vries"."""
    language: Literal["nl", "en"]
    postcode: str
    """Canonical: "1234AB"."""
    phone: str | None = None
    """E.164."""


class Payment(_Record):
    """Money that arrived."""

    id: str
    amount: Decimal
    """EUR."""
    received: date


class Invoice(_Record):
    """A bill."""

    number: str
    """"2026-118"."""
    amount: Decimal
    """EUR, in total."""
    issued: date
    due: date
    status: Literal["open", "paid", "overdue", "in_plan"]
    open_amount: Decimal
    """EUR still to pay; 0 when paid."""
    payments: tuple[Payment, ...] = ()
    reminder_sent: date | None = None


class PaymentLink(_Record):
    """A link by which an invoice can be paid, sent to the customer."""

    invoice: str
    sent_to: str
    """Where it was sent, partly hidden: "j***@example.nl" or "06 *** 47"."""


class PlanRequest(_Record):
    """A request to pay in parts; a person at the company decides."""

    id: str
    invoice: str
    months: int
    decision_by: date


class FreeSlot(_Record):
    """A moment at which an appointment can be booked."""

    id: str
    start: datetime
    """Aware."""
    minutes: int


class Appointment(_Record):
    """A booked visit."""

    id: str
    slot: str
    start: datetime
    """Aware."""
    minutes: int
    subject: str
    """Code: "meter", "advice", "repair"."""
    status: Literal["booked", "cancelled"]


class Contact(_Record):
    """An earlier contact with the customer."""

    at: datetime
    channel: Literal["phone", "mail", "chat", "letter"]
    agent: str | None = None
    """Colleague's first name."""
    summary: str
    promised: str | None = None
    """What was promised then, in the customer's language."""


class Office(_Record):
    """Where the company is, and when it is open."""

    address: str
    postcode: str
    city: str
    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], tuple[str, str] | None]
    """Opening and closing time, "HH:MM"; None when closed."""


class Company(Protocol):
    """The company's systems. Every call may raise a CompanyError.

    What changes something takes an idempotency key: sent twice with the same
    key, it happens once and answers the same.
    """

    async def customer(self, number: str) -> Customer | None:
        """Return the customer with this number, None when there is none."""
        ...

    async def customers_by_phone(self, phone: str) -> list[Customer]:
        """Return everyone known at this E.164 number; may be more than one."""
        ...

    async def invoices(self, customer: str) -> list[Invoice]:
        """Return the customer's invoices, newest first, paid ones included."""
        ...

    async def send_payment_link(self, customer: str, invoice: str, key: str) -> PaymentLink:
        """Send a payment link to the customer's address on file."""
        ...

    async def request_plan(self, customer: str, invoice: str, months: int, key: str) -> PlanRequest:
        """Request to pay the invoice in monthly parts."""
        ...

    async def free_slots(self, earliest: datetime, latest: datetime) -> list[FreeSlot]:
        """Return the free slots between two aware moments, soonest first."""
        ...

    async def appointments(self, customer: str) -> list[Appointment]:
        """Return the customer's coming appointments, soonest first, cancelled ones left out."""
        ...

    async def book(self, customer: str, slot: str, subject: str, key: str) -> Appointment:
        """Book a free slot; CompanyRefused("slot_taken") when someone was faster."""
        ...

    async def move(self, appointment: str, slot: str, key: str) -> Appointment:
        """Move an appointment to another free slot."""
        ...

    async def cancel(self, appointment: str, key: str) -> Appointment:
        """Cancel an appointment."""
        ...

    async def contacts(self, customer: str) -> list[Contact]:
        """Return earlier contacts, newest first."""
        ...

    async def office(self) -> Office:
        """Return address and opening hours."""
        ...
