"""The demo company keeps what was booked, whatever happens to it, and is fresh on its first day."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.company.api import Appointment, CompanyRefused, CompanyUnavailable
from bot.company.client import HttpCompany
from bot.company.demo import create_demo
from bot.company.demo_calendar import VISITS, is_working_day, slots, working_day
from bot.company.demo_data import PEOPLE
from tests.company.conftest import NOW, ZONE, Hands
from tests.company.serving import Stage

Opened = Callable[[], HttpCompany]

KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from tests.company.conftest import NOW, ZONE
from bot.company.demo_company import Booking, DemoCompany
from bot.company.demo_store import Change

company = DemoCompany(Path(sys.argv[1]), lambda: NOW, ZONE)
company.book(Booking(customer="471190", slot="20261124-1000", subject="meter"), "kept")
book = Change.book

def killed(*arguments):
    book(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

Change.book = killed
company.book(Booking(customer="471190", slot="20261124-1130", subject="meter"), "lost")
"""


async def test_what_was_booked_survives_a_restart(demo: Opened) -> None:
    """And so does what was moved and cancelled, and the answers that were given."""
    async with demo() as before:
        booked = await before.book("471190", "20261124-1430", "meter", "key-1")
        (advice,) = await before.appointments("635408")
        await before.cancel(advice.id, "key-2")
        request = await before.request_plan("574325", "2026-107", 3, "key-3")
    async with demo() as after:
        assert await after.appointments("471190") == [booked]
        assert await after.appointments("635408") == []
        assert await after.book("471190", "20261124-1430", "meter", "key-1") == booked
        assert await after.request_plan("574325", "2026-107", 3, "key-3") == request
        assert await after.appointments("471190") == [booked]
        with pytest.raises(CompanyRefused, match="not_allowed"):
            await after.request_plan("574325", "2026-107", 3, "key-4")


async def test_a_kill_leaves_a_change_whole_or_undone(demo: Opened, tmp_path: Path) -> None:
    """Killed in the middle of its second booking: the first stands, the second can be made."""
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    killed = subprocess.run(command, capture_output=True, timeout=60)  # noqa: ASYNC221 - nothing else runs
    assert killed.returncode == -9, killed.stderr.decode()
    async with demo() as after:
        (kept,) = await after.appointments("471190")
        assert kept.slot == "20261124-1000"
        assert await after.book("471190", "20261124-1000", "meter", "kept") == kept
        again = await after.book("471190", "20261124-1130", "meter", "lost")
        assert [each.id for each in await after.appointments("471190")] == [kept.id, again.id]


async def test_two_processes_on_one_folder_do_not_book_twice(demo: Opened) -> None:
    """As two Kalms on one machine would: one wins."""
    async with demo() as one, demo() as two:
        outcomes = await asyncio.gather(
            *(
                company.book("471190", "20261124-1430", "meter", f"key-{count}")
                for count, company in enumerate((one, two) * 4)
            ),
            return_exceptions=True,
        )
    assert sum(isinstance(each, Appointment) for each in outcomes) == 1
    assert sum(isinstance(each, CompanyRefused) for each in outcomes) == 7


async def test_a_fault_in_the_demo_is_as_a_server_that_is_down(
    demo: Opened, tmp_path: Path
) -> None:
    """A broken database raises CompanyUnavailable, and nothing is half booked."""
    async with demo() as company:
        with sqlite3.connect(tmp_path / "demo-company.db") as db:
            db.execute("ALTER TABLE answers RENAME TO gone")
        with pytest.raises(CompanyUnavailable):
            await company.book("471190", "20261124-1430", "meter", "key-1")
        assert await company.appointments("471190") == []


async def test_a_full_disk_books_nothing(demo: Opened, tmp_path: Path) -> None:
    """What can't be kept is not said to be booked."""
    async with demo() as company:
        with sqlite3.connect(tmp_path / "demo-company.db") as db:
            db.execute(
                "CREATE TRIGGER full BEFORE INSERT ON answers"
                " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            )
        with pytest.raises(CompanyUnavailable):
            await company.book("471190", "20261124-1430", "meter", "key-1")
        assert await company.appointments("471190") == []


async def test_dates_are_told_from_the_first_day(demo: Opened, clock: Hands) -> None:
    """A restart days later does not move what was already told."""
    async with demo() as first:
        before = await first.invoices("471109"), await first.contacts("471109")
    clock.forward(days=5)
    async with demo() as later:
        assert (await later.invoices("471109"), await later.contacts("471109")) == before
        assert (await later.free_slots(NOW, NOW + timedelta(days=60)))[0].start.date() == date(
            2026, 11, 30
        )


@pytest.mark.parametrize("day", [0, 1, 30, 31, 95, 125, 260, 330, 395])
async def test_the_demo_can_begin_on_any_day(demo: Opened, clock: Hands, day: int) -> None:
    """Every visit is on a working day that lies ahead, no two at the same moment."""
    clock.now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC) + timedelta(days=day)
    async with demo() as company:
        coming = [
            each for person in PEOPLE for each in await company.appointments(person.customer.id)
        ]
    assert len(coming) == sum(len(person.visits) for person in PEOPLE)
    assert len({each.slot for each in coming}) == len(coming)
    bookable = {slot.id: slot.start for slot in slots(clock.now, ZONE)}
    for each in coming:
        assert bookable[each.slot] == each.start


async def test_without_the_token_nothing_is_told(tmp_path: Path, stage: Stage) -> None:
    """Neither with none nor with another."""
    stage.app = create_demo(tmp_path, lambda: NOW, ZONE, token="open-sesame")
    for wrong in (None, "open", "sésame"):
        async with HttpCompany(stage.url, wrong) as company:
            with pytest.raises(CompanyUnavailable, match="401"):
                await company.customer("471109")


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "k" * 201}])
async def test_a_change_needs_a_key(tmp_path: Path, headers: dict[str, str]) -> None:
    """Or a broken connection could book twice."""
    transport = httpx.ASGITransport(create_demo(tmp_path, lambda: NOW, ZONE))
    async with httpx.AsyncClient(transport=transport, base_url="http://demo.test") as http:
        reply = await http.post("/appointments/A1/cancel", headers=headers)
    assert (reply.status_code, reply.json()["reason"]) == (422, "invalid")


def test_the_people_can_be_told_apart() -> None:
    """Twenty, with numbers, invoices and addresses of their own, as a caller would give them."""
    assert len(PEOPLE) == 20
    assert len({person.customer.id for person in PEOPLE}) == 20
    assert len({person.email for person in PEOPLE}) == 20
    numbers = [bill.number for person in PEOPLE for bill in person.bills]
    assert len(set(numbers)) == len(numbers)
    for person in PEOPLE:
        customer = person.customer
        assert customer.id.isdigit()
        assert len(customer.id) == 6
        assert len(customer.postcode) == 6
        assert person.tries
        if customer.phone:
            parsed = phonenumbers.parse(customer.phone)
            assert phonenumbers.is_possible_number(parsed)  # one is kept for drama by Ofcom
            assert customer.phone == phonenumbers.format_number(
                parsed, phonenumbers.PhoneNumberFormat.E164
            )


def test_the_people_are_of_every_kind() -> None:
    """What a caller may run into is among them."""
    first = date(2026, 11, 22)
    bills = {person.customer.id: person.bills for person in PEOPLE}
    statuses = {
        number: [bill.status(first, first) for bill in theirs] for number, theirs in bills.items()
    }
    unpaid = [sum(status != "paid" for status in theirs) for theirs in statuses.values()]
    assert unpaid.count(0) >= 3
    assert unpaid.count(2) + unpaid.count(3) >= 4
    assert sum(person.customer.phone is None for person in PEOPLE) == 1
    assert sum(person.customer.language == "en" for person in PEOPLE) >= 3
    assert sum("in_plan" in theirs for theirs in statuses.values()) == 1
    assert any(
        bill.reminder_ago is not None
        and any(paid.days_ago < bill.reminder_ago for paid in bill.paid)
        for theirs in bills.values()
        for bill in theirs
    )


@given(st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.integers(1, 30))
def test_a_working_day_is_never_at_a_weekend_or_a_holiday(day: date, number: int) -> None:
    """And there are exactly so many of them as were counted."""
    found = working_day(day, number)
    days = [day + timedelta(days=count + 1) for count in range((found - day).days)]
    assert sum(is_working_day(each) for each in days) == number
    assert found.weekday() < 5
    assert (found.month, found.day) not in {(1, 1), (4, 27), (12, 25), (12, 26)}


@pytest.mark.parametrize(
    "holiday", ["2026-04-06", "2026-05-14", "2026-05-25", "2027-03-29", "2026-12-25", "2027-01-01"]
)
def test_no_visits_on_public_holidays(holiday: str) -> None:
    """Easter Monday, Ascension Day, Whit Monday, Christmas, New Year."""
    assert not is_working_day(date.fromisoformat(holiday))


def test_slots_are_told_in_local_time_on_both_sides_of_a_clock_change() -> None:
    """Half past eight is half past eight, in winter and in summer."""
    found = list(slots(datetime(2027, 3, 20, 12, tzinfo=UTC), ZONE))
    assert {slot.start.utcoffset() for slot in found} == {timedelta(hours=1), timedelta(hours=2)}
    assert {slot.start.time() for slot in found} == set(VISITS)
