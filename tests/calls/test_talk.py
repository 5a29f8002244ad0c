"""An agent talks with a caller from the desk's page: real browsers, real sound, a real Kalm."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Visit, visit, write_microphone
from tests.browser.conftest import log_in as log_in_as
from tests.line.serving import tone
from tests.serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.models]

__all__ = ["visit"]

CALLER_HZ, AGENT_HZ = 700, 1500

LISTEN = """async ([id, hertz, quiet]) => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 4096;
  context.createMediaStreamSource(document.getElementById(id).srcObject).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const width = context.sampleRate / analyser.fftSize;
  let without = 0;
  for (let n = 0; n < 1200; n++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    analyser.getFloatFrequencyData(bins);
    const loudest = (from, to) =>
      Math.max(...bins.slice(Math.floor(from / width), Math.ceil(to / width) + 1));
    const here = loudest(hertz - 40, hertz + 40);
    const beside = Math.max(loudest(hertz - 250, hertz - 120), loudest(hertz + 120, hertz + 250));
    const heard = here > -50 && here > beside + 12;
    if (heard && !quiet) return true;
    without = heard ? 0 : without + 1;
    if (quiet && without === 60) return true;
  }
  return false;
}"""
"""Whether a page hears a tone, or does not for 1.5 s, within 30 s.

Others may sound at the same moment and louder: a tone is a peak above what lies beside it."""


async def hears(page: Page, element: str, hertz: float) -> bool:
    return bool(await page.evaluate(LISTEN, [element, hertz, False]))


async def hears_no_more(page: Page, element: str, hertz: float) -> bool:
    return bool(await page.evaluate(LISTEN, [element, hertz, True]))


def beeps(folder: Path, hertz: float) -> Path:
    """A microphone that beeps: half a second of a tone, half a second of silence."""
    return write_microphone(
        folder / f"{hertz}.wav", tone(0.5, 16000, hertz), 16000, quiet_after=0.5
    )


@asynccontextmanager
async def at_the_desk(kalm: Served, visit: Visit, microphone: Path) -> AsyncIterator[Page]:
    async with visit(f"{kalm.url}/desk", microphone=microphone, size=(1300, 900)) as desk:
        await log_in(desk, kalm)
        yield desk


async def log_in(desk: Page, kalm: Served) -> None:
    await log_in_as(desk, "admin", kalm.password)
    await expect(desk.locator("#waiting")).to_be_attached()


async def ask_for_a_person(caller: Page) -> str:
    """Call, press 0, and return the words until the bot has said that a colleague comes."""
    await caller.locator("#call").click()
    captions = caller.locator("#captions")
    await expect(captions).to_contain_text("digitale assistent")
    await caller.get_by_role("button", name="Toetsen").click()
    await caller.get_by_role("button", name="0", exact=True).click()
    await expect(captions).to_contain_text("collega")
    return await captions.inner_text()


async def open_newest_card(desk: Page) -> Locator:
    """Open the card of who is on the line; callers of earlier tests may wait for a call back."""
    await expect(desk.locator("#waiting li a.waiting").first).to_be_visible()
    cards = await desk.locator("#waiting li a.waiting").evaluate_all("all => all.map(a => a.href)")
    start = desk.locator("#talk-start")
    for card in reversed(cards):
        await desk.goto(card)
        await expect(desk.locator("#talk[data-state]")).to_be_attached()  # its script runs
        if await start.is_visible():
            return start
    raise AssertionError(f"nobody on the line among {cards}")


async def test_caller_and_agent_hear_each_other(kalm: Served, visit: Visit, tmp_path: Path) -> None:
    """Both hear the other and nobody else; given back with a task, the bot does it."""
    async with (
        at_the_desk(kalm, visit, beeps(tmp_path, AGENT_HZ)) as desk,
        visit(kalm.url, microphone=beeps(tmp_path, CALLER_HZ), locale="nl-NL") as caller,
    ):
        await ask_for_a_person(caller)
        start = await open_newest_card(desk)
        await expect(start).to_be_focused()
        await desk.keyboard.press("Enter")
        state = desk.locator("#talk-state")
        await expect(state).to_have_text("In gesprek")
        captions = caller.locator("#captions")
        await expect(captions).to_contain_text("admin")
        assert await hears(caller, "sound", AGENT_HZ)
        assert await hears(desk, "talk-sound", CALLER_HZ)
        said = await captions.inner_text()
        await desk.keyboard.press("m")
        await expect(state).to_have_text("U bent gedempt")
        assert await hears_no_more(caller, "sound", AGENT_HZ)
        await desk.keyboard.press("m")
        assert await hears(caller, "sound", AGENT_HZ)
        assert await captions.inner_text() == said  # the bot was silent
        await desk.get_by_label("Wat de bot doet").select_option("openingstijden geven")
        await desk.get_by_role("button", name="Terug naar de bot").click()
        await expect(state).to_have_text("De beller is terug bij de bot.")
        await expect(captions).to_contain_text("weer")
        await expect(captions).to_contain_text("maandag")  # the task is done


async def test_nobody_is_lost_when_the_agent_is(kalm: Served, visit: Visit, tmp_path: Path) -> None:
    """A closed page is told to the caller, who waits on; the next agent talks, and hangs up."""
    microphone = beeps(tmp_path, AGENT_HZ)
    async with visit(kalm.url, microphone=beeps(tmp_path, CALLER_HZ), locale="nl-NL") as caller:
        await ask_for_a_person(caller)
        captions = caller.locator("#captions")
        async with at_the_desk(kalm, visit, microphone) as desk:
            await (await open_newest_card(desk)).click()
            await expect(desk.locator("#talk-state")).to_have_text("In gesprek")
        await expect(captions).to_contain_text("plek")
        async with at_the_desk(kalm, visit, microphone) as desk:
            await (await open_newest_card(desk)).click()
            state = desk.locator("#talk-state")
            await expect(state).to_have_text("In gesprek")
            assert await hears(caller, "sound", AGENT_HZ)
            await desk.get_by_role("button", name="Hang op").click()
            await expect(caller.locator("#ended")).to_be_visible(timeout=10_000)
            await expect(state).to_contain_text("U heeft opgehangen")
            # The card is the agent's to close, by keyboard from here.
            await expect(desk.locator("#actions input[type=radio]").first).to_be_focused()


async def test_a_refused_microphone_leaves_the_caller_waiting(
    kalm: Served, visit: Visit, tmp_path: Path
) -> None:
    """The agent reads what to do, and the card can still be accepted to call back."""
    async with visit(kalm.url, microphone=beeps(tmp_path, CALLER_HZ), locale="nl-NL") as caller:
        await ask_for_a_person(caller)
        async with visit(f"{kalm.url}/desk", allowed=False, size=(1300, 900)) as desk:
            await log_in(desk, kalm)
            await (await open_newest_card(desk)).click()
            problem = desk.locator("#talk-problem")
            await expect(problem).to_contain_text("De microfoon is geweigerd.")
            await expect(desk.locator("#talk-start")).to_be_focused()
            await expect(desk.locator("#actions")).to_have_attribute("data-state", "waiting")
            await caller.locator("#hangup").click()
            await expect(desk.locator("#talk-start")).to_be_hidden()
