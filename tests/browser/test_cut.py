"""The network between desk and server is cut: the page says so, tries again, and is true then."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.events import OfferAccepted, OfferDeclined, WrappedUp
from tests.browser.conftest import PATIENCE_MS, Visit
from tests.browser.cut import How, Network, network
from tests.browser.test_desk_alarm import log_in
from tests.browser.test_offers import Desk, opened
from tests.browser.test_team import ANA_HZ, centre, told
from tests.browser.test_team import Centre as TalkCentre
from tests.handoff.calls import PAYMENT

pytestmark = pytest.mark.browser

__all__ = ["centre"]

LOST = "Geen verbinding. De pagina probeert het opnieuw."
MISSED = "Dat is misschien niet aangekomen."


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as desk:
        yield desk


@pytest.fixture
async def between(desk: Desk) -> AsyncIterator[Network]:
    """A network between desk and pages that can be cut."""
    async with network(int(desk.url.rpartition(":")[2])) as between:
        desk.url = f"http://127.0.0.1:{between.port}"
        yield between


async def there(page: Page, desk: Desk) -> None:
    """Let Sem be there for calls, on a page whose clock can be run forward."""
    await desk.take(page, "Sem")
    await page.clock.install()
    await page.reload()


async def passes(page: Page) -> None:
    """Let half a minute pass for a page."""
    for _ in range(6):
        await page.clock.run_for(5000)


async def notices(page: Page) -> None:
    """Let the page wait until it must see that it is cut off."""
    await passes(page)
    await expect(page.locator("#connection")).to_have_text(LOST)


@pytest.mark.parametrize("how", ["reset", "refused", "frozen"])
async def test_an_offer_that_ran_out_during_a_cut_is_gone_after_it(
    visit: Visit, desk: Desk, between: Network, how: How
) -> None:
    """However it is cut: the page says so in words, comes back by itself, and shows what is so."""
    async with visit(f"{desk.url}/desk") as sem:
        await there(sem, desk)
        await desk.offers("c2", sem)
        await between.be(how)
        await notices(sem)
        await desk.expires()
        await desk.centre.journal.open("c3", *PAYMENT)
        await expect(sem.locator("#offer form")).to_have_attribute("data-call", "c2")
        await between.be("whole")
        await passes(sem)
        await expect(sem.locator("#connection")).to_be_hidden()
        await expect(sem.locator("#offer form[data-call=c2]")).to_have_count(0)
        await expect(sem.locator("#waiting li[data-call=c3]")).to_be_visible()


@pytest.mark.parametrize("arrives", [False, True])
async def test_a_click_during_a_cut_is_done_once_or_told_not_done(
    visit: Visit, desk: Desk, between: Network, arrives: bool
) -> None:
    """Nothing answers; the page says so, and afterwards leads to the card or asks again."""
    async with visit(f"{desk.url}/desk") as sem:
        await there(sem, desk)
        await desk.offers("c2", sem)
        between.only_answers = arrives
        await between.be("frozen")
        accept = sem.get_by_role("button", name="Neem aan en bel terug")
        await accept.click()
        await expect(accept).to_be_disabled()
        if arrives:
            async with asyncio.timeout(PATIENCE_MS / 1000):
                while not await desk.said(OfferAccepted):  # noqa: ASYNC110 - no event tells
                    await asyncio.sleep(0.01)
        await sem.clock.run_for(9000)
        await expect(sem.locator("#connection")).to_contain_text(MISSED)
        await passes(sem)
        await expect(sem.locator("#connection")).to_be_visible()
        await between.be("whole")
        await passes(sem)
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
        assert len(await desk.said(OfferAccepted)) == 1


async def test_what_was_typed_is_not_given_for_a_page_of_errors(
    visit: Visit, desk: Desk, between: Network
) -> None:
    """A card that is closed during a cut stays, with its note, and is closed after it, once."""
    await desk.centre.journal.open("c1", *PAYMENT, OfferAccepted(agent="Sem"))
    async with visit(f"{desk.url}/desk") as sem:
        await log_in(sem, "Sem")
        await sem.clock.install()
        await sem.goto(f"{desk.url}/desk/calls/c1")
        note = sem.get_by_label("Notitie")
        await note.fill("belt morgen")
        await sem.get_by_label("Opgelost").check()
        await between.be("reset")
        await notices(sem)
        await note.press("Control+Enter")
        await expect(sem.locator("#connection")).to_contain_text(MISSED)
        await expect(note).to_have_value("belt morgen")
        await between.be("whole")
        await passes(sem)
        await expect(sem.locator("#connection")).to_be_hidden()
        await note.press("Control+Enter")
        await sem.wait_for_url("**/desk")
    kinds = [e.body.kind for e in await desk.centre.journal.read("c1")]
    assert kinds.count("WrappedUp") == 1


async def test_a_form_that_is_sent_before_the_page_says_so_stays_too(
    visit: Visit, desk: Desk, between: Network
) -> None:
    """In the seconds in which most cuts heal nobody is told of one; a note is not lost in them."""
    await desk.centre.journal.open("c1", *PAYMENT, OfferAccepted(agent="Sem"))
    async with visit(f"{desk.url}/desk/calls/c1") as sem:
        await log_in(sem, "Sem")
        note = sem.get_by_label("Notitie")
        await note.fill("belt morgen")
        await sem.get_by_label("Opgelost").check()
        async with sem.expect_event("requestfailed"):
            await between.be("reset")
        await note.press("Control+Enter")
        await expect(sem.locator("#connection")).to_contain_text(MISSED)
        await expect(note).to_have_value("belt morgen")


async def test_a_page_that_takes_over_says_when_the_cut_is_over(
    visit: Visit, desk: Desk, between: Network
) -> None:
    """Of several pages one listens for all; one may close while the network is cut."""
    async with visit(f"{desk.url}/desk") as sem:
        await there(sem, desk)
        other = await sem.context.new_page()
        await other.goto(f"{desk.url}/desk/password")
        await between.be("reset")
        await passes(sem)
        await expect(other.locator("#connection")).to_have_text(LOST)
        await sem.close()
        await between.be("whole")
        await passes(other)
        await expect(other.locator("#connection")).to_be_hidden()


async def test_a_slow_answer_is_not_taken_for_a_cut_for_ever(
    visit: Visit, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What perhaps did not arrive is told, until the server has been heard for a while after it."""
    monkeypatch.setattr("handoff.desk.stream.BEAT_S", 0.1)
    async with visit(f"{desk.url}/desk") as sem:
        await there(sem, desk)
        await sem.route("**/api/presence", lambda _route: None)
        await sem.get_by_role("button", name="Beschikbaar", exact=True).click()
        await sem.clock.run_for(9000)
        await expect(sem.locator("#connection")).to_contain_text(MISSED)
        await sem.clock.run_for(11_000)
        await expect(sem.locator("#connection")).to_be_hidden()


async def test_a_report_is_not_lost_when_the_page_is_far_behind(
    visit: Visit, desk: Desk, between: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a long cut a page is loaded anew, but not under the hands of who writes."""
    closed = WrappedUp(agent="Sem", disposition="solved")
    await desk.centre.journal.open("c1", *PAYMENT, OfferAccepted(agent="Sem"), closed)
    async with visit(f"{desk.url}/desk/calls/c1") as sem:
        await log_in(sem, "Sem")
        await sem.clock.install()
        await sem.reload()
        await sem.get_by_text("Meld dreiging of grof gedrag").press("Enter")
        words = sem.get_by_label("In een paar woorden")
        await words.fill("weet waar ik woon")
        monkeypatch.setattr("handoff.desk.live.FAR_BEHIND", -1)
        await between.be("reset")
        await notices(sem)
        async with sem.expect_response("**/desk/live?*"):
            await between.be("whole")
            await passes(sem)
        await expect(sem.locator("#connection")).to_be_hidden()
        await expect(words).to_have_value("weet waar ik woon")


async def test_a_double_no_in_two_tabs_is_one_no(visit: Visit, desk: Desk) -> None:
    """The second tab is told that the offer is over."""
    async with visit(f"{desk.url}/desk") as sem:
        await desk.take(sem, "Sem")
        other = await sem.context.new_page()
        await other.goto(f"{desk.url}/desk")
        await desk.offers("c2", sem)
        buttons = [tab.locator("#offer button[data-do=decline]") for tab in (sem, other)]
        for button in buttons:
            await expect(button).to_be_visible()
        handles = [await button.element_handle() for button in buttons]
        await asyncio.gather(*(each.evaluate("one => one.click()") for each in handles if each))
        for tab in (sem, other):
            await expect(tab.locator("#offer form")).to_have_count(0)
            await expect(tab.locator("#offer-note")).not_to_be_empty()
        assert len(await desk.said(OfferDeclined)) == 1


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
