"""Calls and cards are read and changed only by who may, and answers tell scripts what happened."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.events import CallStarted, HandoffRequested, OfferAccepted
from handoff import mount
from handoff.accounts import Accounts
from handoff.guard import SESSION_COOKIE
from handoff.store import DurableJournal
from tests.handoff.calls import PAYMENT
from tests.handoff.conftest import AMSTERDAM, HandClock, only_sqlite

HERE = "http://kalm.test"

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
async def app(journal: DurableJournal, accounts: Accounts, clock: HandClock) -> FastAPI:
    await journal.open("c1", *PAYMENT)
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM)
    return app


@pytest.fixture
async def anyone(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        yield client


@pytest.fixture
async def script(app: FastAPI, accounts: Accounts) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {await accounts.add_token('crm')}"}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=HERE, headers=headers) as client:
        yield client


async def agent(app: FastAPI, accounts: Accounts, name: str) -> httpx.AsyncClient:
    """Return a client with a session of a new user, and its CSRF token."""
    password = await accounts.add_user(name)
    session = await accounts.log_in(name, password, "192.0.2.1")
    assert session is not None
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url=HERE,
        cookies={SESSION_COOKIE: session.token},
        headers={"X-CSRF-Token": session.csrf},
    )


EVERYTHING = [
    ("GET", "/api/calls/c1"),
    ("GET", "/api/calls/c1/card"),
    ("GET", "/api/cards"),
    ("POST", "/api/calls/c1/accept"),
    ("POST", "/api/calls/c1/close"),
]


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
async def test_strangers_get_nothing(anyone: httpx.AsyncClient, method: str, path: str) -> None:
    """Without a session or a token nothing of a call is told, nor whether it exists."""
    for headers in (
        {},
        {"Authorization": "Bearer kalm_guess"},
        {"Authorization": "Basic YTpi"},
        {"Cookie": f"{SESSION_COOKIE}=guess"},
    ):
        known = await anyone.request(method, path, headers=headers, json={})
        unknown = await anyone.request(method, path.replace("c1", "c9"), headers=headers, json={})
        assert known.status_code == unknown.status_code == 401
        assert known.json() == unknown.json()


async def test_a_call_with_its_events_and_transcript(script: httpx.AsyncClient) -> None:
    """A script reads every event and what was said."""
    answer = await script.get("/api/calls/c1")
    call = answer.json()
    assert answer.status_code == 200
    assert call["state"] == "waiting"
    assert [e["seq"] for e in call["events"]] == list(range(1, len(PAYMENT) + 1))
    assert call["events"][0]["body"]["kind"] == "CallStarted"
    said = [(line["by"], line["text"]) for line in call["transcript"]]
    assert ("bot", "Goedemiddag, met Kalm Energie.") in said
    assert ("caller", "geef me maar iemand") in said
    assert ("note", "naar een medewerker: vroeg om een medewerker") in said
    assert (await script.get("/api/calls/c9")).status_code == 404


async def test_the_card_in_both_languages(script: httpx.AsyncClient) -> None:
    """A script gets the card in the language it asks for."""
    for language, why in [("nl", "vroeg om een medewerker"), ("en", "asked for a person")]:
        card = (await script.get("/api/calls/c1/card", params={"language": language})).json()
        assert card["asked"] == {
            "name": "caller_asked",
            "text": why,
            "seq": 22,
            "call_id": None,
            "disputed": None,
        }
    assert (await script.get("/api/calls/c9/card")).status_code == 404
    assert (await script.get("/api/calls/c1/card?language=fr")).status_code == 422


async def test_lists_of_cards(
    script: httpx.AsyncClient, journal: DurableJournal, clock: HandClock
) -> None:
    """Cards are listed by state: who waits longest comes first; calls without a card never."""
    clock.forward(seconds=10)
    await journal.open("c2", CallStarted(line="chat", language="nl"))
    await journal.append("c2", HandoffRequested(reason="key_0"))
    await journal.open("c3", CallStarted(line="chat", language="nl"))

    async def listed(state: str) -> list[str]:
        return [c["call_id"] for c in (await script.get("/api/cards?state=" + state)).json()]

    assert await listed("waiting") == ["c1", "c2"]
    await journal.append("c1", OfferAccepted(agent="Ana"))
    assert await listed("waiting") == ["c2"]
    assert await listed("accepted") == ["c1"]
    assert await listed("closed") == []
    assert (await script.get("/api/cards?state=bot")).status_code == 422


async def test_of_two_agents_one_gets_the_card(app: FastAPI, accounts: Accounts) -> None:
    """Whoever comes second is told who was first; asking again changes nothing."""
    async with await agent(app, accounts, "Ana") as ana, await agent(app, accounts, "Sem") as sem:
        first = await ana.post("/api/calls/c1/accept")
        second = await sem.post("/api/calls/c1/accept")
        again = await ana.post("/api/calls/c1/accept")
        assert (first.status_code, first.json()["agent"]["text"]) == (200, "Ana")
        assert (second.status_code, second.json()["detail"]["taken_by"]) == (409, "Ana")
        assert (again.status_code, again.json()["last_seq"]) == (200, first.json()["last_seq"])


async def test_closing(app: FastAPI, accounts: Accounts, script: httpx.AsyncClient) -> None:
    """A card is closed by who has it, or by a script; once, with how it ended."""
    solved: dict[str, Any] = {"disposition": "solved", "note": "  kosten vervallen "}
    async with await agent(app, accounts, "Ana") as ana, await agent(app, accounts, "Sem") as sem:
        early = await ana.post("/api/calls/c1/close", json=solved)
        assert (early.status_code, early.json()["detail"]["state"]) == (409, "waiting")
        await ana.post("/api/calls/c1/accept")
        other = await sem.post("/api/calls/c1/close", json=solved)
        assert (other.status_code, other.json()["detail"]["taken_by"]) == (409, "Ana")
        wrong = await ana.post("/api/calls/c1/close", json={"disposition": "fine"})
        assert wrong.status_code == 422
        closed = await ana.post("/api/calls/c1/close", json=solved)
        assert closed.json()["disposition"]["name"] == "solved"
        assert closed.json()["note"]["text"] == "kosten vervallen"
        twice = await script.post("/api/calls/c1/close", json=solved)
        assert (twice.status_code, twice.json()["detail"]["state"]) == (409, "closed")
        late = await sem.post("/api/calls/c1/accept")
        assert (late.status_code, late.json()["detail"]["state"]) == (409, "closed")


async def test_a_script_acts_for_an_agent(script: httpx.AsyncClient) -> None:
    """A token may name the agent; a call that is not there can't be taken."""
    accepted = await script.post("/api/calls/c1/accept", json={"agent": "Kim"})
    assert accepted.json()["agent"]["text"] == "Kim"
    closed = await script.post("/api/calls/c1/close", json={"disposition": "passed_on"})
    assert closed.json()["closed_by"]["text"] == "crm"
    assert (await script.post("/api/calls/c9/accept")).status_code == 404


async def test_nobody_acts_in_the_name_of_another(app: FastAPI, accounts: Accounts) -> None:
    """Who is logged in accepts for themselves, whatever they send."""
    async with await agent(app, accounts, "Ana") as ana:
        accepted = await ana.post("/api/calls/c1/accept", json={"agent": "Sem"})
        assert accepted.json()["agent"]["text"] == "Ana"


async def test_a_foreign_page_can_not_act(
    app: FastAPI, accounts: Accounts, journal: DurableJournal
) -> None:
    """A POST with the cookie alone, or with a guessed CSRF token, changes nothing."""
    before = await journal.last_position()
    async with await agent(app, accounts, "Ana") as ana:
        for token in ("", "guess", "ünïcode"):
            headers = {b"X-CSRF-Token": token.encode()}
            answer = await ana.post("/api/calls/c1/accept", headers=headers)
            assert answer.status_code == 403
    assert await journal.last_position() == before


@only_sqlite
async def test_a_full_disk_is_told(script: httpx.AsyncClient, journal: DurableJournal) -> None:
    """When nothing can be stored the answer says so, and the card still waits."""
    async with journal.database.writing.begin() as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
    assert (await script.post("/api/calls/c1/accept")).status_code == 503
    assert (await script.get("/api/calls/c1/card")).json()["state"] == "waiting"
