"""Open pages hear of what happens, once and in order, also after a lost connection."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from bot.events import (
    BargedIn,
    BotSpoke,
    CallEnded,
    CallStarted,
    HandoffRequested,
    MoodChanged,
    MoodHeard,
    OfferAccepted,
    Understood,
    WrappedUp,
)
from handoff import mount
from handoff.accounts import Accounts, Role
from handoff.desk import alarms, live
from handoff.guard import SESSION_COOKIE
from handoff.store import DurableJournal
from tests.handoff.calls import PAYMENT, nl
from tests.handoff.conftest import AMSTERDAM, HandClock

pytestmark = pytest.mark.usefixtures("quick_hashes")
STARTED = CallStarted(line="twilio", language="nl", caller_number="+31201234567")
ASKED = HandoffRequested(reason="key_0")


@asynccontextmanager
async def serving(
    journal: DurableJournal,
    accounts: Accounts,
    clock: HandClock,
    *,
    name: str = "Ana",
    role: Role = "agent",
) -> AsyncIterator[httpx.AsyncClient]:
    """A real server with someone logged in: a stream is only a stream over a real connection."""
    app = FastAPI()
    mount(app, journal, accounts, clock, AMSTERDAM)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn gives no event to wait for
        await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    password = await accounts.add_user(name, role=role)
    session = await accounts.log_in(name, password, "192.0.2.1")
    assert session is not None
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        cookies={SESSION_COOKIE: session.token},
        headers={"Accept-Language": "nl"},
        timeout=10,
    ) as client:
        yield client
    server.should_exit = True
    await running


@pytest.fixture
async def site(
    journal: DurableJournal, accounts: Accounts, clock: HandClock
) -> AsyncIterator[httpx.AsyncClient]:
    """A server, and an agent."""
    async with serving(journal, accounts, clock) as client:
        yield client


@asynccontextmanager
async def listening(
    site: httpx.AsyncClient, path: str, last: str = ""
) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, Any]]]]:
    """Open a stream; yields an iterator of (id, data)."""
    headers = {"Last-Event-ID": last} if last else {}
    async with site.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")

        async def read() -> AsyncIterator[tuple[str, dict[str, Any]]]:
            number = ""
            async for line in answer.aiter_lines():
                if line.startswith("id:"):
                    number = line[3:].strip()
                elif line.startswith("data:"):
                    yield number, json.loads(line[5:])

        yield read()


async def position(site: httpx.AsyncClient) -> int:
    """Return from where the page of the desk says it goes on."""
    found = re.search(r"/desk/live\?after=(\d+)", (await site.get("/desk")).text)
    assert found is not None
    return int(found[1])


async def test_a_new_card_arrives(site: httpx.AsyncClient, journal: DurableJournal) -> None:
    """A card that comes to the desk is told to an open page; calls of the bot are not."""
    await journal.open("bot", STARTED)
    async with listening(site, f"/desk/live?after={await position(site)}") as told:
        await journal.append("bot", nl("hallo"))
        await journal.open("c1", STARTED, nl("iemand alstublieft"), ASKED)
        number, row = await anext(told)
        assert (row["call"], row["state"]) == ("c1", "waiting")
        assert "020 123 4567" in row["html"]
        assert "koos toets 0" in row["html"]

        await journal.append("c1", OfferAccepted(agent="Sem"))
        later, row = await anext(told)
        assert (row["state"], row["agent"]) == ("accepted", "Sem")
        await journal.append("c1", WrappedUp(agent="Sem", disposition="solved"))
        assert (await anext(told))[1]["state"] == "closed"
        assert int(later) > int(number)


async def test_nothing_is_lost_between_page_and_stream(
    site: httpx.AsyncClient, journal: DurableJournal
) -> None:
    """What comes after the page was made, and before it listens, is told."""
    after = await position(site)
    await journal.open("c1", STARTED, ASKED)
    async with listening(site, f"/desk/live?after={after}") as told:
        assert (await anext(told))[1]["call"] == "c1"


async def test_a_lost_connection_is_resumed(
    site: httpx.AsyncClient, journal: DurableJournal
) -> None:
    """With Last-Event-ID the stream goes on after it: nothing missed, nothing told twice."""
    path = f"/desk/live?after={await position(site)}"
    async with listening(site, path) as told:
        await journal.open("c1", STARTED, ASKED)
        number, _ = await anext(told)
    await journal.open("c2", STARTED, ASKED)
    await journal.append("c1", CallEnded(outcome="abandoned", by="caller"))
    async with listening(site, path, last=number) as told:
        rows = [(await anext(told))[1] for _ in range(2)]
        assert [row["call"] for row in rows] == ["c2", "c1"]
        assert "opgehangen" in rows[1]["html"]


async def test_the_open_card_follows_the_call(
    site: httpx.AsyncClient, journal: DurableJournal
) -> None:
    """Words, an interruption and a new state reach the page of the call."""
    await journal.open("c1", *PAYMENT)
    async with listening(site, f"/desk/calls/c1/live?after={len(PAYMENT)}") as told:
        await journal.open("c2", STARTED, ASKED)  # is told on the other stream
        await journal.append("c1", BotSpoke(words="Een collega komt eraan.", language="nl"))
        number, change = await anext(told)
        assert number == str(len(PAYMENT) + 1)
        assert "Een collega komt eraan." in change["lines"][0]

        await journal.append("c1", BargedIn(of=len(PAYMENT) + 1, heard="Een collega"))
        change = (await anext(told))[1]
        assert f'id="e{len(PAYMENT) + 1}"' in change["lines"][0]
        assert "> komt eraan.</s>" in change["lines"][0]

        await journal.append("c1", OfferAccepted(agent="Sem"))
        change = (await anext(told))[1]
        assert change["state"] == "accepted"
        assert "Aangenomen door Sem" in change["actions"]
        assert "/close" not in change["actions"]  # Sem's to close, not Ana's


async def test_what_happened_at_once_is_told_at_once(
    site: httpx.AsyncClient, journal: DurableJournal
) -> None:
    """A turn of a call is a burst of events: the page hears of it once, with all its lines."""
    await journal.open("c1", *PAYMENT)
    async with listening(site, f"/desk/calls/c1/live?after={len(PAYMENT)}") as told:
        await journal.append("c1", nl("bent u daar"), nl("hallo"), nl("hallo?"))
        number, change = await anext(told)
        assert number == str(len(PAYMENT) + 3)
        assert len(change["lines"]) == 3
        await journal.append("c1", nl("ja"))
        number, change = await anext(told)
        assert number == str(len(PAYMENT) + 4)
        assert len(change["lines"]) == 1


async def test_a_stream_ends_so_that_the_login_is_checked_again(
    site: httpx.AsyncClient, journal: DurableJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page can't listen for ever: after a while it has to show its session again."""
    monkeypatch.setattr(live, "STREAM_SECONDS", 0.05)
    async with listening(site, "/desk/live") as told:
        assert [row async for row in told] == []


async def test_a_page_that_slept_too_long_is_begun_anew(
    site: httpx.AsyncClient, journal: DurableJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is far behind is told to load anew, not everything that it missed."""
    monkeypatch.setattr(live, "FAR_BEHIND", 3)
    await journal.open("c1", STARTED, nl("hallo"), nl("bent u daar"), ASKED)
    async with site.stream("GET", "/desk/live?after=0") as answer:
        lines = [line async for line in answer.aiter_lines() if line]
        assert lines == ["id: 4", "event: reload", "data: {}"]


def heard(of: int, anger: float) -> MoodHeard:
    return MoodHeard(of=of, anger=anger, by_words=anger, signs=("insult_person",))


ANGRY = MoodChanged(level="angry", trend="rising", anger_kind="undecided", anger=0.8)


async def test_a_mood_reaches_the_open_card_and_the_words_it_is_about(
    site: httpx.AsyncClient, journal: DurableJournal
) -> None:
    """The card has the new mood, and the line that was there already is marked."""
    await journal.open("c1", *PAYMENT, nl("trut"))
    last = len(PAYMENT) + 1
    async with listening(site, f"/desk/calls/c1/live?after={last}") as told:
        await journal.append("c1", heard(last, 0.9), ANGRY)
        change = (await anext(told))[1]
        assert "boos, wordt bozer" in change["card"]
        assert '<svg class="course"' in change["card"]
        (line,) = change["lines"]
        assert f'id="e{last}"' in line
        assert "scheldt iemand uit" in line
        assert "boosheid 90 van 100" in line


async def test_a_row_is_told_once_a_turn(site: httpx.AsyncClient, journal: DurableJournal) -> None:
    """A turn that changes meaning and mood is one change of the row, with the mood in it."""
    await journal.open("c1", STARTED, ASKED)
    async with listening(site, f"/desk/live?after={await position(site)}") as told:
        turn = Understood(of=3, intent="check_payment", confidence=0.9)
        await journal.append("c1", nl("trut"), turn, heard(3, 0.9), ANGRY)
        row = (await anext(told))[1]
        assert 'aria-label="Stemming: boos, wordt bozer"' in row["html"]
        await journal.append("c1", MoodHeard(of=3, anger=0, by_words=0))  # changes nothing
        await journal.append("c1", OfferAccepted(agent="Sem"))
        assert (await anext(told))[1]["state"] == "accepted"


async def test_an_alarm_is_told_at_once_and_again(
    site: httpx.AsyncClient,
    journal: DurableJournal,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An open page hears of a caller in danger, again while nobody accepts, and of the end."""
    async with listening(site, f"/desk/live?after={await position(site)}") as told:
        await journal.open("c1", STARTED, nl("help"), HandoffRequested(reason="crisis"))
        number, alarm = await anext(told)
        assert (number, alarm["calls"], alarm["again"]) == ("", ["c1"], 0)
        assert "Noodsituatie: 020 123 4567 wacht op een medewerker" in alarm["html"]
        row = (await anext(told))[1]
        assert (row["call"], 'data-urgency="2"' in row["html"]) == ("c1", True)
    # Whoever connects later is told as well; time goes by quicker for the test.
    monkeypatch.setattr(alarms, "REPEAT_SECONDS", 0.05)
    clock.forward(seconds=0.07)
    async with listening(site, f"/desk/live?after={await position(site)}") as told:
        assert (await anext(told))[1]["again"] == 1
        clock.forward(seconds=0.05)
        async with asyncio.timeout(60):
            while (again := (await anext(told))[1]["again"]) == 1:
                pass  # it beats by real time, so it may be told as it was once more
        assert again == 2
        await journal.append("c1", OfferAccepted(agent="Ana"))
        async with asyncio.timeout(60):
            while (alarm := (await anext(told))[1]).get("calls") != []:
                pass
        assert alarm["html"] == ""
