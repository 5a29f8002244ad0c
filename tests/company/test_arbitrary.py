"""Nothing that a company can send raises anything but a CompanyError."""

import asyncio
import json
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.company.api import CompanyError
from bot.company.client import HttpCompany
from tests.company.conftest import NOW
from tests.company.test_failures import BOOKED, CUSTOMER, INVOICE

CONTACT = {"at": "2026-11-03T14:05:00+01:00", "channel": "phone", "summary": "Belde."}
OFFICE = {"address": "A 1", "postcode": "3511ED", "city": "U", "hours": {"mon": ["08:30", "17:30"]}}
SLOT = {"id": "S1", "start": "2026-11-24T14:30:00+01:00", "minutes": 60}
LINK = {"invoice": "2026-118", "sent_to": "j***@example.nl"}
PLAN = {"id": "P1", "invoice": "2026-118", "months": 3, "decision_by": "2026-11-27"}
RIGHT: list[Any] = [CUSTOMER, [CUSTOMER], [INVOICE], [BOOKED], BOOKED, [CONTACT], OFFICE, [SLOT]]
RIGHT += [LINK, PLAN]

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        ["", "NaN", "1e999999999", "2026-11-24T14:30:00", "9999-12-31T23:59:59-14:00"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def nearly_right(draw: st.DrawFn) -> Any:
    """A right answer of which one piece, however deep, is something else."""

    def spoil(value: Any) -> Any:
        if isinstance(value, dict) and value and draw(st.booleans()):
            key = draw(st.sampled_from(sorted(value)))
            return value | {key: spoil(value[key])}
        if isinstance(value, list) and value and draw(st.booleans()):
            return [spoil(value[0]), *value[1:]]
        return draw(anything)

    return spoil(draw(st.sampled_from(RIGHT)))


bodies = st.binary() | st.one_of(anything, nearly_right()).map(
    lambda told: json.dumps(told).encode()
)
statuses = st.sampled_from([200, 201, 204, 206, 304, 400, 404, 409, 422, 451, 500, 503, 599])


@settings(max_examples=250, deadline=None)
@given(body=bodies, status=st.just(200) | statuses)
def test_arbitrary_answers_never_raise_anything_else(body: bytes, status: int) -> None:
    """For every question and every change, any body under any status."""
    asyncio.run(ask_everything(body, status))


@settings(max_examples=100, deadline=None)
@given(heard=st.text())
def test_arbitrary_words_never_raise_anything_else(heard: str) -> None:
    """What a caller said may end up in a path, a query or a body."""
    asyncio.run(ask_everything(b"{}", 200, heard))


async def ask_everything(body: bytes, status: int, heard: str | None = None) -> None:
    """Every call of a company's API, one after the other."""
    reply = httpx.MockTransport(lambda _: httpx.Response(status, content=body))
    async with HttpCompany("http://company.test", transport=reply) as company:
        customer, other = heard or "471109", heard or "S1"
        for asking in (
            company.customer(customer),
            company.customers_by_phone(other),
            company.invoices(customer),
            company.free_slots(NOW, NOW.replace(year=2027)),
            company.appointments(customer),
            company.contacts(customer),
            company.office(),
            company.send_payment_link(customer, heard or "2026-118", "key-1"),
            company.request_plan(customer, heard or "2026-118", 3, "key-2"),
            company.book(customer, other, "meter", "key-3"),
            company.move(heard or "A1", other, "key-4"),
            company.cancel(heard or "A1", "key-5"),
        ):
            try:
                await asking
            except CompanyError as error:
                assert str(error)
