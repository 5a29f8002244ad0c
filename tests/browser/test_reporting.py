"""An agent reports a threat from the card, by keyboard, and the supervisor is called at once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Page, expect

from bot.events import Bridged, CallEnded, OfferAccepted, Returned, WrappedUp
from handoff import mount
from handoff.accounts import Accounts
from handoff.store import DurableJournal
from tests.browser import conftest
from tests.browser.conftest import PASSWORD, Visit
from tests.browser.test_desk_alarm import Desk, log_in
from tests.handoff.calls import PAYMENT
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.line.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = HandClock()
    async with DurableJournal(f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}", clock) as journal:
        accounts = Accounts(journal.database, clock)
        await accounts.add_user("Ana", PASSWORD)
        await accounts.add_user("Kim", PASSWORD, role="supervisor")
        talk = (OfferAccepted(agent="Ana", talk=True), Bridged(agent="Ana"))
        await journal.open("c1", *PAYMENT, *talk)
        app = FastAPI()
        mount(app, journal, accounts, clock, AMSTERDAM)
        async with served(app) as address:
            yield Desk(f"http://{address}", journal, clock)


async def report(page: Page, kind: str, note: str) -> None:
    main = page.get_by_role("main")
    await main.get_by_text("Meld dreiging of grof gedrag").press("Enter")
    await main.get_by_label("Wat gebeurde er").select_option(kind)
    await main.get_by_label("In een paar woorden").fill(note)
    await main.get_by_role("button", name="Meld aan leidinggevende").press("Enter")


async def test_a_threat_calls_the_supervisor_during_the_talk_and_after_it(
    visit: Visit, desk: Desk
) -> None:
    """In words of the agent's, on whichever page the supervisor is; what is typed stays."""
    async with visit(f"{desk.url}/desk/calls/c1") as ana, visit(f"{desk.url}/desk/team") as kim:
        await log_in(ana)
        await conftest.log_in(kim, "Kim")
        alert = kim.locator("#incident-alert")
        await expect(kim.get_by_role("heading", level=1)).to_be_visible()
        await expect(alert).to_be_empty()
        note = ana.get_by_label("Notitie")
        await note.fill("belt morgen")
        await report(ana, "dreiging", "weet waar ik woon")
        told = ana.get_by_text("Gemeld. Uw leidinggevende is geroepen.")
        await expect(told).to_be_visible()
        await expect(ana.get_by_text("Meld dreiging of grof gedrag")).to_be_focused()
        await expect(note).to_have_value("belt morgen")
        await expect(alert).to_contain_text("Dringend: dreiging")
        await expect(ana.locator("#lines")).to_contain_text("weet waar ik woon")
        found = (await Axe().run(ana)).response["violations"]
        assert [each["id"] for each in found] == []
        await kim.get_by_role("link", name="Bekijk").first.click()
        await expect(kim.get_by_role("main")).to_contain_text("Gemeld door Ana")
        await expect(kim.get_by_role("main")).to_contain_text("weet waar ik woon")
        over = (
            CallEnded(outcome="handed_off", by="caller"),
            WrappedUp(agent="Ana", disposition="solved"),
        )
        await desk.journal.append("c1", *over)
        await ana.reload()
        await report(ana, "discriminatie", "")
        await expect(told).to_be_visible()
        await expect(alert).to_contain_text("Dringend: discriminatie")


WRITTEN = "weet waar ik woon"


async def test_a_report_that_nobody_answers_is_told_and_kept(visit: Visit, desk: Desk) -> None:
    """It is not silent, what was typed stays, and it can be sent again."""
    async with visit(f"{desk.url}/desk/calls/c1") as ana:
        await log_in(ana)
        await ana.clock.install()
        await ana.reload()
        await ana.route("**/incidents", lambda _route: None)
        await report(ana, "dreiging", WRITTEN)
        await ana.clock.run_for(9000)
        await expect(ana.locator("#connection")).to_contain_text("misschien niet aangekomen")
        await expect(ana.get_by_label("In een paar woorden")).to_have_value(WRITTEN)
        await ana.unroute("**/incidents")
        send = ana.get_by_role("button", name="Meld aan leidinggevende")
        await expect(send).to_be_focused()
        await ana.keyboard.press("Enter")
        await expect(ana.get_by_text("Gemeld. Uw leidinggevende is geroepen.")).to_be_visible()
        await expect(ana.locator("#connection")).to_be_hidden()


async def test_a_report_outlives_the_talk(visit: Visit, desk: Desk) -> None:
    """Who loses the caller while they write it, or comes to it later, reports it all the same."""
    async with visit(f"{desk.url}/desk/calls/c1") as ana:
        await log_in(ana)
        await ana.get_by_text("Meld dreiging of grof gedrag").press("Enter")
        words = ana.get_by_label("In een paar woorden")
        await words.fill(WRITTEN)
        await desk.journal.append("c1", Returned(agent="Ana", why="lost"))
        await expect(ana.locator("#actions[data-state=waiting]")).to_be_visible()
        await expect(words).to_be_visible()
        await expect(words).to_have_value(WRITTEN)
        await ana.reload()
        await report(ana, "dreiging", WRITTEN)
        await expect(ana.get_by_text("Gemeld. Uw leidinggevende is geroepen.")).to_be_visible()


async def test_nobody_reports_of_a_call_that_they_do_not_have(visit: Visit, desk: Desk) -> None:
    """While somebody waits there is nothing to report, and no button."""
    await desk.journal.open("c2", *PAYMENT)
    async with visit(f"{desk.url}/desk/calls/c2") as ana:
        await log_in(ana)
        await expect(ana.get_by_role("heading", level=1).last).to_be_visible()
        await expect(ana.get_by_text("Meld dreiging of grof gedrag")).to_be_hidden()
