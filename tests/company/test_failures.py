"""Whatever the company's systems do, the client answers with records or with a CompanyError."""

import json
import logging
import socket
from collections.abc import Callable

import httpx
import pytest

from bot.company.api import (
    CompanyError,
    CompanyInvalid,
    CompanyRefused,
    CompanyTimeout,
    CompanyUnavailable,
)
from bot.company.client import HttpCompany
from tests.company.conftest import NOW
from tests.company.serving import RawServer, Scripted, Stage, never_answers

CUSTOMER = {
    "id": "471109",
    "name": "Mw. J. de Vries",
    "spoken_name": "mevrouw De Vries",
    "language": "nl",
    "postcode": "3581GA",
    "phone": "+31612345601",
}
BOOKED = {
    "id": "A1",
    "slot": "S1",
    "start": "2026-11-24T14:30:00+01:00",
    "minutes": 60,
    "subject": "meter",
    "status": "booked",
}
INVOICE = {
    "number": "2026-118",
    "amount": "84.20",
    "issued": "2026-10-13",
    "due": "2026-11-03",
    "status": "open",
    "open_amount": 84.2,
}


def told(record: object) -> bytes:
    """A record as the company sends it."""
    return json.dumps(record).encode()


def whole(body: bytes) -> bytes:
    """A body as a whole HTTP answer."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def answering(body: bytes, status: int = 200, **headers: str) -> HttpCompany:
    """A client of a company that always gives this answer."""
    reply = httpx.MockTransport(lambda _: httpx.Response(status, content=body, headers=headers))
    return HttpCompany("http://company.test", transport=reply)


async def test_a_company_that_is_silent_is_given_up_in_time(stage: Stage) -> None:
    """The budget is for the whole call."""
    stage.app = never_answers
    async with HttpCompany(stage.url, budget_s=0.1) as company:
        with pytest.raises(CompanyTimeout):
            await company.customer("471109")
        with pytest.raises(CompanyTimeout):
            await company.book("471109", "S1", "meter", "key-1")


async def test_a_change_without_an_answer_in_time_is_not_sent_again() -> None:
    """It may have happened: only what broke is sent again."""
    asked: list[httpx.Request] = []

    def slow(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise httpx.ReadTimeout("slow", request=request)

    async with HttpCompany("http://company.test", transport=httpx.MockTransport(slow)) as company:
        with pytest.raises(CompanyTimeout):
            await company.cancel("A1", "key-1")
    assert len(asked) == 1


async def test_nobody_listening_is_unavailable() -> None:
    """A port on which nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        async with HttpCompany(url) as company:
            with pytest.raises(CompanyUnavailable):
                await company.office()


async def test_a_hang_up_is_asked_again_once() -> None:
    """A connection that breaks before the answer, then a whole answer."""
    server = RawServer(b"", whole(told(CUSTOMER)))
    async with server.served() as url, HttpCompany(url) as company:
        found = await company.customer("471109")
    assert found is not None
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n[{",
        b"\x16\x03\x01 what is this\r\n\r\n",
    ],
    ids=["nothing", "half of it", "not HTTP"],
)
async def test_a_connection_that_breaks_twice_is_unavailable(answer: bytes) -> None:
    """Two tries, no more, and nothing is taken from half an answer."""
    server = RawServer(answer)
    async with server.served() as url, HttpCompany(url) as company:
        with pytest.raises(CompanyUnavailable):
            await company.invoices("471109")
    assert len(server.requests) == 2


async def test_a_change_is_sent_again_with_the_same_key_after_a_hang_up() -> None:
    """The company can tell that it is the same wish."""
    server = RawServer(b"", whole(told(BOOKED)))
    async with server.served() as url, HttpCompany(url) as company:
        booked = await company.book("471109", "S1", "meter", "key-1")
    assert booked.id == "A1"
    assert [b"Idempotency-Key: key-1" in request for request in server.requests] == [True, True]


async def test_a_change_is_sent_again_with_the_same_key_after_a_server_error(stage: Stage) -> None:
    """Once, and the second answer counts."""
    stage.app = scripted = Scripted((503, b"busy"), (201, told(BOOKED)))
    async with HttpCompany(stage.url) as company:
        booked = await company.book("471109", "S1", "meter", "key-1")
    assert booked.id == "A1"
    assert [headers[b"idempotency-key"] for _, _, headers in scripted.asked] == [b"key-1"] * 2


async def test_server_errors_are_unavailable(stage: Stage) -> None:
    """A change was tried twice, a question once."""
    stage.app = scripted = Scripted((500, b"<h1>oops</h1>"))
    async with HttpCompany(stage.url) as company:
        with pytest.raises(CompanyUnavailable):
            await company.cancel("A1", "key-1")
        with pytest.raises(CompanyUnavailable):
            await company.contacts("471109")
    assert [method for method, _, _ in scripted.asked] == ["POST", "POST", "GET"]


async def test_half_json_is_invalid(stage: Stage) -> None:
    """A whole HTTP answer with half a body in it."""
    stage.app = Scripted((200, told([INVOICE])[:-7]))
    async with HttpCompany(stage.url) as company:
        with pytest.raises(CompanyInvalid, match=r"^body: json_invalid$"):
            await company.invoices("471109")


async def test_the_token_is_sent(stage: Stage) -> None:
    """As a bearer token; and a company may live under a path."""
    stage.app = scripted = Scripted((200, told(CUSTOMER)))
    async with HttpCompany(f"{stage.url}/kalm/v1/", "open-sesame") as company:
        await company.customer("471109")
    ((_, path, headers),) = scripted.asked
    assert path == "/kalm/v1/customers/471109"
    assert headers[b"authorization"] == b"Bearer open-sesame"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": 471109}, "id: string_type"),
        ({"language": "fr"}, "language: literal_error"),
        ({"name": "  "}, "name: string_too_short"),
        ({"postcode": None}, "postcode: string_type"),
        ({"id": "471190"}, "id: not the one asked for"),
    ],
)
async def test_a_wrong_field_of_a_customer_is_named(change: dict[str, object], named: str) -> None:
    """So that who connects a company knows what to repair; and nobody is taken for another."""
    with pytest.raises(CompanyInvalid, match=f"^{named}$"):
        await answering(told(CUSTOMER | change)).customer("471109")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"amount": "NaN"}, "0.amount: finite_number"),
        ({"amount": "1e9999"}, "0.amount: decimal_max_digits"),
        ({"amount": "84.205"}, "0.amount: decimal_max_places"),
        ({"amount": "84,20"}, "0.amount: decimal_parsing"),
        ({"open_amount": "-1"}, "0.open_amount: greater_than_equal"),
        ({"due": 0}, "0.due: date_type"),
        ({"due": "2026-02-30"}, "0.due: date_parsing"),
        ({"status": "lost"}, "0.status: literal_error"),
        ({"payments": [{"id": "1", "amount": "1"}]}, "0.payments.0.received: missing"),
    ],
)
async def test_a_wrong_field_of_an_invoice_is_named(change: dict[str, object], named: str) -> None:
    """Money and days that can't be are never told to a caller."""
    with pytest.raises(CompanyInvalid, match=f"^{named}$"):
        await answering(told([INVOICE | change])).invoices("471109")


async def test_money_is_read_to_the_cent() -> None:
    """As text and as a number."""
    (invoice,) = await answering(told([INVOICE])).invoices("471109")
    assert str(invoice.amount) == "84.20"
    assert invoice.open_amount == invoice.amount


async def test_a_postcode_is_canonical_whatever_way_it_is_written() -> None:
    """Or the caller's own would never match."""
    found = await answering(told(CUSTOMER | {"postcode": " 3581 ga"})).customer("471109")
    assert found is not None
    assert found.postcode == "3581GA"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"slot": "S2"}, "slot: not the one asked for"),
        ({"status": "cancelled"}, "status: not the one asked for"),
        ({"subject": "repair"}, "subject: not the one asked for"),
        ({"start": "2026-11-24T14:30:00"}, "start: timezone_aware"),
        ({"start": 0}, "start: datetime_type"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start: greater_than_equal"),
        ({"minutes": 10**12}, "minutes: less_than_equal"),
        ({"minutes": True}, "minutes: int_type"),
    ],
)
async def test_a_booking_of_something_else_is_no_booking(
    change: dict[str, object], named: str
) -> None:
    """What the caller hears to be booked is what was asked for."""
    with pytest.raises(CompanyInvalid, match=f"^{named}$"):
        await answering(told(BOOKED | change), 201).book("471109", "S1", "meter", "key-1")


async def test_lists_are_brought_into_order() -> None:
    """Newest invoice first, soonest appointment first, no cancelled ones, no slot outside."""
    older = INVOICE | {"number": "2026-001", "issued": "2026-01-01"}
    invoices = await answering(told([older, INVOICE])).invoices("471109")
    assert [invoice.number for invoice in invoices] == ["2026-118", "2026-001"]
    later = BOOKED | {"id": "A2", "start": "2026-11-25T14:30:00+01:00"}
    cancelled = BOOKED | {"id": "A3", "status": "cancelled"}
    coming = await answering(told([later, cancelled, BOOKED])).appointments("471109")
    assert [each.id for each in coming] == ["A1", "A2"]
    slots = [{"id": "S1", "start": "2030-01-01T09:00:00+01:00", "minutes": 60}]
    assert await answering(told(slots)).free_slots(NOW, NOW.replace(year=2027)) == []


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_a_redirect_is_not_followed(status: int) -> None:
    """It would carry the customer's number, and the token, to who knows where."""
    company = answering(b"", status, location="http://elsewhere.test/")
    with pytest.raises(CompanyInvalid, match=f"^status {status}"):
        await company.office()


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (404, b'{"reason": "not_found"}', CompanyRefused, "not_found"),
        (409, b'{"reason": "slot_taken", "more": 1}', CompanyRefused, "slot_taken"),
        (404, b'{"detail": "Not Found"}', CompanyInvalid, "status 404: reason: missing"),
        (404, b"<html>", CompanyInvalid, "status 404: body: json_invalid"),
        (
            400,
            b'{"reason": "Mw. De Vries owes"}',
            CompanyInvalid,
            "status 400: reason: string_patt",
        ),
        (401, b"", CompanyUnavailable, "KALM_COMPANY_TOKEN"),
        (429, b"", CompanyUnavailable, "status 429"),
    ],
)
async def test_a_refusal_has_a_reason_code(
    status: int, body: bytes, error: type[Exception], says: str
) -> None:
    """Without one it is not the company that says no, but something in between."""
    with pytest.raises(error, match=says):
        await answering(body, status).contacts("471109")


async def test_a_wrong_address_does_not_make_every_customer_unknown() -> None:
    """Only a 404 with its reason is nobody; that of a web server is a wrong answer."""
    assert await answering(b'{"reason": "not_found"}', 404).customer("471109") is None
    with pytest.raises(CompanyInvalid):
        await answering(b"<h1>404</h1>", 404).customer("471109")


async def test_a_body_that_is_not_in_its_encoding_is_invalid() -> None:
    """A header says gzip, the body is not."""
    reply = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"
    async with RawServer(reply).served() as url, HttpCompany(url) as company:
        with pytest.raises(CompanyInvalid, match="body"):
            await company.office()


@pytest.mark.parametrize(
    "reply",
    [
        lambda _: httpx.Response(500),
        lambda _: httpx.Response(404, json={"reason": "not_found"}),
        lambda _: httpx.Response(200, json=CUSTOMER | {"language": "Mw. J. de Vries"}),
        lambda _: httpx.Response(200, json=[CUSTOMER]),
    ],
    ids=["down", "refused", "invalid", "well"],
)
async def test_no_log_tells_who_the_customer_is(
    reply: Callable[[httpx.Request], httpx.Response], caplog: pytest.LogCaptureFixture
) -> None:
    """Nor the token; whatever happens, however much is logged."""
    caplog.set_level(logging.DEBUG)
    transport = httpx.MockTransport(reply)
    async with HttpCompany("http://company.test", "open-sesame", transport) as company:
        for ask in (
            company.customer("471109"),
            company.customers_by_phone("+31612345601"),
            company.send_payment_link("471109", "2026-118", "key-1"),
        ):
            try:
                await ask
            except CompanyError:
                logging.getLogger("whoever catches it").exception("with its traceback")
    for personal in ("471109", "612345601", "Vries", "3581GA", "2026-118", "open-sesame"):
        assert personal not in caplog.text
