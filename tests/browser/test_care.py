"""After a heavy call: the break on the desk, by keyboard, and what stands there for nobody else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect

from handoff import mount
from handoff.accounts import Accounts
from handoff.store import DurableJournal
from tests.browser import conftest
from tests.browser.conftest import PASSWORD, Visit
from tests.browser.test_desk_alarm import log_in
from tests.care.centre import Cared
from tests.handoff.centre import HandTimers
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.line.serving import served

pytestmark = pytest.mark.browser


@dataclass
class Desk:
    """A desk with care that is served."""

    url: str
    cared: Cared


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = HandClock()
    async with DurableJournal(f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}", clock) as journal:
        accounts = Accounts(journal.database, clock)
        await accounts.add_user("Ana", PASSWORD)
        await accounts.add_user("Noor", PASSWORD)
        await accounts.add_user("Kim", PASSWORD, role="admin")
        cared = Cared(journal, clock, HandTimers())
        app = FastAPI()
        dispatcher = cared.centre.dispatcher
        mount(app, journal, accounts, clock, AMSTERDAM, dispatcher=dispatcher, care=cared.care)
        async with served(app) as address:
            yield Desk(f"http://{address}", cared)


async def place(page: Page) -> float:
    box = await page.locator("#waiting").locator("xpath=..").bounding_box()
    assert box is not None
    return box["y"]


async def test_a_break_after_a_heavy_call(visit: Visit, desk: Desk) -> None:
    """Wrapped up, offered, taken by keyboard, shown as presence, and ended before its time."""
    cared = desk.cared
    await cared.works("Ana")
    await cared.talks("c1", "Ana", "threat")
    async with visit(f"{desk.url}/desk/calls/c1") as page:
        await log_in(page)
        # The call is over and the card is not: the break can be chosen now, and waits.
        form = page.get_by_role("form", name="Afronden")
        await form.get_by_label("opgelost").check()
        note = page.get_by_label("Notitie")
        await note.fill("belt morgen terug")
        care = page.locator("#care")
        await expect(care).to_contain_text("Eerst 10 minuten pauze?")
        await care.get_by_role("button", name="Neem 10 minuten").focus()
        await page.keyboard.press("Enter")
        await expect(care).to_contain_text("begint na het afronden")
        await expect(note).to_have_value("belt morgen terug")
        assert await page.evaluate("window.sameDocument")
        await note.press("Control+Enter")
        await page.wait_for_url("**/desk")
        await cared.centre.settle()
        await expect(care).to_contain_text("Pauze tot 14:14")
        await expect(page.locator("#presence-state")).to_contain_text("auze")
        await cared.centre.calls("c2")
        assert await cared.centre.offered() == {}
        end = care.get_by_role("button", name="Ik ben er weer")
        await end.focus()
        await page.keyboard.press("Enter")
        await expect(care.get_by_role("button")).to_have_count(0)
        await expect(page.locator("#presence-state")).to_contain_text("eschikbaar")
        await cared.centre.settle()
        assert await cared.centre.offered() == {"c2": "Ana"}


async def test_a_debrief_is_the_agents_own(visit: Visit, desk: Desk) -> None:
    """Written by keyboard; an administrator's page has nothing of it."""
    async with visit(f"{desk.url}/desk/care") as ana, visit(f"{desk.url}/desk/care/team") as kim:
        for page, name in ((ana, "Ana"), (kim, "Kim")):
            await conftest.log_in(page, name)
        question = ana.get_by_label("Hoe is het nu met u?")
        await question.focus()
        await ana.keyboard.type("het was me te veel")
        await ana.get_by_role("button", name="Bewaar voor mijzelf").press("Enter")
        own = ana.locator(".debrief")
        await expect(own).to_contain_text("het was me te veel")
        await expect(own).to_contain_text("alleen voor u")
        await kim.reload()
        await expect(kim.locator("main")).to_contain_text("Niemand deelt iets.")
        await expect(kim.locator("main")).not_to_contain_text("te veel")
        await own.get_by_role("button", name="Wis").press("Enter")
        await expect(own).to_have_count(0)


async def test_a_colleagues_line_comes_and_moves_nothing(visit: Visit, desk: Desk) -> None:
    """It is said once, and the list stays where it was under the eyes of who reads it."""
    cared = desk.cared
    async with visit(f"{desk.url}/desk") as page:
        await log_in(page, "Noor")
        await page.wait_for_selector("#care[data-looked]", state="attached")
        before = await place(page)
        await cared.care.colleagues.tell("Ana", "Noor")
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        care = page.locator("#care")
        await expect(care).to_contain_text("Ana had een zwaar gesprek. Loopt u even langs?")
        await expect(page.locator("#care-said")).to_contain_text("Ana had een zwaar gesprek")
        assert await place(page) == before
        await care.get_by_role("button", name="Gelezen: Ana").press("Enter")
        await expect(care.get_by_role("button")).to_have_count(0)


async def test_breathing_starts_when_asked_and_has_words_for_who_wants_no_motion(
    visit: Visit, desk: Desk
) -> None:
    """Nothing moves or sounds by itself; Escape ends it; a screen reader is told in words."""
    async with visit(f"{desk.url}/desk/care") as page:
        await conftest.log_in(page, "Ana")
        circle, said = page.locator("#breath .lung"), page.locator("#breath-said")
        await expect(circle).to_be_hidden()
        assert not await page.get_by_label("met zacht geluid").is_checked()
        start = page.get_by_role("button", name="Begin")
        await start.focus()
        await page.keyboard.press("Enter")
        await expect(circle).to_be_visible()
        await expect(said).to_have_text("Begonnen. Adem vier tellen in, en zes tellen uit.")
        moving = (
            "document.getAnimations().filter((each) => each.animationName === 'breathe').length"
        )
        assert await page.evaluate(moving) == 1
        await page.emulate_media(reduced_motion="reduce")
        await expect(circle).to_be_hidden()
        await expect(page.locator("#breath-word")).to_be_visible()
        await expect(page.locator("#breath-word")).to_have_text("Adem in")
        assert await page.evaluate(moving) == 0
        await page.keyboard.press("Escape")
        await expect(page.locator("#breath")).to_be_hidden()
        await expect(said).to_have_text("Gestopt.")
