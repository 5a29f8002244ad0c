"""A company answers the same whether it is in this process or over real HTTP."""

import asyncio
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from bot.company.api import Appointment, Company, CompanyRefused, Contact, FreeSlot
from bot.company.client import HttpCompany
from bot.company.demo_data import PEOPLE
from tests.company.conftest import NOW, ZONE, Hands

MONTH = (NOW, NOW + timedelta(days=40))


def at(day: int, clock_time: str) -> datetime:
    """A moment in November 2026, local time."""
    return datetime.combine(date(2026, 11, day), time.fromisoformat(clock_time), ZONE)


async def slot(company: Company, start: datetime) -> FreeSlot:
    """The free slot that starts at a moment."""
    (found,) = await company.free_slots(start, start)
    return found


async def test_the_customer_of_the_design_is_there(company: HttpCompany) -> None:
    """Number, name and postcode are what the card will show."""
    found = await company.customer("471109")
    assert found is not None
    assert (found.name, found.spoken_name) == ("Mw. J. de Vries", "mevrouw De Vries")
    assert (found.postcode, found.language) == ("3581GA", "nl")


@pytest.mark.parametrize(
    "number", ["471108", "", "..", "471109/invoices", "é", "4 7", "%2e", "9" * 99]
)
async def test_nobody_has_an_unknown_number(company: HttpCompany, number: str) -> None:
    """Whatever was heard as a number, what is not a customer is nobody."""
    assert await company.customer(number) is None


async def test_a_phone_number_may_be_of_two_of_one_or_of_nobody(company: HttpCompany) -> None:
    """All who share a line are told, and those without a number are never found by it."""
    both = await company.customers_by_phone("+31205550190")
    assert [each.id for each in both] == ["556213", "619450"]
    assert [each.id for each in await company.customers_by_phone("+447700900123")] == ["528861"]
    assert await company.customers_by_phone("+31699999999") == []
    assert await company.customers_by_phone("") == []


async def test_a_payment_that_crossed_a_reminder_is_told(company: HttpCompany) -> None:
    """The invoice is paid, by the right amount on the right day, after the reminder."""
    invoice, older = await company.invoices("471109")
    assert (invoice.number, invoice.status) == ("2026-118", "paid")
    assert invoice.amount == Decimal("84.20")
    assert invoice.open_amount == 0
    assert [(paid.amount, paid.received) for paid in invoice.payments] == [
        (Decimal("84.20"), date(2026, 11, 12))
    ]
    assert invoice.reminder_sent == date(2026, 11, 11)
    assert older.issued < invoice.issued


async def test_money_is_never_rounded(company: HttpCompany) -> None:
    """What is open is the amount less the payments, to the cent, for everyone."""
    for person in PEOPLE:
        for invoice in await company.invoices(person.customer.id):
            paid = sum(payment.amount for payment in invoice.payments)
            assert invoice.open_amount == invoice.amount - paid
            assert (invoice.status == "paid") == (invoice.open_amount == 0)


async def test_an_open_invoice_becomes_overdue_the_day_after_it_is_due(
    company: HttpCompany, clock: Hands
) -> None:
    """The demo grows older as a real company does."""
    assert (await company.invoices("556213"))[0].status == "open"
    clock.forward(days=2)
    assert (await company.invoices("556213"))[0].status == "open"
    clock.forward(days=1)
    assert (await company.invoices("556213"))[0].status == "overdue"


async def test_earlier_contacts_come_newest_first_with_what_was_promised(
    company: HttpCompany,
) -> None:
    """The promise of colleague Sem is found, at the time at which it was made."""
    newest, older = await company.contacts("471109")
    assert (newest.agent, newest.promised) == ("Sem", "de herinneringskosten vervallen")
    assert newest.at == at(3, "14:05")
    assert older.at < newest.at


async def test_nothing_is_known_of_an_unknown_customer(company: HttpCompany) -> None:
    """A list of someone who is not there is a refusal, not an empty list."""
    for ask in (company.invoices, company.appointments, company.contacts):
        with pytest.raises(CompanyRefused, match="not_found"):
            await ask("471108")


async def test_the_office_is_closed_on_sunday(company: HttpCompany) -> None:
    """Every day of the week has hours or None."""
    office = await company.office()
    assert len(office.hours) == 7
    assert office.hours["sun"] is None
    assert office.hours["thu"] == ("08:30", "20:00")


async def test_free_slots_are_in_the_office_hours_of_working_days(company: HttpCompany) -> None:
    """From tomorrow for four weeks, soonest first, never at a weekend or with Christmas."""
    found = await company.free_slots(*MONTH)
    office = await company.office()
    assert [each.start for each in found] == sorted(each.start for each in found)
    assert len({each.id for each in found}) == len(found) > 100
    for each in found:
        local = each.start.astimezone(ZONE)
        assert local.weekday() < 5
        hours = office.hours[("mon", "tue", "wed", "thu", "fri")[local.weekday()]]
        assert hours is not None
        end = local + timedelta(minutes=each.minutes)
        assert hours[0] <= f"{local:%H:%M}" < f"{end:%H:%M}" <= hours[1]
        assert date(2026, 11, 23) <= local.date() <= date(2026, 12, 20)


async def test_only_slots_within_the_period_are_offered(company: HttpCompany) -> None:
    """Both ends are counted in; an empty period is an empty list."""
    found = await company.free_slots(at(24, "10:00"), at(24, "13:00"))
    assert [f"{each.start.astimezone(ZONE):%d %H:%M}" for each in found] == [
        "24 10:00",
        "24 11:30",
        "24 13:00",
    ]
    assert await company.free_slots(at(28, "00:00"), at(29, "23:59")) == []
    assert await company.free_slots(at(24, "13:00"), at(24, "10:00")) == []


async def test_what_is_booked_is_an_appointment_and_no_longer_free(company: HttpCompany) -> None:
    """The booked moment is the one that was asked for."""
    wanted = await slot(company, at(24, "14:30"))
    booked = await company.book("471190", wanted.id, "meter", "key-1")
    assert (booked.start, booked.subject, booked.status) == (at(24, "14:30"), "meter", "booked")
    assert await company.appointments("471190") == [booked]
    assert await company.free_slots(wanted.start, wanted.start) == []


async def test_the_same_key_books_once(company: HttpCompany) -> None:
    """Sent eight times at once with one key, it happens once and all hear the same."""
    wanted = await slot(company, at(24, "14:30"))
    answers = await asyncio.gather(
        *(company.book("471190", wanted.id, "meter", "key-1") for _ in range(8))
    )
    assert len({answer.id for answer in answers}) == 1
    assert len(await company.appointments("471190")) == 1


async def test_one_of_many_gets_the_slot(company: HttpCompany) -> None:
    """Eight customers want one slot at once: one has it, seven hear that it is taken."""
    wanted = await slot(company, at(25, "10:00"))
    customers = [person.customer.id for person in PEOPLE[:8]]
    outcomes = await asyncio.gather(
        *(company.book(each, wanted.id, "advice", f"key-{each}") for each in customers),
        return_exceptions=True,
    )
    won = [each for each in outcomes if isinstance(each, Appointment)]
    lost = [each.reason for each in outcomes if isinstance(each, CompanyRefused)]
    assert len(won) == 1
    assert lost == ["slot_taken"] * 7


async def test_a_refusal_is_answered_the_same_for_the_same_key(company: HttpCompany) -> None:
    """Also when the slot came free in between: a new wish needs a new key."""
    wanted = await slot(company, at(25, "10:00"))
    first = await company.book("471190", wanted.id, "meter", "key-1")
    with pytest.raises(CompanyRefused, match="slot_taken"):
        await company.book("482006", wanted.id, "meter", "key-2")
    await company.cancel(first.id, "key-3")
    with pytest.raises(CompanyRefused, match="slot_taken"):
        await company.book("482006", wanted.id, "meter", "key-2")
    assert (await company.book("482006", wanted.id, "meter", "key-4")).status == "booked"


async def test_a_key_is_of_one_wish(company: HttpCompany) -> None:
    """The same key for another slot is refused and books nothing."""
    await company.book("471190", (await slot(company, at(24, "10:00"))).id, "meter", "key-1")
    other = await slot(company, at(24, "11:30"))
    with pytest.raises(CompanyRefused, match="key_reused"):
        await company.book("471190", other.id, "meter", "key-1")
    assert len(await company.appointments("471190")) == 1


async def test_moving_frees_the_old_slot_and_takes_the_new(company: HttpCompany) -> None:
    """The appointment keeps its id."""
    (before,) = await company.appointments("533094")
    wanted = await slot(company, at(26, "14:30"))
    moved = await company.move(before.id, wanted.id, "key-1")
    assert (moved.id, moved.start) == (before.id, wanted.start)
    assert await company.appointments("533094") == [moved]
    assert [each.id for each in await company.free_slots(before.start, before.start)] == [
        before.slot
    ]
    assert await company.free_slots(wanted.start, wanted.start) == []


async def test_moving_to_a_taken_slot_changes_nothing(company: HttpCompany) -> None:
    """Who was there first stays; the one who wanted to move keeps what he had."""
    (mine,) = await company.appointments("533094")
    (other,) = await company.appointments("619450")
    with pytest.raises(CompanyRefused, match="slot_taken"):
        await company.move(mine.id, other.slot, "key-1")
    assert await company.appointments("533094") == [mine]
    assert await company.appointments("619450") == [other]


async def test_cancelling_frees_the_slot_and_is_done_once(company: HttpCompany) -> None:
    """A cancelled appointment is not told, and can't be cancelled or moved with a new key."""
    (before,) = await company.appointments("635408")
    gone = await company.cancel(before.id, "key-1")
    assert gone.status == "cancelled"
    assert await company.cancel(before.id, "key-1") == gone
    assert await company.appointments("635408") == []
    assert len(await company.free_slots(before.start, before.start)) == 1
    with pytest.raises(CompanyRefused, match="not_allowed"):
        await company.cancel(before.id, "key-2")
    with pytest.raises(CompanyRefused, match="not_allowed"):
        await company.move(before.id, before.slot, "key-3")


async def test_a_visit_that_is_over_is_not_told_and_can_not_be_changed(
    company: HttpCompany, clock: Hands
) -> None:
    """Coming appointments only."""
    (coming,) = await company.appointments("588902")
    clock.forward(days=2)
    assert await company.appointments("588902") == []
    with pytest.raises(CompanyRefused, match="not_allowed"):
        await company.cancel(coming.id, "key-1")


@pytest.mark.parametrize("wanted", ["20261124-1431", "20261128-1000", "20261122-1430", "", "x"])
async def test_only_slots_that_exist_can_be_booked(company: HttpCompany, wanted: str) -> None:
    """Not between two slots, not at a weekend, not today."""
    with pytest.raises(CompanyRefused, match="not_found"):
        await company.book("471190", wanted, "meter", "key-1")


async def test_nothing_is_booked_for_nobody(company: HttpCompany) -> None:
    """An unknown customer, appointment or subject is refused."""
    wanted = await slot(company, at(24, "10:00"))
    with pytest.raises(CompanyRefused, match="not_found"):
        await company.book("1", wanted.id, "meter", "key-1")
    with pytest.raises(CompanyRefused, match="not_found"):
        await company.cancel("A999", "key-2")
    with pytest.raises(CompanyRefused, match="invalid"):
        await company.book("471190", wanted.id, "gardening", "key-3")
    assert await company.free_slots(wanted.start, wanted.start) == [wanted]


async def test_a_payment_link_goes_to_the_address_on_file(company: HttpCompany) -> None:
    """Partly hidden, so that it can be spoken."""
    sent = await company.send_payment_link("482006", "2026-131", "key-1")
    assert (sent.invoice, sent.sent_to) == ("2026-131", "m***@example.nl")


async def test_no_link_for_what_is_paid_or_of_someone_else(company: HttpCompany) -> None:
    """A paid invoice is not allowed; another customer's invoice does not exist."""
    with pytest.raises(CompanyRefused, match="not_allowed"):
        await company.send_payment_link("471109", "2026-118", "key-1")
    with pytest.raises(CompanyRefused, match="not_found"):
        await company.send_payment_link("471109", "2026-131", "key-2")


async def test_a_plan_is_requested_once_an_invoice(company: HttpCompany) -> None:
    """A person decides within five working days; a second request is refused."""
    request = await company.request_plan("574325", "2026-107", 3, "key-1")
    assert (request.months, request.decision_by) == (3, date(2026, 11, 27))
    assert await company.request_plan("574325", "2026-107", 3, "key-1") == request
    with pytest.raises(CompanyRefused, match="not_allowed"):
        await company.request_plan("574325", "2026-107", 4, "key-2")


@pytest.mark.parametrize(
    ("customer", "invoice", "months"),
    [("503318", "2026-052", 3), ("471109", "2026-118", 3), ("482006", "2026-131", 13)],
    ids=["in a plan", "paid", "too many months"],
)
async def test_no_plan_where_there_can_be_none(
    company: HttpCompany, customer: str, invoice: str, months: int
) -> None:
    """In a plan already, paid, or in more parts than the company gives."""
    with pytest.raises(CompanyRefused, match="not_allowed"):
        await company.request_plan(customer, invoice, months, "key-1")


async def test_a_contact_is_filed_once_and_comes_first(company: HttpCompany) -> None:
    """What an agent did is read by the next one, however often it was sent."""
    said = Contact(at=NOW, channel="phone", agent="Sem", summary="Link gestuurd", promised="bellen")
    for _ in range(2):
        assert await company.add_contact("471109", said, "K1") == said
    newest, *older = await company.contacts("471109")
    assert newest == said
    assert said not in older


async def test_a_contact_with_nobody_is_refused(company: HttpCompany) -> None:
    """Nothing is filed for a customer who does not exist."""
    said = Contact(at=NOW, channel="phone", summary="?")
    with pytest.raises(CompanyRefused, match="not_found"):
        await company.add_contact("999999", said, "K2")
