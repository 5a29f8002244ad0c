"""The pages show how their reader is there and what is offered, and work without scripts."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from bot.events import (
    Body,
    CallbackPromised,
    CallEnded,
    Event,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    SlotFilled,
)
from handoff import mount
from handoff.accounts import Accounts
from handoff.desk.at_desk import how_it_ended
from handoff.guard import SESSION_COOKIE
from handoff.store.journal import DurableJournal
from tests.handoff.centre import Centre, HandTimers
from tests.handoff.conftest import AMSTERDAM, HandClock

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def centre(journal: DurableJournal, clock: HandClock) -> Centre:
    return Centre(journal, clock, HandTimers())


@pytest.fixture
async def sem(
    centre: Centre, journal: DurableJournal, accounts: Accounts, clock: HandClock
) -> AsyncIterator[httpx.AsyncClient]:
    """Sem's browser, without scripts."""
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM, dispatcher=centre.dispatcher)
    session = await accounts.log_in("Sem", await accounts.add_user("Sem"), "192.0.2.1")
    assert session is not None
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://desk",
        cookies={SESSION_COOKIE: session.token},
        headers={"Accept": "text/html", "Accept-Language": "en"},
        follow_redirects=True,
    ) as client:
        yield client


def words(page: httpx.Response) -> str:
    """Return what is read of a page."""
    plain = re.sub(r"<[^>]+>", " ", re.sub(r"<head>.*</head>", "", page.text, flags=re.DOTALL))
    return re.sub(r"\s+", " ", plain).replace(" ,", ",")


def csrf(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


async def test_the_bar_says_how_one_is_there_and_its_form_changes_it(
    sem: httpx.AsyncClient, centre: Centre
) -> None:
    """On every page, and one comes back to that page; a form of somebody else changes nothing."""
    page = await sem.get("/desk/password")
    assert "Away" in words(page)
    assert 'id="presence-state" role="status" data-state="away"' in page.text
    chosen = {"csrf": csrf(page), "choice": "break", "break_minutes": "15"}
    page = await sem.post("/desk/presence", data={**chosen, "back": "/desk/password"})
    assert page.url.path == "/desk/password"
    assert "On a break until 14:15" in words(page)
    for wrong, status in (({"csrf": "x"}, 403), ({"choice": "asleep"}, 400)):
        refused = await sem.post("/desk/presence", data={**chosen, **wrong})
        assert refused.status_code == status
    assert (await centre.presences.of("Sem")).state == "break"
    elsewhere = await sem.post("/desk/presence", data={**chosen, "back": "https://evil.test/"})
    assert elsewhere.url.host == "desk"


async def test_an_offer_is_declined_and_accepted_by_forms(
    sem: httpx.AsyncClient, centre: Centre
) -> None:
    """Who is asked reads why; who answers late reads who has the call."""
    await centre.works("Sem", "Noor")
    await centre.calls("c1")
    await centre.calls("c2")
    page = await sem.get("/desk")
    assert "why you: you are free and speak the language" in words(page)
    assert "2 callers wait, the longest 0:00" in words(page)
    mine = next(c for c, agent in (await centre.offered()).items() if agent == "Sem")
    other = "c2" if mine == "c1" else "c1"
    no = {"csrf": csrf(page), "reason": "busy"}
    assert (await sem.post(f"/desk/calls/{mine}/decline", data=no)).url.path == "/desk"
    [declined] = [e.body for e in await centre.journal.read(mine) if e.body.kind == "OfferDeclined"]
    assert declined == OfferDeclined(agent="Sem", reason="busy")
    await centre.cards.accept(other, "Noor")
    late = await sem.post(f"/desk/calls/{other}/decline", data=no)
    assert (late.status_code, "Noor" in words(late)) == (409, True)
    for call_id, sent, status in (("c9", no, 404), (mine, {"reason": "busy"}, 403)):
        assert (await sem.post(f"/desk/calls/{call_id}/decline", data=sent)).status_code == status
    accepted = await sem.post(f"/desk/calls/{mine}/accept", data=no)
    assert "On a call" in words(accepted)


async def test_the_list_is_in_the_order_of_routing_and_says_what_callers_were_told(
    sem: httpx.AsyncClient, centre: Centre, clock: HandClock
) -> None:
    """A caller in danger first; place and wait as told; who hung up is to be called back."""
    await centre.calls("first")
    told = [
        SlotFilled(slot="queue_position", value=2, by="flow"),
        SlotFilled(slot="queue_wait", value="about_2", by="flow"),
    ]
    await centre.journal.append("first", *told)
    clock.forward(seconds=30)
    back = CallbackPromised(number="+31612345678")
    await centre.calls("back", back, CallEnded(outcome="callback", by="caller"))
    clock.forward(seconds=30)
    await centre.calls("danger", sign="crisis")
    await centre.works("Sem")
    await centre.settle()
    page = await sem.get("/desk")
    order = re.findall(r'<li data-call="(\w+)"', page.text)
    assert order == ["danger", "first", "back"]
    rows = dict(zip(order, page.text.split("<li data-call=")[1:], strict=True))
    assert "being asked: Sem" in rows["danger"]
    assert "heard: place 2, about two minutes" in rows["first"]
    assert "to be called back" in rows["back"]


SEM, NOOR = "Sem", "Noor"
UNTIL = HandClock()() + timedelta(seconds=20)
MADE = OfferMade(agent=SEM, until=UNTIL, why=())


@pytest.mark.parametrize(
    ("bodies", "ended"),
    [
        ([MADE, OfferExpired(agent=SEM)], ("expired", None)),
        ([MADE, OfferDeclined(agent=SEM, reason="busy")], ("declined", None)),
        ([MADE, OfferWithdrawn(agent=SEM, why="caller_gone")], ("caller_gone", None)),
        ([MADE, OfferAccepted(agent=SEM)], ("accepted", None)),
        (
            [MADE, OfferWithdrawn(agent=SEM, why="taken"), OfferAccepted(agent=NOOR)],
            ("taken", NOOR),
        ),
        ([MADE, OfferExpired(agent=SEM), MADE], ("over", None)),
        ([MADE, OfferWithdrawn(agent=NOOR, why="caller_gone")], ("over", None)),
    ],
)
def test_how_an_offer_ended(bodies: Sequence[Body], ended: tuple[str, str | None]) -> None:
    """By the latest offer to this agent, whatever became of those to others."""
    events = [
        Event(call_id="c1", seq=n, at=UNTIL, body=body) for n, body in enumerate(bodies, start=1)
    ]
    assert how_it_ended(events, SEM) == ended
