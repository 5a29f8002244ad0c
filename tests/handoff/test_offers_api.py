"""Through the API an agent says how they are there, reads what is offered, and answers."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from handoff import mount
from handoff.accounts import Accounts
from handoff.desk.at_desk import AtDesk
from handoff.desk.attendance import Attendance
from handoff.desk.offer_live import tell
from handoff.guard import CSRF_HEADER, SESSION_COOKIE
from handoff.relay import Relays
from handoff.store.journal import DurableJournal
from handoff.talking import Talking
from tests.handoff.centre import Centre, HandTimers
from tests.handoff.conftest import AMSTERDAM, HandClock

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def centre(journal: DurableJournal, clock: HandClock) -> Centre:
    return Centre(journal, clock, HandTimers())


@pytest.fixture
async def desk(
    centre: Centre, journal: DurableJournal, accounts: Accounts, clock: HandClock
) -> AsyncIterator[httpx.AsyncClient]:
    """The API, for an agent who is logged in as Sem."""
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM, dispatcher=centre.dispatcher)
    session = await accounts.log_in("Sem", await accounts.add_user("Sem"), "192.0.2.1")
    assert session is not None
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://desk",
        cookies={SESSION_COOKIE: session.token},
        headers={CSRF_HEADER: session.csrf},
    ) as client:
        yield client


@pytest.fixture
def at_desk(centre: Centre, accounts: Accounts, clock: HandClock) -> AtDesk:
    talking = Talking(Relays(), centre.journal, clock, AMSTERDAM)
    return AtDesk(centre.journal, centre.dispatcher, talking, accounts, clock, AMSTERDAM)


@pytest.fixture
async def script(desk: httpx.AsyncClient, accounts: Accounts) -> httpx.AsyncClient:
    """The same, for a script with a token."""
    token = await accounts.add_token("test")
    desk.cookies.clear()
    desk.headers["Authorization"] = f"Bearer {token}"
    return desk


async def test_an_agent_asks_for_calls_and_takes_one(
    desk: httpx.AsyncClient, centre: Centre
) -> None:
    """A fresh login is away; who asks for calls is offered one with the reason, and takes it."""
    assert (await desk.get("/api/presence")).json()["state"] == "away"
    assert (await desk.get("/api/offer")).json() is None
    chosen = await desk.put("/api/presence", json={"choice": "available", "agent": "Noor"})
    assert (chosen.json()["agent"], chosen.json()["state"]) == ("Sem", "available")
    await centre.calls("c1")
    offer = (await desk.get("/api/offer", params={"language": "en"})).json()
    assert offer["call_id"] == "c1"
    assert offer["why_me"] == "why you: you are free and speak the language"
    assert (await desk.post("/api/calls/c1/accept")).status_code == 200
    assert (await desk.get("/api/offer")).json() is None
    there = (await desk.get("/api/presence")).json()
    assert (there["state"], there["call_id"]) == ("busy", "c1")


async def test_saying_no_and_saying_it_too_late(desk: httpx.AsyncClient, centre: Centre) -> None:
    """A no is taken once; then it is over, and who has the card is told."""
    await centre.works("Sem")
    await centre.calls("c1")
    no = {"reason": "too_heavy"}
    assert (await desk.post("/api/calls/c1/decline", json=no)).status_code == 204
    late = await desk.post("/api/calls/c1/decline", json=no)
    assert (late.status_code, late.json()["detail"]["taken_by"]) == (409, None)
    await centre.cards.accept("c1", "Noor")
    late = await desk.post("/api/calls/c1/decline")
    assert (late.status_code, late.json()["detail"]["taken_by"]) == (409, "Noor")
    assert (await desk.post("/api/calls/c9/decline")).status_code == 404


async def test_a_rule_that_is_in_the_way_is_named(desk: httpx.AsyncClient, centre: Centre) -> None:
    """Who may not take a call reads which rule it is, by API and on the page."""
    await centre.works("Sem", languages=["nl"])
    await centre.calls("c1", language="en")
    refused = await desk.post("/api/calls/c1/accept")
    assert (refused.status_code, refused.json()["detail"]["asks_for"]) == (403, "language")
    csrf = {"csrf": desk.headers[CSRF_HEADER]}
    page = await desk.post("/desk/calls/c1/accept", data=csrf, headers={"Accept-Language": "en"})
    assert page.status_code == 403
    assert "This caller speaks a language that is not on your profile." in page.text


async def test_profiles_are_set_by_supervisors(desk: httpx.AsyncClient) -> None:
    """Agents read their own, and set none."""
    assert (await desk.get("/api/agents/Sem")).json()["trained"] is False
    assert (await desk.get("/api/agents/Noor")).status_code == 403
    assert (await desk.get("/api/agents")).status_code == 403
    assert (await desk.get("/api/presence/all")).status_code == 403
    assert (await desk.put("/api/agents/Sem", json={"trained": True})).status_code == 403


async def test_a_script_speaks_for_agents(script: httpx.AsyncClient, centre: Centre) -> None:
    """With a token, agents are named; what is set counts, what makes no sense is refused."""
    profile = {"languages": ["nl"], "skills": ["billing"], "trained": True, "buddy": "Noor"}
    assert (await script.put("/api/agents/Sem", json=profile)).status_code == 200
    assert (await script.get("/api/agents/Sem")).json() == {
        "name": "Sem",
        "asked_for_heavy": False,
        "whisper": True,
        **profile,
    }
    assert [one["name"] for one in (await script.get("/api/agents")).json()] == ["Sem"]
    wrongs: list[dict[str, object]] = [{"languages": []}, {"languages": ["de"]}, {"colour": "red"}]
    for wrong in wrongs:
        assert (await script.put("/api/agents/Sem", json=wrong)).status_code == 422
    on_break = {"choice": "break", "break_minutes": 10, "agent": "Sem"}
    assert (await script.put("/api/presence", json=on_break)).json()["state"] == "break"
    await script.put("/api/presence", json={"choice": "available", "agent": "Sem"})
    await centre.calls("c1")
    assert (await script.get("/api/offer", params={"agent": "Sem"})).json()["call_id"] == "c1"
    assert (await script.get("/api/offer", params={"agent": "Noor"})).json() is None
    everybody = (await script.get("/api/presence/all")).json()
    assert {one["agent"] for one in everybody} == {"Sem", "Noor"}
    await script.post("/api/calls/c1/decline", json={"agent": "Sem", "reason": "busy"})
    assert await centre.offered() == {}


async def test_an_open_page_is_told_of_an_offer_and_counts_as_being_there(
    centre: Centre, at_desk: AtDesk
) -> None:
    """The stream wakes on an offer; when the last page closes the agent is soon away."""
    attendance = Attendance(centre.presences)
    told = attendance.while_open("Sem", tell(centre.journal, at_desk, "Sem", "csrf", "nl"))
    async with asyncio.timeout(60):
        first = json.loads((await anext(told)).data or "")
        assert (first["offer"], first["presence"]["state"]) == (None, "away")
        await centre.works("Sem")
        await centre.calls("c1")
        offer = None
        while offer is None:
            offer = json.loads((await anext(told)).data or "").get("offer")
        assert offer["call"] == "c1"
        seen = (await centre.presences.of("Sem")).seen
        await told.aclose()
        while (await centre.presences.of("Sem")).seen == seen:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0)
    assert isinstance(centre.clock, HandClock)
    await centre.settle()
    await centre.later(centre.clock, 15)
    assert (await centre.presences.of("Sem")).state == "away"
