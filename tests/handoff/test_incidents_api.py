"""Scripts read and decide like supervisors, are told what went wrong, and agents get nothing."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from handoff import mount
from handoff.accounts import Accounts, Role
from handoff.guard import SESSION_COOKIE
from handoff.store import DurableJournal
from tests.handoff.calls import nl
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.handoff.incident_calls import HEAVY, THREAT, report

EVERYTHING = [
    ("GET", "/api/incidents"),
    ("GET", "/api/incidents/1"),
    ("POST", "/api/incidents/1/decision"),
    ("POST", "/api/incidents/1/revocation"),
]
LETTER: dict[str, Any] = {"measures": ["letter"], "why": "dreigde", "version": 1}

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
async def app(journal: DurableJournal, accounts: Accounts, clock: HandClock) -> FastAPI:
    await journal.open("c1", *THREAT)
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM)
    return app


def client(app: FastAPI, **more: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://kalm.test", **more)


@pytest.fixture
async def script(app: FastAPI, accounts: Accounts) -> AsyncIterator[httpx.AsyncClient]:
    token = {"Authorization": f"Bearer {await accounts.add_token('crm')}"}
    async with client(app, headers=token) as opened:
        yield opened


async def user(app: FastAPI, accounts: Accounts, name: str, role: Role) -> httpx.AsyncClient:
    session = await accounts.log_in(name, await accounts.add_user(name, role=role), "192.0.2.1")
    assert session is not None
    cookies, headers = {SESSION_COOKIE: session.token}, {"X-CSRF-Token": session.csrf}
    return client(app, cookies=cookies, headers=headers)


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
async def test_only_supervisors(app: FastAPI, accounts: Accounts, method: str, path: str) -> None:
    """Strangers get 401 and agents 403, whether the incident exists or not."""
    async with client(app) as stranger, await user(app, accounts, "Ana", "agent") as agent:
        for someone, status in [(stranger, 401), (agent, 403)]:
            known = await someone.request(method, path, json=LETTER)
            unknown = await someone.request(method, path.replace("1", "9"), json=LETTER)
            assert known.status_code == unknown.status_code == status
            assert known.json() == unknown.json()


async def test_lists(script: httpx.AsyncClient, journal: DurableJournal) -> None:
    """Incidents are listed by state."""
    await journal.open("c2", *HEAVY)

    async def listed(query: str) -> list[tuple[int, str]]:
        found = (await script.get("/api/incidents" + query)).json()
        return [(incident["id"], incident["level"]) for incident in found]

    assert await listed("") == await listed("?state=open") == [(1, "urgent"), (2, "high")]
    assert await listed("?limit=1") == [(1, "urgent")]
    await script.post("/api/incidents/1/decision", json=LETTER)
    assert await listed("?state=open") == [(2, "high")]
    assert await listed("?state=decided") == [(1, "urgent")]
    assert (await script.get("/api/incidents?state=lost")).status_code == 422


async def test_one_incident(script: httpx.AsyncClient) -> None:
    """Everything that the page shows is there, in the language asked for, and no sound."""
    file = (await script.get("/api/incidents/1?language=en")).json()
    assert (file["sign_text"], file["level"], file["state"]) == ("threat", "urgent", "open")
    assert file["record"]["moments"][0]["words"] == "ik steek jullie kantoor in brand"
    assert file["record"]["moments"][0]["because"] == ["in brand"]
    assert file["record"]["said"][0]["occasion"] == "report"
    assert file["proposal"] == {
        "measures": ["letter", "trained_team"],
        "rule": "threat",
        "text": "a threat to a person or a building",
    }
    assert (file["recorded"], "audio" in file) == (False, False)
    for number in ("9", "2147483647"):
        assert (await script.get(f"/api/incidents/{number}")).status_code == 404
    for number in ("x", "0", "-1", "9" * 30):
        assert (await script.get(f"/api/incidents/{number}")).status_code == 422


async def test_deciding_and_revoking(
    app: FastAPI, accounts: Accounts, script: httpx.AsyncClient
) -> None:
    """The answer is the incident after the decision; who was logged in is who decided."""
    async with await user(app, accounts, "Kim", "supervisor") as kim:
        body = {**LETTER, "measures": ["trained_team"], "until": "2026-12-31", "by": "Sam"}
        decided = await kim.post("/api/incidents/1/decision", json=body)
        assert decided.status_code == 200
        assert decided.json()["history"][0]["by"] == "Kim"
        assert decided.json()["measures"][0]["until"] == "2026-12-31T23:00:00Z"
    taken_back = {"why": "bezwaar", "version": 2, "by": "Sam"}
    revoked = (await script.post("/api/incidents/1/revocation", json=taken_back)).json()
    assert revoked["state"] == "revoked"
    assert [d["by"] for d in revoked["history"]] == ["Kim", "Sam (crm)"]
    assert not revoked["measures"][0]["in_force"]


async def test_conflicts_and_refusals(script: httpx.AsyncClient, journal: DurableJournal) -> None:
    """409 tells who decided, 422 what is wrong with a decision."""
    assert (await script.post("/api/incidents/1/decision", json=LETTER)).status_code == 200
    late = await script.post("/api/incidents/1/decision", json=LETTER)
    assert (late.status_code, late.json()["detail"]["decided_by"]) == (409, "crm")
    await journal.append("c1", nl("nu weer"), report(7))
    older = await script.post("/api/incidents/1/decision", json={**LETTER, "version": 2})
    assert (older.status_code, older.json()["detail"]["decided_by"]) == (409, None)
    wrong = await script.post("/api/incidents/1/decision", json={**LETTER, "why": ""})
    assert (wrong.status_code, wrong.json()["detail"]["reason"]) == (422, "why_missing")
    for body in ({}, {**LETTER, "measures": ["jail"]}, {"measures": ["letter"], "why": "x"}):
        assert (await script.post("/api/incidents/1/decision", json=body)).status_code == 422
    for path in ("decision", "revocation"):
        gone = await script.post(f"/api/incidents/9/{path}", json=LETTER)
        assert gone.status_code == 404


async def test_a_foreign_page_can_not_decide(app: FastAPI, accounts: Accounts) -> None:
    """A POST with the cookie alone changes nothing."""
    async with await user(app, accounts, "Kim", "supervisor") as kim:
        kim.headers["X-CSRF-Token"] = "guess"
        assert (await kim.post("/api/incidents/1/decision", json=LETTER)).status_code == 403
        assert (await kim.get("/api/incidents/1")).json()["state"] == "open"


async def test_it_is_described(script: httpx.AsyncClient) -> None:
    """The API's description has every request, with what it takes."""
    described = (await script.get("/openapi.json")).json()["paths"]
    for method, path in EVERYTHING:
        request = described[path.replace("1", "{incident_id}")][method.lower()]
        assert request["tags"] == ["incidents"]
        assert request["summary"]
        assert request["security"]
