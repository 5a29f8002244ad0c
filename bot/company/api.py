"""What Kalm asks of a company's systems: types and the calls, nothing about HTTP."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Protocol

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

Money = Annotated[Decimal, Field(max_digits=12, decimal_places=2)]
"""Euros and cents."""
Moment = Annotated[
    AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2199, 12, 31, tzinfo=UTC))
]
"""An aware moment in years that every calendar computation can bear."""
Minutes = Annotated[int, Field(gt=0, le=24 * 60)]
"""How long a visit takes."""
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
"""Something to say or show: never empty, never a book."""
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=6000)]
"""What people write to each other: a summary with an agent's whole note."""
Postcode = Annotated[Text, AfterValidator(lambda text: "".join(text.split()).upper())]
"""Canonical, whatever way the company writes it: "1234AB"."""
Time = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of day, "HH:MM"."""


class CompanyError(Exception):
    """The company's systems gave no usable answer; see the subclasses."""


class CompanyUnavailable(CompanyError):
    """No connection, a connection that broke, or a server error (5xx).

    A change may or may not have happened, as with a time-out.
    """


class CompanyTimeout(CompanyError):
    """No answer within the budget. A change may or may not have happened."""


class CompanyInvalid(CompanyError):
    """An answer that is not what the API's description says; the text names the field.

    A change may have happened all the same.
    """


class CompanyRefused(CompanyError):
    """The company said no (4xx), with a reason code: slot_taken, not_allowed, not_found."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Record(BaseModel):
    # Unknown fields are ignored: a company may tell more than Kalm asks.
    # The docstrings of the fields are what docs/company-api.yaml says of them.
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Customer(_Record):
    """A customer of the company."""

    id: Text
    """Customer number, digits only, as the customer knows it: "471109"."""
    name: Text
    """As written on a letter: "Mw. J. de Vries"."""
    spoken_name: Text
    """As addressed: "mevrouw De Vries"."""
    language: Literal["nl", "en"]
    """What the customer is best spoken to in."""
    postcode: Postcode
    """Canonical: "1234AB"."""
    phone: Text | None = None
    """E.164."""


class Payment(_Record):
    """Money that arrived."""

    id: Text
    amount: Money
    """EUR."""
    received: date


class Invoice(_Record):
    """A bill."""

    number: Text
    """"2026-118"."""
    amount: Money
    """EUR, in total."""
    issued: date
    due: date
    status: Literal["open", "paid", "overdue", "in_plan"]
    open_amount: Annotated[Money, Field(ge=0)]
    """EUR still to pay; 0 when paid."""
    payments: tuple[Payment, ...] = ()
    reminder_sent: date | None = None


class PaymentLink(_Record):
    """A link by which an invoice can be paid, sent to the customer."""

    invoice: Text
    sent_to: Text
    """Where it was sent, partly hidden: "j***@example.nl" or "06 *** 47"."""


class PlanRequest(_Record):
    """A request to pay in parts; a person at the company decides."""

    id: Text
    invoice: Text
    months: Annotated[int, Field(gt=0)]
    decision_by: date


class FreeSlot(_Record):
    """A moment at which an appointment can be booked."""

    id: Text
    start: Moment
    """Aware."""
    minutes: Minutes


class Appointment(_Record):
    """A booked visit."""

    id: Text
    slot: Text
    start: Moment
    """Aware."""
    minutes: Minutes
    subject: Text
    """Code: "meter", "advice", "repair"."""
    status: Literal["booked", "cancelled"]


class Contact(_Record):
    """An earlier contact with the customer."""

    at: Moment
    channel: Literal["phone", "mail", "chat", "letter"]
    agent: Text | None = None
    """Colleague's first name."""
    summary: LongText
    promised: LongText | None = None
    """What was promised then and by when, in the customer's language."""
    disposition: Text | None = None
    """How it ended: a code of the contact centre's own, "solved", "passed_on"."""


class Office(_Record):
    """Where the company is, and when it is open."""

    address: Text
    postcode: Postcode
    city: Text
    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], tuple[Time, Time] | None]
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

    async def add_contact(self, customer: str, contact: Contact, key: str) -> Contact:
        """File a contact that just was, for whoever speaks with the customer next."""
        ...

    async def office(self) -> Office:
        """Return address and opening hours."""
        ...
