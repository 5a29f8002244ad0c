"""In a real browser an owner words an answer anew, is warned in time, publishes, and goes back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import expect

from bot.clock import utc_now
from bot.edition import Edition, Press
from bot.editions import Editions
from bot.encoder import SentenceEncoder
from bot.hearing.pool import Recogniser
from bot.hearing.whisper import Whisper
from bot.mood.model import Model
from bot.rehearsal import stage
from bot.studio.draft_checks import DraftChecks
from bot.studio.workbench import DemoWorkbench, Parts
from handoff import mount
from handoff.accounts import Accounts
from handoff.store import DurableJournal
from handoff.studio.drafts import Drafts
from handoff.studio.folder import read_folder
from handoff.studio.versions import Versions
from handoff.studio.workshop import Workshop
from tests.browser.conftest import PASSWORD, Visit, log_in
from tests.intents_folder import small_intents

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 20, 13, tzinfo=UTC)


class Studio(NamedTuple):
    """A studio that is served, and what is behind it."""

    url: str
    workshop: Workshop
    editions: Editions
    press: Press


@pytest.fixture
async def studio(tmp_path: Path, encoder: SentenceEncoder) -> AsyncIterator[Studio]:
    folder = small_intents(tmp_path / "intents")
    url = f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}"
    async with DurableJournal(url, lambda: NOW) as journal:
        accounts = Accounts(journal.database, lambda: NOW)
        await accounts.add_user("Noor", PASSWORD, role="owner")
        versions = Versions(journal.database, lambda: NOW)
        await versions.publish(read_folder(folder), by="Sem", why="de eerste", based_on=None)
        drafts = Drafts(journal.database, versions, lambda: read_folder(folder), lambda: NOW)
        workshop = Workshop(drafts, versions, DraftChecks(lambda: None, tmp_path / "cache"))
        press = Press(encoder, Model.load(), tmp_path / "cache", stage.clock, stage.ZONE)
        editions = Editions(versions, press, folder, tmp_path / "kept")
        app = FastAPI()
        mount(app, journal, accounts, lambda: NOW, ZoneInfo("Europe/Amsterdam"), workshop=workshop)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn gives no event to wait for
            await asyncio.sleep(0)
        address = f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
        yield Studio(address, workshop, editions, press)
        server.should_exit = True
        server.force_exit = True
        await serving
        editions.close()


async def greeted(studio: Studio, edition: Edition | None) -> str:
    """Place a text call on an edition, and return what its caller hears first."""
    assert edition is not None
    unheard = Recogniser(Whisper.__new__(Whisper), workers=1)  # a text call asks no model
    parts = Parts(edition, studio.press, unheard, "Kalm Energie")
    bench = DemoWorkbench(lambda: parts, utc_now, stage.ZONE)
    call = await bench.call({}, live=True, language="nl")
    try:
        return " ".join((await call.begin()).says)
    finally:
        await call.close()
        bench.close()


async def test_an_answer_is_worded_anew_published_and_taken_back(
    visit: Visit, studio: Studio
) -> None:
    """A placeholder mistake is told at its box while typing; mended, saved and published the next
    call hears it; after going back the one after that does not.
    """
    assert "Welkom terug" not in await greeted(studio, await studio.editions.first())
    async with visit(f"{studio.url}/studio/answers/greeting", size=(1100, 900)) as page:
        await log_in(page, "Noor")
        box = page.locator("#nl-1")
        await box.fill("Welkom terug bij {companyname:name}, met de digitale assistent.")
        await expect(page.locator("#nl-1-heard")).to_contain_text("companyname")
        await expect(page.locator("#nl-1-heard")).to_contain_text("company_name")
        await expect(box).to_have_attribute("aria-invalid", "true")
        await box.fill("Welkom terug bij {company_name:name}, met de digitale assistent.")
        await expect(page.locator("#nl-1-heard")).to_contain_text("De beller hoort: Welkom terug")
        await expect(box).not_to_have_attribute("aria-invalid", "true")
        await page.get_by_role("button", name="Bewaar").press("Enter")
        await expect(page.get_by_role("status").first).to_have_text("Bewaard.")
        await page.get_by_role("link", name="1 bestand in het concept").click()
        await expect(page.locator(".diff .added")).to_contain_text("Welkom terug")

        await studio.workshop.drafts.publish(by="Noor", why="warmer")
        assert "Welkom terug" in await greeted(studio, await studio.editions.look())

        await page.goto(f"{studio.url}/studio/versions/1")
        await page.get_by_label("Waarom").fill("toch niet")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Terug naar versie 1")).to_be_visible()
        assert "Welkom terug" not in await greeted(studio, await studio.editions.look())


async def test_a_flow_is_looked_at_while_it_is_typed(visit: Visit, studio: Studio) -> None:
    """A mistake in a flow's text is told with its line; mended, the text can be read again."""
    async with visit(f"{studio.url}/studio/flows/goodbye", size=(1100, 900)) as page:
        await log_in(page, "Noor")
        box = page.get_by_label("Als tekst")
        text = await box.input_value()
        await box.fill(text.replace("action: end_call", "acton: end_call"))
        await expect(page.locator("#looked")).to_contain_text("acton: end_call")
        await box.fill(text)
        await expect(page.locator("#looked")).to_have_text("De tekst is leesbaar.")
        await page.get_by_text("Als lijst").click()
        await expect(page.get_by_role("link", name="Zeg: goodbye")).to_be_visible()


async def test_a_flow_is_edited_as_a_form(visit: Visit, studio: Studio) -> None:
    """By keyboard a step is moved and a new one added; a mistake is told at its field while it is
    typed, and the drawing shows the step once it is saved.
    """
    async with visit(f"{studio.url}/studio/flows/payment_plan/steps", size=(1100, 900)) as page:
        await log_in(page, "Noor")
        titles = page.locator(".form-step > p > a")
        await expect(titles.first).to_be_visible()
        before = await titles.all_text_contents()
        await page.locator("#step-4").get_by_role("button", name="Omlaag").press("Enter")
        moved = page.locator("#step-5").get_by_role("button", name="Omlaag")
        await expect(moved).to_be_focused()
        after = await titles.all_text_contents()
        assert after != before
        assert sorted(after) == sorted(before)
        await page.locator("#step-5").get_by_role("button", name="Omhoog").press("Enter")
        await expect(page.locator("#step-4").get_by_role("button", name="Omhoog")).to_be_focused()

        adding = page.locator("#step-4 form.after")
        await adding.get_by_label("Soort stap na").select_option("say")
        await adding.get_by_role("button", name="Voeg toe").press("Enter")
        await page.locator("#what").fill("think_it_over")
        await page.locator("#words_nl").fill(
            "Denk er rustig over na, {nobody:name}.\nNeem de tijd."
        )
        await page.locator("#words_en").fill("Think it over.\nTake your time.")
        await expect(page.locator("#words_nl-wrong")).to_contain_text("nobody")
        await expect(page.locator("#words_nl")).to_have_attribute("aria-invalid", "true")
        await page.locator("#words_nl").fill("Denk er rustig over na.\nNeem de tijd.")
        await expect(page.locator("#words_nl-wrong")).to_be_empty()
        await page.get_by_role("button", name="Bewaar").press("Enter")
        await expect(page.locator("#step-5 .form-step")).to_contain_text("think_it_over")
        await page.goto(f"{studio.url}/studio/flows/payment_plan")
        await expect(page.locator(".drawing svg")).to_contain_text("Denk er rustig over na.")
