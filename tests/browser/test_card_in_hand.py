"""With the card in hand: copied, printed, called wrong, wrapped up, called back, by keyboard."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect

from bot.events import (
    CallerIdentified,
    CallStarted,
    Event,
    FactDisputed,
    HandoffRequested,
    Language,
    MoodChanged,
    OfferAccepted,
    PromiseMade,
    WrappedUp,
)
from handoff import mount
from handoff.accounts import Accounts
from handoff.callbacks import Callbacks
from handoff.store import DurableJournal
from tests.browser.conftest import PASSWORD, Visit
from tests.browser.test_desk_alarm import Desk, log_in
from tests.handoff.calls import PAYMENT, nl
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.line.serving import served

pytestmark = pytest.mark.browser

UPSET = MoodChanged(level="angry", trend="rising", anger_kind="emotional", anger=0.8)


class Owners:
    """Answers as owners might write them."""

    def answers(self, events: Sequence[Event], intent: str, language: Language) -> list[str]:
        return ["Uw betaling is binnen."]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = HandClock()
    async with DurableJournal(f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}", clock) as journal:
        accounts = Accounts(journal.database, clock)
        await accounts.add_user("Ana", PASSWORD)
        app = FastAPI()
        mount(app, journal, accounts, clock, AMSTERDAM, answers=Owners())
        async with served(app) as address:
            yield Desk(f"http://{address}", journal, clock)


async def clipboard(page: Page) -> str:
    text: str = await page.evaluate("navigator.clipboard.readText()")
    return text


async def test_a_fact_is_called_wrong_with_one_key_and_corrected_while_the_call_goes_on(
    visit: Visit, desk: Desk
) -> None:
    """It is struck at once; what is being typed is not lost when the caller says something more."""
    await desk.journal.open("c1", *PAYMENT, OfferAccepted(agent="Ana"))
    async with visit(f"{desk.url}/desk/calls/c1") as page:
        await log_in(page)
        wrong = page.get_by_role("button", name="Klopt niet: 2026-118")
        await wrong.focus()
        await page.keyboard.press("Enter")
        typing = page.get_by_label("Wat is het wel? 2026-118")
        await expect(typing).to_be_focused()
        await page.keyboard.type("2026-")
        await desk.journal.append("c1", nl("en nog iets"))
        await expect(page.locator("#lines")).to_contain_text("en nog iets")
        await expect(typing).to_be_focused()
        await page.keyboard.type("119")
        await page.keyboard.press("Enter")
        facts = page.locator("[data-part=facts]")
        await expect(facts).to_contain_text("2026-119")
        await expect(facts.locator("s")).to_have_text("2026-118")
        await expect(facts).to_contain_text("klopt niet (Ana)")
        await page.get_by_role("button", name="Klopt toch: 2026-118").click()
        await expect(facts.locator("s")).to_have_count(0)
        assert await page.evaluate("window.sameDocument")
    told = [e.body for e in await desk.journal.read("c1") if isinstance(e.body, FactDisputed)]
    assert [body.now for body in told] == ["", "2026-119", "2026-118"]


async def test_every_fact_leads_to_its_moment_and_escape_leads_back(
    visit: Visit, desk: Desk
) -> None:
    """By keyboard: the moment of the conversation has the focus, then the fact again."""
    await desk.journal.open("c1", *PAYMENT)
    async with visit(f"{desk.url}/desk/calls/c1") as page:
        await log_in(page)
        links = page.locator("#card-body a.source")
        assert await links.count() > 8
        for n in range(await links.count()):
            hash_of = await links.nth(n).get_attribute("href")
            assert hash_of
            await expect(page.locator(f"#lines {hash_of}")).to_have_count(1)
        reason = page.locator("[data-part=reason] a").first
        await reason.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#lines li:focus")).to_contain_text("herinnering")
        await page.keyboard.press("Escape")
        await expect(reason).to_be_focused()


async def test_the_card_is_copied_as_text_and_printed_on_one_page(visit: Visit, desk: Desk) -> None:
    """The text that the button copies is the card; what is printed is the card alone."""
    await desk.journal.open("c1", *PAYMENT, UPSET)
    async with visit(f"{desk.url}/desk/calls/c1") as page:
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await log_in(page)
        await page.get_by_role("button", name="Kopieer als tekst").click()
        await expect(page.locator("#tools-said")).to_have_text("Gekopieerd")
        text = await clipboard(page)
        assert "Mw. J. de Vries · klant 471109 · geverifieerd" in text
        assert "✓ betaling van 12 november gevonden: EUR 84,20" in text
        await page.emulate_media(media="print")
        for hidden in ("nav.list", ".transcript", "#actions", "#tools", ".wrong >> nth=0"):
            await expect(page.locator(hidden)).to_be_hidden()
        await expect(page.get_by_role("heading", name="Mw. J. de Vries")).to_be_visible()
        printed = await page.pdf(prefer_css_page_size=True)
        assert printed.count(b"/Type /Page\n") == 1


async def test_one_key_uses_a_hint_and_never_while_somebody_types(visit: Visit, desk: Desk) -> None:
    """A digit copies it, with Shift it goes into the note; in a note a digit is a digit."""
    await desk.journal.open("c1", *PAYMENT, UPSET, OfferAccepted(agent="Ana"))
    async with visit(f"{desk.url}/desk/calls/c1") as page:
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await log_in(page)
        await page.locator("h1").first.click()
        await page.keyboard.press("2")
        await expect(page.locator("#hints-said")).to_have_text("Gekopieerd: Uw betaling is binnen.")
        assert await clipboard(page) == "Uw betaling is binnen."
        await page.keyboard.press("Shift+Digit2")
        note = page.get_by_label("Notitie")
        await expect(note).to_have_value("Uw betaling is binnen.")
        await note.focus()
        await page.keyboard.press("End")
        await page.keyboard.type(" 2")
        await expect(note).to_have_value("Uw betaling is binnen. 2")


async def test_a_wrap_up_takes_one_choice_and_one_key(visit: Visit, desk: Desk) -> None:
    """It is filled in; who was not reached is proposed to be called again; Ctrl+Enter sends it."""
    promise = PromiseMade(what="payment_plan_decision", due=desk.clock() + timedelta(days=3))
    await desk.journal.open("c1", *PAYMENT, promise, OfferAccepted(agent="Ana"))
    async with visit(f"{desk.url}/desk/calls/c1") as page:
        await log_in(page)
        form = page.get_by_role("form", name="Afronden")
        done = form.get_by_label("Wat er gedaan is")
        await expect(done).to_have_value("betaling van 12 november gevonden: EUR 84,20")
        await expect(form.get_by_label("Belofte").first).to_have_value(
            "antwoord op betalen in delen"
        )
        await form.get_by_label("niet bereikt").check()
        await expect(form.get_by_label("Wanneer")).to_have_value("2026-11-20T16:00")
        await page.keyboard.press("Control+Enter")
        await page.wait_for_url("**/desk")
        # The call back that was planned stands beside the cards.
        await expect(page.get_by_role("heading", name="Terugbellen")).to_be_visible()
    [wrapped] = [b.body for b in await desk.journal.read("c1") if isinstance(b.body, WrappedUp)]
    assert wrapped.disposition == "not_reached"
    assert [p.due for p in wrapped.promises] == [promise.due]


async def test_a_call_back_rings_on_an_open_desk_and_is_answered_there(
    visit: Visit, desk: Desk
) -> None:
    """When its moment comes the list says so, in words, and rings once; then it is gone."""
    started = CallStarted(line="twilio", language="nl", caller_number="+31612345678")
    who = CallerIdentified(customer_id="471109", name="Mw. J. de Vries", how="number_on_line")
    await desk.journal.open("c1", started, who, HandoffRequested(reason="key_0"))
    await desk.journal.append(
        "c1", OfferAccepted(agent="Ana"), WrappedUp(agent="Ana", disposition="not_reached")
    )
    callbacks = Callbacks(desk.journal, desk.clock, AMSTERDAM)
    async with visit(f"{desk.url}/desk") as page:
        await log_in(page)
        due = desk.clock() + timedelta(minutes=30)
        await callbacks.plan("c1", "Ana", due, "+31612345678", "de meter")
        row = page.locator("#callback-list li")
        await expect(row).to_contain_text("om vrijdag 20 november, 14:30")
        await expect(row).to_contain_text("06 12345678")
        desk.clock.forward(minutes=30)
        desk.journal.tell_change()
        await expect(row).to_contain_text("nu, om vrijdag 20 november, 14:30")
        await expect(page.locator("#callbacks-said")).to_have_text(
            "Nu terugbellen: Mw. J. de Vries"
        )
        box = page.locator("#callbacks")
        await expect(box).to_have_attribute("data-sounded", "1")
        desk.clock.forward(minutes=6)
        desk.journal.tell_change()
        await expect(row).to_contain_text("te laat")
        await expect(box).to_have_attribute("data-sounded", "1")
        reached = page.get_by_role("button", name="Mw. J. de Vries bereikt", exact=True)
        await reached.focus()
        await page.keyboard.press("Enter")
        await expect(row).to_have_count(0)
        await expect(box).to_be_hidden()
        assert await page.evaluate("window.sameDocument")
    assert await callbacks.due(supervises=True) == []
