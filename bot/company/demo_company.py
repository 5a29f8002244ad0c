"""What the demo company does when it is asked or told something, however it was reached."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from bot.clock import Clock
from bot.company.api import (
    Appointment,
    Contact,
    Customer,
    FreeSlot,
    Invoice,
    PaymentLink,
    PlanRequest,
)
from bot.company.demo_calendar import VISIT_MINUTES, slot_id, slots, working_day
from bot.company.demo_data import PEOPLE, Person
from bot.company.demo_store import Answer, Change, DemoStore, Refused

PLAN_MONTHS = range(2, 13)
"""In how many monthly parts an invoice can be paid."""


class PlanWish(BaseModel):
    """In how many monthly parts the customer wants to pay."""

    months: Annotated[int, Field(gt=0)]


class Booking(BaseModel):
    """Which slot for whom."""

    customer: str
    slot: str
    subject: Literal["meter", "advice", "repair"]


class NewSlot(BaseModel):
    """Where to move an appointment."""

    slot: str


class DemoCompany:
    """What the demo company does.

    Args:
        folder: Where its bookings are kept.
        clock: What time it is.
        zone: The company's time zone.
    """

    def __init__(self, folder: Path, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone
        self._people = {person.customer.id: person for person in PEOPLE}
        self._store = DemoStore(folder, clock, zone, self._seed)

    def customer(self, number: str) -> Customer:
        """Return a customer."""
        return self._person(number).customer

    def customers(self, phone: str) -> list[Customer]:
        """Return everyone with this telephone number."""
        return [each.customer for each in PEOPLE if each.customer.phone == phone]

    def invoices(self, customer: str) -> list[Invoice]:
        """Return a customer's invoices, newest first."""
        began = self._store.began
        found = [bill.invoice(began, self._today()) for bill in self._person(customer).bills]
        return sorted(found, key=lambda invoice: invoice.issued, reverse=True)

    def contacts(self, customer: str) -> list[Contact]:
        """Return a customer's earlier contacts, newest first."""
        began = self._store.began
        found = [each.contact(began, self._zone) for each in self._person(customer).earlier]
        found += self._store.contacts(customer)
        return sorted(found, key=lambda contact: contact.at, reverse=True)

    def appointments(self, customer: str) -> list[Appointment]:
        """Return a customer's coming appointments."""
        self._person(customer)
        now = self._clock()
        return [
            each
            for each in self._store.appointments(customer)
            if each.status == "booked" and each.start >= now
        ]

    def free_slots(self, earliest: datetime, latest: datetime) -> list[FreeSlot]:
        """Return the free slots that start within a period."""
        taken = self._store.taken()
        return [
            slot
            for slot in slots(self._clock(), self._zone)
            if earliest <= slot.start <= latest and slot.id not in taken
        ]

    def send_payment_link(self, customer: str, invoice: str, key: str) -> Answer:
        """Send a payment link, unless nothing is open."""

        def act(change: Change) -> PaymentLink:
            self._unpaid(customer, invoice)
            link = PaymentLink(invoice=invoice, sent_to=_hidden(self._person(customer).email))
            change.note_link(invoice, link.sent_to)
            return link

        return self._store.once(key, f"link {customer} {invoice}", act)

    def request_plan(self, customer: str, invoice: str, wish: PlanWish, key: str) -> Answer:
        """Request a plan, unless nothing is open or there is one."""

        def act(change: Change) -> PlanRequest:
            in_plan = self._unpaid(customer, invoice).status == "in_plan"
            if in_plan or wish.months not in PLAN_MONTHS:
                raise Refused(409, "not_allowed")
            change.note_plan(invoice, wish.months)
            return PlanRequest(
                id=f"P-{invoice}",
                invoice=invoice,
                months=wish.months,
                decision_by=working_day(self._today(), 5),
            )

        return self._store.once(key, f"plan {customer} {invoice} {wish.months}", act)

    def add_contact(self, customer: str, contact: Contact, key: str) -> Answer:
        """File a contact."""

        def act(change: Change) -> Contact:
            self._person(customer)
            change.note_contact(customer, contact)
            return contact

        return self._store.once(key, f"contact {customer} {contact.model_dump_json()}", act)

    def book(self, wish: Booking, key: str) -> Answer:
        """Book a free slot."""

        def act(change: Change) -> Appointment:
            self._person(wish.customer)
            slot = self._slot(wish.slot)
            return change.book(wish.customer, slot.id, slot.start, slot.minutes, wish.subject)

        return self._store.once(key, f"book {wish.model_dump_json()}", act)

    def move(self, appointment: str, to: NewSlot, key: str) -> Answer:
        """Move a coming appointment to a free slot."""

        def act(change: Change) -> Appointment:
            self._coming(change, appointment)
            slot = self._slot(to.slot)
            return change.move(appointment, slot.id, slot.start)

        return self._store.once(key, f"move {appointment} {to.slot}", act)

    def cancel(self, appointment: str, key: str) -> Answer:
        """Cancel a coming appointment."""

        def act(change: Change) -> Appointment:
            self._coming(change, appointment)
            return change.cancel(appointment)

        return self._store.once(key, f"cancel {appointment}", act)

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()

    def _person(self, number: str) -> Person:
        if number not in self._people:
            raise Refused(404, "not_found")
        return self._people[number]

    def _unpaid(self, customer: str, number: str) -> Invoice:
        found = [each for each in self.invoices(customer) if each.number == number]
        if not found:
            raise Refused(404, "not_found")
        if found[0].status == "paid":
            raise Refused(409, "not_allowed")
        return found[0]

    def _slot(self, wanted: str) -> FreeSlot:
        for slot in slots(self._clock(), self._zone):
            if slot.id == wanted:
                return slot
        raise Refused(404, "not_found")

    def _coming(self, change: Change, number: str) -> None:
        appointment = change.appointment(number)
        if appointment.status == "cancelled" or appointment.start < self._clock():
            raise Refused(409, "not_allowed")

    def _seed(self, change: Change, began: date) -> None:
        for person in PEOPLE:
            for visit in person.visits:
                day = working_day(began, visit.working_day)
                start = datetime.combine(day, visit.start_time, self._zone)
                change.book(person.customer.id, slot_id(start), start, VISIT_MINUTES, visit.subject)


def _hidden(email: str) -> str:
    name, _, domain = email.partition("@")
    return f"{name[0]}***@{domain}"
