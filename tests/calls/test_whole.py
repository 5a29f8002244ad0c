"""From a caller's wish to an agent's break: a caller's page and two agents' pages, all real."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Locator, Page, expect

from bot.clock import utc_now
from bot.events import HandedOn, OfferAccepted, OfferDeclined, WrappedUp
from handoff.accounts import Accounts
from handoff.store.journal import DurableJournal
from tests.browser.conftest import Visit, log_in, visit, write_microphone
from tests.browser.test_desk_alarm import PASSWORD
from tests.calls.test_talk import beeps, hears, hears_no_more
from tests.line.serving import tone
from tests.pictures import picture
from tests.serving import Served, data_folder, serving
from tests.voices import caller_speech, silence

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.timeout(300)]

__all__ = ["visit"]

CALLER_HZ, ANA_HZ, BO_HZ = 700, 1500, 2500
RATE = 16000
GREETING_S = 12
"""Longer than the greeting takes."""
KEYS_S = 16
"""Longer than it takes to be asked for a customer number, to press it, and to be asked more."""
STEP = "betaling van .* gevonden"
NOTE = "Wil de herinneringskosten terug."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return data_folder(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def centre(data: Path) -> Iterator[Served]:
    """A Kalm of its own: who waits is the caller of this test, and nobody else."""
    with serving(data) as served:
        yield served


@asynccontextmanager
async def record(data: Path) -> AsyncIterator[DurableJournal]:
    async with DurableJournal(f"sqlite+aiosqlite:///{data / 'kalm.db'}", utc_now) as journal:
        yield journal


def wish_then_beeps(folder: Path) -> Path:
    """A caller's microphone: a wish once the bot was heard out, a postcode, then beeps.

    The postcode is said once more a while later, for when it was heard as another.
    """
    wish = caller_speech("I would like to know if my payment has arrived.", "en", RATE)
    postcode = caller_speech("My postcode is three five eight one, G, A.", "en", RATE)
    beep = np.concatenate([np.frombuffer(tone(0.5, RATE, CALLER_HZ), "<i2"), silence(0.5, RATE)])
    said = [silence(GREETING_S, RATE), wish, silence(KEYS_S, RATE), postcode, silence(10, RATE)]
    again = [*[beep] * 14, silence(1, RATE), postcode, silence(6, RATE)]
    sound = np.concatenate([*said, *again, *[beep] * 240]).astype("<i2").tobytes()
    return write_microphone(folder / "caller.wav", sound, RATE)


@asynccontextmanager
async def agent(
    centre: Served, visit: Visit, folder: Path, name: str, hertz: float
) -> AsyncIterator[Page]:
    microphone = beeps(folder, hertz)
    async with visit(f"{centre.url}/desk", microphone=microphone, size=(1300, 1000)) as page:
        await log_in(page, name, PASSWORD)
        await expect(presence(page)).to_be_visible()
        yield page


def presence(page: Page) -> Locator:
    return page.get_by_role("region", name="Uw beschikbaarheid")


def talk(page: Page) -> Locator:
    return page.get_by_role("region", name="Praten met de beller")


def card(page: Page) -> Locator:
    return page.get_by_role("main")


async def available(page: Page) -> None:
    """Ask for calls, by keyboard."""
    button = page.get_by_role("button", name="Beschikbaar", exact=True)
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(presence(page).get_by_role("status")).to_have_text("Beschikbaar")


async def offered(page: Page) -> Locator:
    """Wait for an offer that a key answers; it is not answered by one that was meant for else."""
    offer = page.get_by_role("region", name="Aanbod")
    await expect(offer.get_by_role("button", name="Neem aan")).to_be_visible(timeout=30_000)
    await page.wait_for_selector("#offer[data-armed=yes]")
    return offer


async def test_from_a_wish_to_a_break(
    centre: Served, data: Path, visit: Visit, tmp_path: Path
) -> None:
    """One says no, one takes it and hands on warm; after a threat the break comes, in peace."""
    async with record(data) as journal:
        accounts = Accounts(journal.database, utc_now)
        await accounts.add_user("Ana", PASSWORD)
        await accounts.add_user("Bo", PASSWORD)
        async with (
            agent(centre, visit, tmp_path, "Ana", ANA_HZ) as ana,
            agent(centre, visit, tmp_path, "Bo", BO_HZ) as bo,
            visit(centre.url, microphone=wish_then_beeps(tmp_path), locale="en-GB") as caller,
        ):
            await available(ana)
            await ask(caller)
            await offer_is_declined_and_taken(ana, bo)
            await both_hear(caller, CALLER_HZ, bo, BO_HZ)
            await handed_on_warm(caller, bo, ana)
            [call_id] = [row.call_id for row in await journal.summaries("accepted")]
            await threat_is_reported(ana)
            await talk(ana).get_by_role("button", name="Hang op").press("Enter")
            await expect(caller.get_by_role("button", name="Call again")).to_be_visible()
            await wrapped_up(ana)
            await nothing_comes_during_the_break(ana, bo, caller)
            told = [event.body for event in await journal.read(call_id)]
    kinds = (OfferDeclined, OfferAccepted, HandedOn, WrappedUp)
    assert [(type(b), b.agent) for b in told if isinstance(b, kinds)] == [
        (OfferDeclined, "Ana"),
        (OfferAccepted, "Bo"),
        (HandedOn, "Bo"),
        (OfferAccepted, "Ana"),
        (WrappedUp, "Ana"),
    ]
    assert OfferDeclined(agent="Ana", reason="too_heavy") in told


async def ask(caller: Page) -> None:
    """Call, prove who one is by keys and voice, be told an answer, and ask for a person."""
    await caller.get_by_role("button", name="Call", exact=True).click()
    captions = caller.get_by_role("log")
    await expect(captions).to_contain_text("digital assistant")
    await expect(captions).to_contain_text("customer number")
    await caller.get_by_role("button", name="Keypad").click()
    keys = caller.get_by_role("group", name="Keypad")
    await press(keys, "471109")
    await expect(captions).to_contain_text("postcode")
    await expect(captions).to_contain_text(re.compile("84.20|don't go together"))
    if "don't go together" in await captions.inner_text():  # heard as another postcode
        await press(keys, "471109")
        await expect(captions).to_contain_text("84.20")
    await press(keys, "0")


async def press(keys: Locator, digits: str) -> None:
    for digit in digits:
        await keys.get_by_role("button", name=digit, exact=True).click()


async def offer_is_declined_and_taken(ana: Page, bo: Page) -> None:
    """By keyboard: a digit is the reason and Escape the no; Enter takes it, and the talk begins."""
    offer = await offered(ana)
    await expect(offer).to_contain_text("waarom u")
    await ana.keyboard.press("3")
    await ana.keyboard.press("Escape")
    await expect(offer).to_contain_text("U zei nee.")
    await available(bo)
    await offered(bo)
    await picture(bo, "offered")
    await bo.keyboard.press("Enter")
    await expect(state(bo)).to_have_text("In gesprek")
    for fact in ("betaling van factuur 2026-118", "Engels", STEP, "geverifieerd"):
        await expect(card(bo)).to_contain_text(re.compile(fact, re.IGNORECASE))
    await picture(bo, "talking")


async def both_hear(caller: Page, caller_hz: float, agent: Page, agent_hz: float) -> None:
    assert await hears(caller, "sound", agent_hz)
    assert await hears(agent, "talk-sound", caller_hz)


async def handed_on_warm(caller: Page, bo: Page, ana: Page) -> None:
    """Who hands on stays until the other is there; three hear each other; then the first goes."""
    part = talk(bo)
    await part.get_by_text("Geef door of overleg").press("Enter")
    whom = part.get_by_label("Aan wie")
    await expect(whom.get_by_role("option", name="Ana")).to_be_attached()
    await whom.select_option("to:Ana")
    await part.get_by_label("Wat uw collega moet weten").fill(NOTE)
    await part.get_by_role("button", name="Geef door, ik blijf erbij").press("Enter")
    await expect(state(bo)).to_contain_text("Ana is gevraagd")
    assert await hears(caller, "sound", BO_HZ)
    await offered(ana)
    await ana.keyboard.press("Enter")
    await expect(card(ana)).to_contain_text(NOTE)
    await expect(state(bo)).to_contain_text("met z’n drieën")
    await both_hear(caller, CALLER_HZ, ana, ANA_HZ)
    assert await hears(ana, "talk-sound", BO_HZ)
    assert await hears(bo, "talk-sound", ANA_HZ)
    await picture(ana, "handed-on")
    await part.get_by_role("button", name="Verlaat het gesprek").press("Enter")
    await expect(state(bo)).to_have_text("U heeft het gesprek verlaten.")
    assert await hears_no_more(caller, "sound", BO_HZ)
    await both_hear(caller, CALLER_HZ, ana, ANA_HZ)


async def threat_is_reported(ana: Page) -> None:
    """Nothing hears what people say to each other: who is threatened says so, by keyboard."""
    await card(ana).get_by_text("Meld dreiging of grof gedrag").press("Enter")
    await card(ana).get_by_label("Wat gebeurde er").select_option("dreiging")
    await picture(ana, "report")
    await card(ana).get_by_label("In een paar woorden").press("Enter")
    await expect(ana.get_by_text("Uw leidinggevende is geroepen.")).to_be_visible()


async def wrapped_up(ana: Page) -> None:
    """What was done stands there; a choice and two keys close the card."""
    form = ana.get_by_role("form", name="Afronden")
    await expect(form.get_by_label("Wat er gedaan is")).to_have_value(re.compile(STEP))
    await form.get_by_label("opgelost").press("Space")
    await ana.keyboard.press("Control+Enter")
    await ana.wait_for_url("**/desk")


async def nothing_comes_during_the_break(ana: Page, bo: Page, caller: Page) -> None:
    """It is offered and taken by keyboard; who waits then is not offered to who rests."""
    care = ana.get_by_role("region", name="Zorg")
    await expect(care).to_contain_text("Dat was een zwaar gesprek.")
    await picture(ana, "break")
    await care.get_by_role("button", name="Neem").press("Enter")
    await expect(presence(ana).get_by_role("status")).to_contain_text("Pauze tot")
    await bo.get_by_role("button", name="Niet beschikbaar").press("Enter")
    await expect(bo.get_by_role("region", name="Zorg").get_by_role("button")).to_have_count(0)
    await caller.get_by_role("button", name="Call again").click()
    captions = caller.get_by_role("log")
    await expect(captions).to_contain_text("digital assistant")
    await caller.get_by_role("button", name="Keypad").click()
    await press(caller.get_by_role("group", name="Keypad"), "0")
    await expect(presence(ana)).to_contain_text("1 beller wacht")
    accept = ana.get_by_role("region", name="Aanbod").get_by_role("button", name="Neem aan")
    await expect(accept).to_have_count(0)
    await care.get_by_role("button", name="Ik ben er weer").press("Enter")
    await expect(accept).to_be_visible()


def state(page: Page) -> Locator:
    """Return the line that tells how a talk stands."""
    return talk(page).get_by_role("status").first
