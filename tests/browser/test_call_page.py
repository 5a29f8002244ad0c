"""A caller in a real browser is heard, hears, reads along, and is told what is wrong."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from fastapi import FastAPI
from pipecat.frames.frames import Frame, InputAudioRawFrame, InputDTMFFrame
from pipecat.processors.frame_processor import FrameDirection
from playwright.async_api import Page, expect

from bot.events import CallerSpoke
from bot.line import browser
from bot.line.door import Door
from bot.line.frames import HangUpFrame, MarkFrame, MarkPlayedFrame, SayFrame, UtteranceFrame
from bot.say import Say
from bot.settings import Settings
from tests.browser.conftest import Visit, write_microphone
from tests.line.serving import ToneBot, Tones, served, tone, until

pytestmark = pytest.mark.browser


class Echo(Tones):
    """Answers the caller's first sound with a sentence and a tone of 880 Hz."""

    answered = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame) and not self.answered and loudness(frame.audio):
            self.answered = True
            spoken = CallerSpoke(words="is mijn betaling binnen", language="nl")
            await self.push_frame(UtteranceFrame(spoken))
            words = "Your payment of EUR 84.20 has arrived."
            await self.push_frame(SayFrame(Say(seq=2, words=words, spoken=words, language="en")))
            await self.play(1.5, 880)
            await self.push_frame(MarkFrame("say-2"))

    async def press(self, key: str) -> None:
        if key == "9":
            await self.push_frame(HangUpFrame("resolved"))
        await super().press(key)


def loudness(pcm: bytes) -> bool:
    samples = np.frombuffer(pcm, "<i2").astype(float)
    return bool(math.sqrt((samples**2).mean()) > 1000)


@asynccontextmanager
async def line(bot: ToneBot, door: Door | None = None) -> AsyncIterator[str]:
    app = FastAPI()
    app.include_router(browser.router(bot, door or Door(), Settings(company_name="Kalm Energie")))
    async with served(app) as address:
        yield f"http://{address.replace('127.0.0.1', 'localhost')}/"


@pytest.fixture
def microphone(tmp_path: Path) -> Path:
    """A second of silence and a second of a tone, again and again: it may take to connect."""
    said = bytes(32000) + tone(1, 16000, 300)
    return write_microphone(tmp_path / "mic.wav", said, 16000, quiet_after=0)


HEARD = """async () => {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 25));
  const sound = document.getElementById("sound");
  while (!sound.srcObject) await pause();
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(sound.srcObject).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const hertz = context.sampleRate / analyser.fftSize;
  for (let tries = 0; tries < 2000; tries++) {
    await pause();
    analyser.getFloatFrequencyData(bins);
    const loudest = bins.indexOf(Math.max(...bins));
    if (bins[loudest] > -50) return loudest * hertz;
  }
  return null;
}"""
"""The hertz of what a page plays first, from whenever it plays anything."""


async def start_call(page: Page, name: str = "Bel") -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def test_a_whole_call(visit: Visit, microphone: Path) -> None:
    """Sound goes both ways, both sides are written down, a key arrives, the end is told."""
    bot = ToneBot(Echo)
    async with line(bot) as url, visit(url, microphone=microphone) as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("Bel Kalm Energie")
        hearing = asyncio.create_task(page.evaluate(HEARD))  # the tone is short
        await start_call(page)
        await connected(page)
        assert 850 < (await hearing or 0) < 910
        lines = page.get_by_role("log").locator("li")
        await expect(lines).to_have_text(
            ["U is mijn betaling binnen", "Assistent Your payment of EUR 84.20 has arrived."]
        )
        assert await lines.nth(1).locator("span").get_attribute("lang") == "en"
        assert await page.locator("#captions").get_attribute("aria-live") == "polite"
        tones = bot.tones[0]
        marks = await tones.wait_for(MarkPlayedFrame)
        assert [mark.mark for mark in marks if isinstance(mark, MarkPlayedFrame)] == ["say-2"]
        await page.get_by_role("button", name="Toetsen").click()
        await page.get_by_role("button", name="7", exact=True).click()
        await page.keyboard.press("#")
        keys = await tones.wait_for(InputDTMFFrame, 2)
        pressed = [str(k.button.value) for k in keys if isinstance(k, InputDTMFFrame)]
        assert pressed == ["7", "#"]
        await page.keyboard.press("9")  # this bot hangs up at that
        await expect(page.get_by_text("Uw vraag is behandeld.")).to_be_visible()
        await expect(page.locator("#call-id")).to_have_text(bot.arrivals[0].call_id)
        await until(lambda: bot.over)
    assert loudness(tones.sound)
    assert (bot.arrivals[0].line, bot.arrivals[0].language) == ("browser", "nl")


async def connected(page: Page) -> None:
    await expect(page.locator("body")).to_have_attribute("data-phase", "live")


async def test_the_caller_hangs_up_by_keyboard(visit: Visit, microphone: Path) -> None:
    """Enter calls, Enter hangs up; the call is over and its place is free."""
    bot, door = ToneBot(Echo), Door()
    async with line(bot, door) as url, visit(url, microphone=microphone, locale="en-GB") as page:
        call = page.get_by_role("button", name="Call", exact=True)
        await call.focus()
        await page.keyboard.press("Enter")
        await connected(page)
        await expect(page.get_by_role("button", name="Hang up")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("You hung up.")).to_be_visible()
        await expect(page.get_by_role("button", name="Call again")).to_be_focused()
        await until(lambda: not door.inside)
    assert bot.over == [bot.arrivals[0].call_id]


async def test_who_closes_the_page_has_hung_up(visit: Visit, microphone: Path) -> None:
    """Nobody keeps talking to a browser that is gone."""
    bot, door = ToneBot(Echo), Door()
    async with line(bot, door) as url, visit(url, microphone=microphone) as page:
        await start_call(page)
        await connected(page)
        await page.close()
        await until(lambda: not door.inside)


async def test_mute_stops_the_callers_sound(visit: Visit, microphone: Path) -> None:
    """What is said while muted does not reach the bot."""
    bot = ToneBot(Tones)
    async with line(bot) as url, visit(url, microphone=microphone) as page:
        await start_call(page)
        await connected(page)
        tones = bot.tones[0]
        await until(lambda: loudness(tones.sound or bytes(2)))
        mute = page.get_by_role("button", name="Dempen")
        await mute.click()
        await expect(mute).to_have_attribute("aria-pressed", "true")
        await expect(page.get_by_role("status")).to_have_text("U bent gedempt")
        # Sound on its way may still arrive; in two seconds the microphone's tone comes by once.
        quiet = len(tones.sound) + 32000
        await until(lambda: len(tones.sound) > quiet + 64000)
        assert not loudness(tones.sound[quiet:])


async def test_a_refused_microphone_is_told(visit: Visit) -> None:
    """The caller reads what is wrong and what to do, and no call is begun."""
    bot = ToneBot()
    async with line(bot) as url, visit(url, allowed=False) as page:
        await start_call(page)
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("De microfoon is geweigerd.")
        await expect(page.get_by_role("button", name="Bel opnieuw")).to_be_focused()
        await page.get_by_role("button", name="English").click()
        await expect(alert).to_contain_text("The microphone was refused.")
    assert bot.arrivals == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("NotFoundError", "Er is geen microfoon gevonden."),
        ("NotReadableError", "De microfoon is in gebruik."),
        ("NotAllowedError", "De microfoon is geweigerd."),
    ],
)
async def test_what_is_wrong_with_a_microphone_is_told(visit: Visit, name: str, told: str) -> None:
    """Refused, missing and busy are three different things to do something about."""
    async with line(ToneBot()) as url, visit(url) as page:
        broken = f"async () => {{ throw new DOMException('', '{name}'); }}"
        await page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = {broken}; }}")
        await start_call(page)
        await expect(page.get_by_role("alert")).to_contain_text(told)


async def test_an_insecure_page_says_why_it_cannot_call(visit: Visit) -> None:
    """Browsers give a microphone to https and localhost only."""
    async with line(ToneBot()) as url, visit(url) as page:
        hidden = "Object.defineProperty(window, 'isSecureContext', { value: false })"
        await page.evaluate(f"() => {{ {hidden}; }}")
        await start_call(page)
        await expect(page.get_by_role("alert")).to_contain_text("https://")


async def test_when_the_server_stops_the_caller_is_told(visit: Visit, microphone: Path) -> None:
    """Calls end before the server does, and none hangs in the air."""
    bot = ToneBot(Echo)
    stack = AsyncExitStack()
    url = await stack.enter_async_context(line(bot))
    async with visit(url, microphone=microphone) as page:
        await start_call(page)
        await connected(page)
        await stack.aclose()
        assert len(bot.over) == 1
        await expect(page.get_by_role("heading", name="Het gesprek is afgelopen")).to_be_visible()


async def test_the_page_waits_while_models_load(visit: Visit) -> None:
    """The button comes alive by itself once the bot is ready."""
    opening: list[Literal["open", "loading"]] = ["loading"]
    door = Door(lambda: opening[0])
    async with line(ToneBot(), door) as url, visit(url) as page:
        button = page.get_by_role("button", name="Bel", exact=True)
        await expect(button).to_be_disabled()
        await expect(page.get_by_role("status")).to_contain_text("wordt gestart")
        opening[0] = "open"
        await expect(button).to_be_enabled()


async def test_a_full_house_is_told(visit: Visit, microphone: Path) -> None:
    """Before the call, and also when the last place went while the page was open."""
    door = Door(most=1)
    async with line(ToneBot(), door) as url, visit(url, microphone=microphone) as page:
        await expect(page.locator("#company")).to_have_text("Kalm Energie")
        with door.let_in("somebody else"):
            await start_call(page)
            await expect(page.get_by_role("alert")).to_contain_text("lijnen zijn bezet")
            await page.reload()
            await expect(page.get_by_role("alert")).to_contain_text("lijnen zijn bezet")


async def test_a_caller_who_waits_for_a_line_is_called_for(visit: Visit, microphone: Path) -> None:
    """Who called in vain need do nothing: the page tries by itself, and says so, in both tongues.

    Once a line is free the call begins, and the notice is gone.
    """
    bot, door = ToneBot(Echo), Door(most=1)
    async with line(bot, door) as url, visit(url, microphone=microphone) as page:
        await page.clock.install()
        await page.reload()
        await expect(page.locator("#company")).to_have_text("Kalm Energie")
        with door.let_in("somebody else"):
            await start_call(page)
            await expect(page.get_by_role("status")).to_contain_text("proberen het steeds opnieuw")
            await expect(page.get_by_role("button", name="Probeer opnieuw")).to_be_focused()
            async with page.expect_response("**/lines/browser/status"):
                await page.clock.fast_forward(4_500)
            await page.get_by_role("button", name="English").click()
            await expect(page.get_by_role("status")).to_contain_text("keep trying")
            await expect(page.get_by_role("button", name="Try again")).to_be_visible()
            assert not bot.arrivals
        await page.clock.fast_forward(4_500)
        await connected(page)
        await expect(page.get_by_role("alert")).to_be_hidden()


async def test_who_only_looks_is_told_that_a_line_is_free(visit: Visit, microphone: Path) -> None:
    """No call begins that nobody asked for; and a page does not try for ever."""
    bot, door = ToneBot(Echo), Door(most=1)
    async with line(bot, door) as url, visit(url, microphone=microphone) as page:
        await page.clock.install()
        with door.let_in("somebody else"):
            await page.reload()
            await expect(page.get_by_role("alert")).to_contain_text("lijnen zijn bezet")
            await start_call(page, "Probeer opnieuw")
            await expect(page.get_by_role("status")).to_contain_text("proberen het steeds opnieuw")
            await page.clock.fast_forward(200_000)
            await expect(page.get_by_role("status")).to_contain_text("nog steeds bezet")
        await page.clock.fast_forward(4_500)
        await expect(page.get_by_role("status")).to_have_text(
            "Er is een lijn vrij. U kunt nu bellen."
        )
        await expect(page.get_by_role("alert")).to_be_hidden()
        assert not bot.arrivals


async def test_sound_that_finds_no_way_is_told(visit: Visit, microphone: Path) -> None:
    """When nothing connects, behind a firewall say, the caller is not left waiting."""

    async def breaks(_arrival: object) -> None:
        """Lets go of the connection before there is one."""

    app = FastAPI()
    app.include_router(browser.router(breaks, Door(), Settings()))
    async with served(app) as address, visit(f"http://{address}/", microphone=microphone) as page:
        await page.clock.install()
        await page.reload()
        async with page.expect_response("**/lines/browser/offer"):
            await start_call(page)
        await page.clock.fast_forward(11_000)
        await expect(page.get_by_role("alert")).to_contain_text("Er komt geen geluid door.")
        await expect(page.get_by_role("button", name="Bel opnieuw")).to_be_focused()


async def test_a_line_that_is_lost_in_mid_call_is_told(visit: Visit, microphone: Path) -> None:
    """When the bot's side goes away without a word, the caller is not talking to nobody."""

    class Breaks(Tones):
        async def press(self, key: str) -> None:
            transport = bot.arrivals[0].transport
            assert isinstance(transport, browser.BrowserTransport)
            await transport._client._webrtc_connection.pc.close()

    bot = ToneBot(Breaks)
    async with line(bot) as url, visit(url, microphone=microphone) as page:
        await start_call(page)
        await connected(page)
        await page.get_by_role("button", name="Toetsen").click()
        await page.get_by_role("button", name="1", exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("De verbinding is verbroken.")
        await expect(page.get_by_text("Het gesprek is afgelopen")).to_be_visible()


async def test_language_follows_the_browser_and_the_switch(visit: Visit) -> None:
    """Texts, title and the lang attribute change together, and the choice is kept."""
    async with line(ToneBot()) as url, visit(url, locale="en-US") as page:
        html = page.locator("html")
        await expect(html).to_have_attribute("lang", "en")
        await expect(page).to_have_title("Call Kalm Energie")
        await page.get_by_role("button", name="Nederlands").click()
        await expect(html).to_have_attribute("lang", "nl")
        await expect(page.get_by_text("Geluid wordt niet opgenomen.")).to_be_visible()
        await page.reload()
        await expect(html).to_have_attribute("lang", "nl")


async def test_nothing_comes_from_a_foreign_server(visit: Visit) -> None:
    """The page loads from this server alone, and its policy forbids anything else."""
    asked: list[str] = []
    async with line(ToneBot()) as url, visit("about:blank") as page:
        page.on("request", lambda request: asked.append(request.url))
        response = await page.goto(url)
        assert response is not None
        assert "default-src 'self'" in response.headers["content-security-policy"]
        await expect(page.locator("#company")).to_have_text("Kalm Energie")
    assert asked and all(each.startswith(url) for each in asked)
