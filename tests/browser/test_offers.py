"""Two agents and a caller who waits: offered, declined, accepted, missed, on open pages."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect

from bot.events import CallEnded, OfferAccepted, OfferDeclined, WrappedUp
from handoff import mount
from handoff.accounts import Accounts
from handoff.presence import GRACE_S, UNSEEN_S
from handoff.store import DurableJournal
from tests.browser.conftest import PASSWORD, PATIENCE_MS, Visit
from tests.browser.test_desk_alarm import log_in
from tests.handoff.calls import PAYMENT
from tests.handoff.centre import Centre, HandTimers
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.line.serving import served

pytestmark = pytest.mark.browser

WIDE = (1280, 900)


@dataclass
class Desk:
    """A desk that is served, with a dispatcher behind it."""

    url: str
    centre: Centre
    clock: HandClock

    async def take(self, page: Page, name: str) -> None:
        """Log in, and ask for calls."""
        await log_in(page, name)
        await page.get_by_role("button", name="Beschikbaar", exact=True).click()
        await expect(page.locator("#presence-state")).to_have_text("Beschikbaar")

    async def offers(self, call_id: str, page: Page) -> None:
        """Let a caller come who is offered to who is there."""
        await self.centre.journal.open(call_id, *PAYMENT)
        await expect(page.locator("#offer form")).to_have_attribute("data-call", call_id)

    async def expires(self) -> None:
        """Let the time to answer be over."""
        self.clock.forward(seconds=20)
        await self.centre.timers.ring(self.clock())

    async def said(self, kind: type) -> list[object]:
        """Return what is on record of one kind, in c2."""
        return [e.body for e in await self.centre.journal.read("c2") if isinstance(e.body, kind)]


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Desk]:
    """Serve a desk for Ana, who supervises, and Sem."""
    clock = HandClock()
    async with DurableJournal(f"sqlite+aiosqlite:///{folder / 'kalm.db'}", clock) as journal:
        accounts = Accounts(journal.database, clock)
        await accounts.add_user("Ana", PASSWORD, role="supervisor")
        await accounts.add_user("Sem", PASSWORD)
        centre = Centre(journal, clock, HandTimers())
        app = FastAPI()
        mount(app, journal, accounts, clock, AMSTERDAM, dispatcher=centre.dispatcher)
        await centre.dispatcher.start()
        # A page whose network was cut says no goodbye.
        async with served(app, timeout_graceful_shutdown=1) as address:
            yield Desk(f"http://{address}", centre, clock)
        await centre.dispatcher.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as desk:
        yield desk


async def armed(page: Page) -> None:
    """Wait until the offer has stood there long enough for a key to answer it."""
    await page.wait_for_selector("#offer[data-armed=yes]")


async def test_who_says_no_is_passed_over_and_the_next_takes_it_by_keyboard(
    visit: Visit, desk: Desk
) -> None:
    """The reason is on record, the others see who is asked, and Enter leads to the card."""
    async with (
        visit(f"{desk.url}/desk", size=WIDE) as sem,
        visit(f"{desk.url}/desk", size=WIDE) as ana,
    ):
        await desk.take(sem, "Sem")
        before = await sem.locator("nav.list h1").bounding_box()
        await desk.centre.journal.open("c2", *PAYMENT)
        offer = sem.get_by_role("region", name="Aanbod").locator("form")
        await expect(offer).to_contain_text("waarom u: u bent vrij en spreekt de taal")
        await expect(offer).to_have_attribute("data-answer", "20.0")
        await expect(offer).to_contain_text(re.compile(r"nog \d+ s"))  # by the page's own clock
        assert await sem.locator("nav.list h1").bounding_box() == before, "the page jumped"
        chosen = sem.get_by_role("button", name="Beschikbaar", exact=True)
        await expect(chosen).to_be_focused()
        await desk.take(ana, "Ana")
        await expect(ana.locator("#waiting .turn")).to_contain_text(
            re.compile(r"wordt gevraagd: Sem, nog \d+ s")
        )

        await armed(sem)
        await sem.keyboard.press("3")
        await sem.keyboard.press("Escape")
        await expect(sem.locator("#offer-note")).to_have_text(
            "U zei nee. Een collega wordt gevraagd."
        )
        await armed(ana)
        await expect(sem.locator("#waiting .turn")).to_contain_text("wordt gevraagd: Ana")
        await ana.keyboard.press("Enter")
        await ana.wait_for_url("**/desk/calls/c2")
        await expect(ana.get_by_text("Aangenomen door Ana", exact=True)).to_be_visible()
        await expect(ana.locator("#presence-state")).to_have_text("In gesprek")
        await expect(sem.locator("#presence-queue")).to_have_text("Er wacht niemand.")
    assert await desk.said(OfferDeclined) == [OfferDeclined(agent="Sem", reason="too_heavy")]


async def test_two_click_at_once_and_one_is_told_who_was_faster(visit: Visit, desk: Desk) -> None:
    """Who was offered the call and who clicks in the list: exactly one gets the caller."""
    async with visit(f"{desk.url}/desk") as sem, visit(f"{desk.url}/desk") as ana:
        await desk.take(sem, "Sem")
        await log_in(ana)
        await desk.centre.journal.open("c2", *PAYMENT)
        accept = sem.get_by_role("button", name="Neem aan en bel terug")
        await expect(accept).to_be_visible()
        await ana.goto(f"{desk.url}/desk/calls/c2")
        await expect(ana.locator("#accept button")).to_be_visible()
        # Straight to the buttons, as they are at that moment: a mouse would wait for one that the
        # other's click takes away, and one that was found before may have been drawn anew.
        click = "button => document.querySelector(button).click()"
        await asyncio.gather(
            sem.evaluate(click, "#offer [data-do=accept]"), ana.evaluate(click, "#accept button")
        )
        [taken] = await accepted(desk)
        loser, winner = (ana, sem) if taken.agent == "Sem" else (sem, ana)
        await expect(
            winner.get_by_text(f"Aangenomen door {taken.agent}", exact=True)
        ).to_be_visible()
        told = loser.locator("#offer-note, [role=alert]")
        await expect(told.get_by_text(f"{taken.agent} was u voor").first).to_be_visible()


async def accepted(desk: Desk) -> list[OfferAccepted]:
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while not (found := await desk.said(OfferAccepted)):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
    return [body for body in found if isinstance(body, OfferAccepted)]


async def test_who_types_a_note_is_not_disturbed_by_an_offer(visit: Visit, desk: Desk) -> None:
    """Focus, words and place stay; one key leads to the offer, and the note is not lost for it."""
    await desk.centre.journal.open("c1", *PAYMENT, OfferAccepted(agent="Sem"))
    async with visit(f"{desk.url}/desk", size=WIDE) as ana:
        await desk.take(ana, "Ana")
        await ana.goto(f"{desk.url}/desk/calls/c1")
        note = ana.get_by_label("Notitie")
        await note.scroll_into_view_if_needed()
        await note.focus()
        await ana.keyboard.type("belt mor")
        before = await note.bounding_box()
        await desk.centre.journal.open("c2", *PAYMENT)
        await armed(ana)
        await ana.keyboard.type("gen 3 keer")
        await ana.keyboard.press("Enter")
        await expect(note).to_be_focused()
        await expect(note).to_have_value("belt morgen 3 keer\n")
        assert await note.bounding_box() == before, "the page jumped"
        assert await desk.centre.offered() == {"c2": "Ana"}
        await expect(ana.locator("#offer-jump")).to_contain_text("Er is een gesprek voor u, nog")
        await ana.keyboard.press("F8")
        accept = ana.get_by_role("button", name="Neem aan en bel terug")
        await expect(accept).to_be_focused()
        async with ana.expect_popup() as beside:
            await ana.keyboard.press("Enter")
        page = await beside.value
        await expect(page.get_by_text("Aangenomen door Ana", exact=True)).to_be_visible()
        await expect(note).to_have_value("belt morgen 3 keer\n")


async def test_who_writes_a_report_keeps_it_when_an_offer_is_taken(
    visit: Visit, desk: Desk
) -> None:
    """The next call may come while a threat is reported after the wrap-up: it opens beside."""
    taken, over = OfferAccepted(agent="Ana"), CallEnded(outcome="handed_off", by="caller")
    closed = WrappedUp(agent="Ana", disposition="solved")
    await desk.centre.journal.open("c1", *PAYMENT, taken, over, closed)
    async with visit(f"{desk.url}/desk", size=WIDE) as ana:
        await desk.take(ana, "Ana")
        await ana.goto(f"{desk.url}/desk/calls/c1")
        await ana.get_by_text("Meld dreiging of grof gedrag").press("Enter")
        words = ana.get_by_label("In een paar woorden")
        await words.fill("weet waar ik woon")
        await desk.offers("c2", ana)
        await ana.keyboard.press("F8")
        async with ana.expect_popup() as beside:
            await ana.keyboard.press("Enter")
        await expect(
            (await beside.value).get_by_text("Aangenomen door Ana", exact=True)
        ).to_be_visible()
        await expect(words).to_have_value("weet waar ik woon")


async def test_who_lets_two_offers_pass_or_closes_the_page_is_away_and_reads_why(
    visit: Visit, desk: Desk
) -> None:
    """Nobody is offered calls who is not there, and the page says what one is now."""
    async with visit(f"{desk.url}/desk") as sem:
        await desk.take(sem, "Sem")
        for call_id in ("c2", "c3"):
            await desk.offers(call_id, sem)
            await desk.expires()
            await expect(sem.locator("#offer-note")).to_have_text(
                "De tijd is om. Een collega wordt gevraagd."
            )
        state = sem.locator("#presence-state")
        await expect(state).to_contain_text("want op uw laatste aanbiedingen kwam geen antwoord")
        await sem.get_by_role("button", name="Beschikbaar", exact=True).click()
        await expect(state).to_have_text("Beschikbaar")
    presences = desk.centre.presences
    open_for = timedelta(seconds=UNSEEN_S - GRACE_S)
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while desk.clock() - open_for != (await presences.of("Sem")).seen:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        desk.clock.forward(seconds=16)
        desk.centre.journal.tell_change()
        while (await presences.of("Sem")).state != "away":  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    async with visit(f"{desk.url}/desk") as sem:
        await log_in(sem, "Sem")
        await expect(sem.locator("#presence-state")).to_contain_text("want uw balie was gesloten")
