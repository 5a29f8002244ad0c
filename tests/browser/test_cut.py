"""The network between desk and server is cut: the page says so, tries again, and is true then."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect

from bot.events import OfferAccepted, OfferDeclined
from handoff import mount
from handoff.accounts import Accounts
from handoff.store import DurableJournal
from tests.browser.conftest import Visit
from tests.browser.cut import How, Network, network
from tests.browser.test_desk_alarm import PASSWORD, log_in
from tests.browser.test_team import ANA_HZ, centre, told
from tests.browser.test_team import Centre as TalkCentre
from tests.handoff.calls import PAYMENT
from tests.handoff.centre import Centre, HandTimers
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.line.serving import served

pytestmark = pytest.mark.browser

__all__ = ["centre"]

LOST = "Geen verbinding. De pagina probeert het opnieuw."
MISSED = "Dat is misschien niet aangekomen."


@dataclass
class Desk:
    """A desk behind a network that can be cut."""

    url: str
    centre: Centre
    clock: HandClock
    network: Network

    async def offered(self, page: Page, call_id: str) -> None:
        """Let a caller come who is offered to Sem, who is there."""
        await self.centre.journal.open(call_id, *PAYMENT)
        await expect(page.locator("#offer form")).to_have_attribute("data-call", call_id)

    async def said(self, call_id: str, kind: type) -> int:
        """Count what is on record of one kind."""
        return sum(isinstance(e.body, kind) for e in await self.centre.journal.read(call_id))

    async def expires(self) -> None:
        """Let the time to answer be over."""
        self.clock.forward(seconds=20)
        await self.centre.timers.ring(self.clock())


@pytest.fixture
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    clock = HandClock()
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('cut') / 'kalm.db'}"
    async with DurableJournal(url, clock) as journal:
        accounts = Accounts(journal.database, clock)
        await accounts.add_user("Sem", PASSWORD)
        centre = Centre(journal, clock, HandTimers())
        app = FastAPI()
        mount(app, journal, accounts, clock, AMSTERDAM, dispatcher=centre.dispatcher)
        await centre.dispatcher.start()
        async with (
            served(app, timeout_graceful_shutdown=1) as address,
            network(int(address.rpartition(":")[2])) as between,
        ):
            yield Desk(f"http://127.0.0.1:{between.port}", centre, clock, between)
        await centre.dispatcher.close()


async def there(page: Page) -> None:
    """Log in with a clock that can be run forward, and ask for calls."""
    await log_in(page, "Sem")
    await page.get_by_role("button", name="Beschikbaar", exact=True).click()
    await expect(page.locator("#presence-state")).to_have_text("Beschikbaar")


async def notices(page: Page) -> None:
    """Let the page wait until it must see that it is cut off."""
    for _ in range(6):
        await page.clock.run_for(5000)
    await expect(page.locator("#connection")).to_have_text(LOST)


@pytest.mark.parametrize("how", ["reset", "refused", "frozen"])
async def test_an_offer_that_ran_out_during_a_cut_is_gone_after_it(
    visit: Visit, desk: Desk, how: How
) -> None:
    """However it is cut: the page says so in words, comes back by itself, and shows what is so."""
    async with visit(f"{desk.url}/desk") as sem:
        await there(sem)
        await sem.clock.install()
        await sem.reload()
        await desk.offered(sem, "c2")
        await desk.network.be(how)
        await notices(sem)
        await desk.expires()
        await desk.centre.journal.open("c3", *PAYMENT)
        await expect(sem.locator("#offer form")).to_have_attribute("data-call", "c2")
        await desk.network.be("whole")
        for _ in range(6):
            await sem.clock.run_for(5000)
        await expect(sem.locator("#connection")).to_be_hidden()
        await expect(sem.locator("#offer form[data-call=c2]")).to_have_count(0)
        await expect(sem.locator("#waiting li[data-call=c3]")).to_be_visible()


@pytest.mark.parametrize("arrives", [False, True])
async def test_a_click_during_a_cut_is_done_once_or_told_not_done(
    visit: Visit, desk: Desk, arrives: bool
) -> None:
    """Nothing answers; the page says so, and afterwards leads to the card or asks again."""
    async with visit(f"{desk.url}/desk") as sem:
        await there(sem)
        await sem.clock.install()
        await sem.reload()
        await desk.offered(sem, "c2")
        desk.network.only_answers = arrives
        await desk.network.be("frozen")
        accept = sem.get_by_role("button", name="Neem aan en bel terug")
        await accept.click()
        await expect(accept).to_be_disabled()
        if arrives:
            async with asyncio.timeout(10):
                while not await desk.said("c2", OfferAccepted):  # noqa: ASYNC110 - no event tells
                    await asyncio.sleep(0.01)
        await sem.clock.run_for(9000)
        await expect(sem.locator("#connection")).to_contain_text(MISSED)
        await notices_or_missed(sem)
        await desk.network.be("whole")
        for _ in range(6):
            await sem.clock.run_for(5000)
        if arrives:
            await sem.wait_for_url("**/desk/calls/c2")
            await expect(sem.get_by_text("Aangenomen door Sem", exact=True)).to_be_visible()
        else:
            await expect(sem.locator("#offer-note")).to_have_text(
                "Uw antwoord kwam niet aan. U wordt nog gevraagd."
            )
            await expect(accept).to_be_enabled()
            await accept.click()
            await sem.wait_for_url("**/desk/calls/c2")
        assert await desk.said("c2", OfferAccepted) == 1


async def notices_or_missed(page: Page) -> None:
    """Let the page wait until it must see that its stream is cut off, too."""
    for _ in range(6):
        await page.clock.run_for(5000)
    await expect(page.locator("#connection")).to_be_visible()


async def test_what_was_typed_is_not_given_for_a_page_of_errors(visit: Visit, desk: Desk) -> None:
    """A card that is closed during a cut stays, with its note, and is closed after it, once."""
    await desk.centre.journal.open("c1", *PAYMENT, OfferAccepted(agent="Sem"))
    async with visit(f"{desk.url}/desk") as sem:
        await log_in(sem, "Sem")
        await sem.clock.install()
        await sem.goto(f"{desk.url}/desk/calls/c1")
        note = sem.get_by_label("Notitie")
        await note.fill("belt morgen")
        await sem.get_by_label("Opgelost").check()
        await desk.network.be("reset")
        await notices(sem)
        await note.press("Control+Enter")
        await expect(sem.locator("#connection")).to_contain_text(MISSED)
        await expect(note).to_have_value("belt morgen")
        await desk.network.be("whole")
        for _ in range(6):
            await sem.clock.run_for(5000)
        await expect(sem.locator("#connection")).to_be_hidden()
        await note.press("Control+Enter")
        await sem.wait_for_url("**/desk")
    kinds = [e.body.kind for e in await desk.centre.journal.read("c1")]
    assert kinds.count("WrappedUp") == 1


async def test_a_double_no_in_two_tabs_is_one_no(visit: Visit, desk: Desk) -> None:
    """The second tab is told that the offer is over."""
    async with visit(f"{desk.url}/desk") as sem:
        await there(sem)
        other = await sem.context.new_page()
        await other.goto(f"{desk.url}/desk")
        await desk.offered(sem, "c2")
        buttons = [tab.locator("#offer button[data-do=decline]") for tab in (sem, other)]
        for button in buttons:
            await expect(button).to_be_visible()
        handles = [await button.element_handle() for button in buttons]
        await asyncio.gather(*(each.evaluate("one => one.click()") for each in handles if each))
        for tab in (sem, other):
            await expect(tab.locator("#offer form")).to_have_count(0)
            await expect(tab.locator("#offer-note")).not_to_be_empty()
        assert await desk.said("c2", OfferDeclined) == 1


async def test_a_talk_goes_on_while_only_the_desk_is_cut(centre: TalkCentre, visit: Visit) -> None:
    """Sound needs no page; who hangs up then is told that it did not arrive, and can again."""
    async with network(int(centre.url.rpartition(":")[2])) as between:
        centre.url = f"http://127.0.0.1:{between.port}"
        async with centre.desk(visit, "Ana", ANA_HZ) as ana:
            await centre.talk(ana)
            await between.be("reset")
            await ana.get_by_role("button", name="Hang op").click()
            await expect(ana.locator("#talk-problem")).to_contain_text("niet bereik")
            assert await centre.caller.hears(ANA_HZ)
            await between.be("whole")
            await ana.get_by_role("button", name="Hang op").click()
            await told(ana, "U heeft opgehangen")
            assert centre.relay.joined is None
