"""What an agent reports by hand is an incident as the bot's are, and weighs as much."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from bot.events import Bridged, Event, IncidentReported, OfferAccepted
from handoff import mount
from handoff.accounts import Accounts
from handoff.heaviness import heaviness
from handoff.reporting import KINDS, NOTE_LENGTH
from handoff.store import DurableJournal
from handoff.wording import wording
from tests.handoff.calls import PAYMENT
from tests.handoff.centre import RULES
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.handoff.test_incidents_api import client, user

pytestmark = pytest.mark.usefixtures("quick_hashes")

TALK = (OfferAccepted(agent="Ana", talk=True), Bridged(agent="Ana"))
THREAT = {"kind": "threat", "note": "weet  waar ik woon"}


@pytest.fixture
async def app(journal: DurableJournal, accounts: Accounts, clock: HandClock) -> FastAPI:
    await journal.open("c1", *PAYMENT, *TALK)
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM)
    return app


@pytest.fixture
async def ana(app: FastAPI, accounts: Accounts) -> AsyncIterator[httpx.AsyncClient]:
    async with await user(app, accounts, "Ana", "agent") as opened:
        yield opened


async def test_it_is_an_incident_with_its_moment(
    app: FastAPI, ana: httpx.AsyncClient, accounts: Accounts, clock: HandClock
) -> None:
    """Urgent and open at once; who, when in the call, and in which words, around what was said."""
    clock.forward(seconds=90)
    assert (await ana.post("/api/calls/c1/incidents", json=THREAT)).status_code == 204
    async with await user(app, accounts, "Kim", "supervisor") as kim:
        [listed] = (await kim.get("/api/incidents")).json()
        assert (listed["sign"], listed["level"], listed["state"]) == ("threat", "urgent", "open")
        record = (await kim.get(f"/api/incidents/{listed['id']}")).json()["record"]
        page = (await kim.get(f"/desk/incidents/{listed['id']}")).text
    [moment] = record["moments"]
    assert (moment["by"], moment["note"], moment["words"]) == ("Ana", "weet waar ik woon", "")
    assert moment["second"] >= 90
    assert [line["moment"] for line in record["lines"]].count(True) == 1
    assert "Gemeld door Ana" in page
    assert "weet waar ik woon" in page


async def test_who_may_report(app: FastAPI, ana: httpx.AsyncClient, accounts: Accounts) -> None:
    """Who had the caller, supervisors, and scripts in somebody's name; nobody else."""
    path = "/api/calls/c1/incidents"
    async with await user(app, accounts, "Sem", "agent") as sem:
        assert (await sem.post(path, json=THREAT)).status_code == 403
    async with await user(app, accounts, "Kim", "supervisor") as kim:
        assert (await kim.post(path, json=THREAT)).status_code == 204
    token = {"Authorization": f"Bearer {await accounts.add_token('crm')}"}
    async with client(app, headers=token) as script:
        assert (await script.post(path, json={**THREAT, "agent": "Ana"})).status_code == 204
    for wrong in ({"kind": "profanity"}, {**THREAT, "note": "x" * (NOTE_LENGTH + 1)}, {}):
        assert (await ana.post(path, json=wrong)).status_code == 422
    assert (await ana.post("/api/calls/c9/incidents", json=THREAT)).status_code == 404
    ana.headers["X-CSRF-Token"] = "guess"
    assert (await ana.post(path, json=THREAT)).status_code == 403


async def test_it_stands_in_the_conversation_and_on_the_card(ana: httpx.AsyncClient) -> None:
    """With who reported it: nobody takes it for what was recognised."""
    await ana.post("/api/calls/c1/incidents", json=THREAT)
    page = (await ana.get("/desk/calls/c1")).text
    assert "door Ana gemeld aan de leidinggevende: dreigt. weet waar ik woon" in page
    card = (await ana.get("/api/calls/c1/card")).json()
    assert "threat" in [flag["name"] for flag in card["flags"]]


def test_a_report_by_hand_weighs_as_what_was_heard(journal_events: list[Event]) -> None:
    """Once, however often it is reported; the bot's own reports weigh by what was heard."""
    assert heaviness(journal_events, RULES.weight).points == RULES.weight.threat


@pytest.fixture
async def journal_events(journal: DurableJournal) -> list[Event]:
    by_bot = IncidentReported(of=2, sign="blackmail", urgent=True)
    by_hand = IncidentReported(of=2, sign="threat", urgent=True, by="Ana")
    await journal.open("c1", *PAYMENT[:1], by_bot, *TALK, by_hand, by_hand)
    return await journal.read("c1")


def test_every_kind_has_its_words() -> None:
    """In both languages; a kind that is not named can't be chosen."""
    for language in ("nl", "en"):
        words = wording("nl" if language == "nl" else "en")
        assert set(words.get("report", "kinds")) == set(KINDS)
