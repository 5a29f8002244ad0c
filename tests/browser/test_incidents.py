"""In a real browser a supervisor hears of what is urgent once, and decides without a mouse."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Page, expect

from bot.events import HandoffRequested
from handoff import mount
from handoff.accounts import Accounts
from handoff.incidents import Incidents
from handoff.store import DurableJournal
from tests.browser import conftest
from tests.browser.conftest import PASSWORD, Visit
from tests.handoff.calls import nl
from tests.handoff.incident_calls import THREAT, report

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 20, 13, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")


class Desk(NamedTuple):
    """A desk that is served, and what it is served from."""

    url: str
    journal: DurableJournal


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with DurableJournal(
        f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}", lambda: NOW
    ) as journal:
        accounts = Accounts(journal.database, lambda: NOW)
        await accounts.add_user("Kim", PASSWORD, role="supervisor")
        await accounts.add_user("Ana", PASSWORD)
        app = FastAPI()
        mount(app, journal, accounts, lambda: NOW, ZONE)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn gives no event to wait for
            await asyncio.sleep(0)
        yield Desk(f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}", journal)
        server.should_exit = True
        server.force_exit = True  # Streams of pages that closed are not waited for.
        await serving


async def log_in(page: Page, name: str = "Kim") -> None:
    await conftest.log_in(page, name)
    await expect(page.get_by_role("link", name=name)).to_be_visible()


async def test_what_is_urgent_is_said_once(visit: Visit, desk: Desk) -> None:
    """A threat is announced on the open page, counted on every page, and not said again."""
    async with visit(f"{desk.url}/desk") as page:
        await log_in(page)
        link = page.locator("#incidents")
        alarm = page.locator("#incident-alert")
        await expect(link).to_have_text("Incidenten")
        await desk.journal.open("c1", *THREAT)
        await expect(alarm).to_contain_text("Dringend: dreiging")
        await expect(link).to_have_text("Incidenten (1, 1 dringend)")

        await page.goto(f"{desk.url}/desk/password")
        await expect(link).to_have_text("Incidenten (1, 1 dringend)")
        await expect(alarm).to_be_empty()

        await desk.journal.append("c1", nl("sukkel"), report(7, "insult_person"))
        await expect(link).to_have_text("Incidenten (2, 1 dringend)")
        await expect(alarm).to_be_empty()


async def test_a_crisis_is_said_by_the_desks_own_alarm(visit: Visit, desk: Desk) -> None:
    """On the desk a supervisor hears of a caller in danger once; elsewhere this line says it."""
    async with visit(f"{desk.url}/desk") as page:
        await log_in(page)
        asked = HandoffRequested(reason="crisis")
        await desk.journal.open("c1", THREAT[0], nl("ik wil dood"), report(2, "crisis"), asked)
        await expect(page.locator("#incidents")).to_have_text("Incidenten (1, 1 dringend)")
        await expect(page.locator("#alarm")).to_contain_text("Noodsituatie")
        await expect(page.locator("#incident-alert")).to_be_empty()

    async with visit(f"{desk.url}/desk/password") as page:
        await log_in(page)
        await expect(page.locator("#incident-alert")).to_contain_text("Dringend: noodsituatie")


async def test_one_stream_for_all_pages(visit: Visit, desk: Desk) -> None:
    """A second page hears what the first hears, and takes over when that closes."""
    async with visit(f"{desk.url}/desk") as first:
        await log_in(first)
        second = await first.context.new_page()
        streams: list[str] = []
        second.on("request", lambda r: streams.append(r.url) if "incidents/live" in r.url else None)
        await second.goto(f"{desk.url}/desk/password")
        await desk.journal.open("c1", *THREAT)
        await expect(second.locator("#incidents")).to_have_text("Incidenten (1, 1 dringend)")
        assert streams == []
        await first.close()
        await desk.journal.append("c1", nl("sukkel"), report(7, "insult_person"))
        await expect(second.locator("#incidents")).to_have_text("Incidenten (2, 1 dringend)")
        assert len(streams) == 1


async def test_deciding_by_keyboard(visit: Visit, desk: Desk) -> None:
    """From the list to a decision with keys alone; the list and the page say what changed."""
    await desk.journal.open("c1", *THREAT)
    async with visit(f"{desk.url}/desk/incidents") as page:
        await log_in(page)
        await expect(page.get_by_role("heading", name="Mw. J. de Vries")).to_be_visible()
        await desk.journal.append("c1", nl("nu"), report(7))
        changed = page.locator("#incidents-changed")
        await expect(changed).to_contain_text("De lijst is veranderd.")
        await changed.get_by_role("link").press("Enter")
        await expect(changed).to_be_hidden()
        await page.locator("a.incident-row").press("Enter")
        await expect(page.get_by_role("heading", name="dreiging")).to_be_visible()

        await page.get_by_role("checkbox", name="naar het getrainde team").press("Space")
        why = page.get_by_label("Waarom")
        await why.press_sequentially("dreigde met brand")
        await desk.journal.append("c1", nl("en nu"), report(9))
        await expect(changed).to_contain_text("Dit incident is veranderd.")
        await expect(why).to_have_value("dreigde met brand")
        await page.get_by_role("button", name="Leg vast").press("Enter")
        await expect(page.locator("#problem")).to_have_text(
            "Er is intussen iets bijgekomen. Lees het eerst."
        )
        await expect(why).to_have_value("dreigde met brand")
        await page.get_by_role("button", name="Leg vast").press("Enter")
        await expect(page.get_by_text("dreigde met brand")).to_be_visible()
        await expect(page.locator("#incidents")).to_have_text("Incidenten")
    (decided,) = await Incidents(desk.journal, lambda: NOW, ZONE).listed("decided")
    assert decided.reports == 3


async def test_the_link_leads_to_the_moment(visit: Visit, desk: Desk) -> None:
    """From the incident one comes to the whole call, with the moment in sight."""
    await desk.journal.open("c1", *THREAT)
    await desk.journal.append("c1", *[nl(f"en nog iets, nummer {n}") for n in range(80)])
    async with visit(f"{desk.url}/desk/incidents/1") as page:
        await log_in(page)
        await page.get_by_role("link", name="Naar het hele gesprek").press("Enter")
        await expect(page.get_by_text("en nog iets, nummer 79")).to_have_count(2)
        await expect(page.locator("#e4")).to_be_in_viewport()
        await expect(page.locator("#e85")).not_to_be_in_viewport()


async def test_agents_have_none_of_it(visit: Visit, desk: Desk) -> None:
    """An agent's page has no link, no alarm, and asks for no stream of incidents."""
    await desk.journal.open("c1", *THREAT)
    async with visit(f"{desk.url}/desk") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await log_in(page, "Ana")
        await expect(page.locator("#incidents")).to_have_count(0)
        await expect(page.locator("#incident-alert")).to_have_count(0)
        assert [url for url in asked if "incidents" in url] == []
