"""Agents and a supervisor in real browsers, and a caller's line: who hears whom."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect

from bot.events import CallStarted, HandoffRequested, Understood
from handoff import mount
from handoff.accounts import Accounts
from handoff.agents import Agents, Profile
from handoff.bridge import BrowserLine
from handoff.presence import Presences
from handoff.relay import Relay, Relays
from handoff.sitting_in import SittingIn
from handoff.store import DurableJournal
from handoff.talking import Talking
from handoff.whisper import Speak, Whisper
from tests.browser.conftest import PASSWORD, Visit, log_in
from tests.calls.test_talk import beeps, hears, hears_no_more
from tests.handoff.calls import nl
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.line.serving import served, tone

pytestmark = pytest.mark.browser

CALLER_HZ, ANA_HZ, SEM_HZ, KIM_HZ, MUSIC_HZ = 700, 1500, 2500, 3200, 400
RATE = 16000
FRAME = RATE // 50
PATIENCE_S = 60.0


class Caller:
    """A caller's end of a line: speaks a tone now and then, and knows what is heard."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._heard = np.zeros(RATE, "<i2")
        self._last = 0.0
        """When the latest sound came; a line that carries none is silent."""

    async def speak(self) -> None:
        beep = np.frombuffer(tone(0.5, RATE, CALLER_HZ), "<i2")
        said = np.concatenate([beep, np.zeros(RATE // 2, "<i2")])
        due, at = asyncio.get_running_loop().time(), 0
        while True:
            self._relay.said_by_caller(said[at : at + FRAME].tobytes(), RATE)
            at, due = (at + FRAME) % len(said), due + 0.02
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))

    async def listen(self) -> None:
        while True:
            frame = np.frombuffer(await self._relay.to_caller.frame(), "<i2")
            self._heard = np.concatenate([self._heard, frame])[-RATE // 4 :]
            self._last = asyncio.get_running_loop().time()

    async def hears(self, hertz: float) -> bool:
        """Whether a tone comes within a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self._until_it_sounds(hertz)
                return True
        return False

    async def hears_no_more(self, hertz: float) -> bool:
        """Whether a tone stays away for three beeps."""
        begun = last = asyncio.get_running_loop().time()
        while (now := asyncio.get_running_loop().time()) < begun + PATIENCE_S:
            if now - last > 3:
                return True
            last = now if self._sounds(hertz) else last
            await asyncio.sleep(0.01)
        return False

    @asynccontextmanager
    async def never_hears(self, hertz: float) -> AsyncIterator[None]:
        """Fail when a tone comes at any moment within the context."""
        heard = asyncio.create_task(self._until_it_sounds(hertz))
        try:
            yield
            assert not heard.done(), f"{hertz} Hz came through"
        finally:
            heard.cancel()
            await asyncio.gather(heard, return_exceptions=True)

    async def _until_it_sounds(self, hertz: float) -> None:
        while not self._sounds(hertz):  # noqa: ASYNC110 - sound tells of no event
            await asyncio.sleep(0.01)

    def _sounds(self, hertz: float) -> bool:
        if asyncio.get_running_loop().time() - self._last > 0.3:
            return False
        spectrum = np.abs(np.fft.rfft(self._heard.astype(float)))
        width = RATE / max(1, len(self._heard))
        near = spectrum[int((hertz - 30) / width) : int((hertz + 30) / width) + 2]
        return bool(near.max() > 100 * len(self._heard) and near.max() > 8 * np.median(spectrum))


class Centre:
    """A desk with three people, and a caller who waits."""

    def __init__(self, url: str, caller: Caller, relay: Relay, folder: Path) -> None:
        self.url, self.caller, self.relay = url, caller, relay
        self.folder = folder

    @asynccontextmanager
    async def desk(self, visit: Visit, name: str, hertz: float) -> AsyncIterator[Page]:
        microphone = beeps(self.folder, hertz)
        async with visit(f"{self.url}/desk", microphone=microphone, size=(1300, 1000)) as page:
            # Once it is told of offers, Kalm knows that somebody is there to be asked.
            async with page.expect_response("**/desk/offer/live"):
                await log_in(page, name)
            yield page

    async def talk(self, ana: Page) -> None:
        """Let Ana talk with the caller."""
        await start(ana, f"{self.url}/desk/calls/c1")
        await told(ana, "In gesprek")


@pytest.fixture
async def centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Centre]:
    monkeypatch.setattr("handoff.talking.BOT_WITHIN_S", 0.0)  # there is no bot that tells anything
    async with opened(tmp_path) as centre:
        yield centre


@asynccontextmanager
async def opened(
    folder: Path, speak: Speak | None = None, **profile: bool
) -> AsyncIterator[Centre]:
    """Open a centre; with `speak` agents hear a line first, unless Ana's profile is otherwise."""
    clock, relays = HandClock(), Relays()
    async with DurableJournal(f"sqlite+aiosqlite:///{folder / 'kalm.db'}", clock) as journal:
        accounts = Accounts(journal.database, clock)
        for name in ("Ana", "Sem"):
            await accounts.add_user(name, PASSWORD)
        await accounts.add_user("Kim", PASSWORD, role="supervisor")
        await Presences(journal, clock).choose("Sem", "available")
        started = CallStarted(line="browser", language="nl")
        wish = Understood(of=2, intent="check_payment", confidence=0.9)
        asked = HandoffRequested(reason="key_0")
        await journal.open("c1", started, nl("is mijn betaling binnen"), wish, asked)
        await Agents(journal.database).set(Profile(name="Ana", **profile))
        whisper = Whisper(journal, clock, AMSTERDAM, speak) if speak is not None else None
        talking = Talking(
            relays, journal, clock, AMSTERDAM, connect=BrowserLine.answer, whisper=whisper
        )
        sitting = SittingIn(talking, hold=lambda rate: tone(1.0, rate, MUSIC_HZ))
        app = FastAPI()
        mount(app, journal, accounts, clock, AMSTERDAM, talking=talking, sitting=sitting)
        with relays.begin("c1", caller_rate=RATE, line_rate=RATE) as relay:
            caller = Caller(relay)
            tasks = [asyncio.create_task(caller.speak()), asyncio.create_task(caller.listen())]
            async with served(app) as address:
                yield Centre(f"http://{address}", caller, relay, folder)
                await talking.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def start(page: Page, url: str) -> None:
    if url:
        await page.goto(url)
    await expect(page.locator("#talk[data-state]")).to_be_attached()
    await page.locator("#talk-start").click()


async def told(page: Page, text: str) -> None:
    await expect(page.locator("#talk-state")).to_contain_text(text)


async def choose_sem(ana: Page) -> None:
    await ana.locator("#talk-on summary").click()
    await expect(ana.locator('#talk-to option[value="to:Sem"]')).to_be_attached()
    await ana.locator("#talk-to").select_option("to:Sem")
    await ana.locator("#talk-note").fill("Wil in termijnen betalen.")


async def test_a_caller_is_handed_on_warm(centre: Centre, visit: Visit) -> None:
    """The first stays until the second is there; all three hear each other; then the first goes."""
    async with (
        centre.desk(visit, "Ana", ANA_HZ) as ana,
        centre.desk(visit, "Sem", SEM_HZ) as sem,
    ):
        await centre.talk(ana)
        await choose_sem(ana)
        await ana.get_by_role("button", name="Geef door, ik blijf erbij").click()
        await told(ana, "heeft die nog")
        assert await centre.caller.hears(ANA_HZ)
        await sem.goto(f"{centre.url}/desk/calls/c1")
        await expect(sem.locator("#card-body")).to_contain_text("Wil in termijnen betalen.")
        await start(sem, "")
        await told(ana, "met z’n drieën")
        assert await centre.caller.hears(SEM_HZ)
        assert await centre.caller.hears(ANA_HZ)
        assert await hears(sem, "talk-sound", CALLER_HZ)
        assert await hears(sem, "talk-sound", ANA_HZ)
        assert await hears(ana, "talk-sound", SEM_HZ)
        await ana.get_by_role("button", name="Verlaat het gesprek").click()
        await told(ana, "U heeft het gesprek verlaten")
        assert await centre.caller.hears_no_more(ANA_HZ)
        assert await centre.caller.hears(SEM_HZ)
        await sem.get_by_role("button", name="Hang op").click()
        await told(sem, "U heeft opgehangen")


async def test_the_caller_hears_nothing_of_a_consult(centre: Centre, visit: Visit) -> None:
    """Agent and colleague hear each other; the caller hears music, and nobody hears the caller."""
    async with (
        centre.desk(visit, "Ana", ANA_HZ) as ana,
        centre.desk(visit, "Sem", SEM_HZ) as sem,
    ):
        await centre.talk(ana)
        await choose_sem(ana)
        await ana.get_by_role("button", name="Overleg eerst").click()
        await told(ana, "Sem is gevraagd")
        await sem.locator("#asked a").click()
        await start(sem, "")
        await told(ana, "Overleg")
        assert await hears(ana, "talk-sound", SEM_HZ)
        assert await hears(sem, "talk-sound", ANA_HZ)
        assert await centre.caller.hears(MUSIC_HZ)
        assert await centre.caller.hears_no_more(ANA_HZ)
        assert await centre.caller.hears_no_more(SEM_HZ)
        assert await hears_no_more(ana, "talk-sound", CALLER_HZ)
        assert await hears_no_more(sem, "talk-sound", CALLER_HZ)
        await ana.get_by_role("button", name="Terug naar de beller").click()
        await told(sem, "Het gesprek is voorbij")
        assert await centre.caller.hears(ANA_HZ)
        assert await hears(ana, "talk-sound", CALLER_HZ)


async def test_a_supervisor_listens_whispers_and_takes_over(centre: Centre, visit: Visit) -> None:
    """The agent is told; the caller hears the supervisor only once the talk is theirs."""
    async with (
        centre.desk(visit, "Ana", ANA_HZ) as ana,
        centre.desk(visit, "Kim", KIM_HZ) as kim,
    ):
        await centre.talk(ana)
        await kim.goto(f"{centre.url}/desk/team")
        await kim.get_by_role("link", name="Luister mee").click()
        await start(kim, "")
        watched = ana.locator("#talk-watched")
        await expect(watched).to_have_text("Kim luistert mee.")
        await told(kim, "U luistert mee")
        assert await hears(kim, "talk-sound", CALLER_HZ)
        assert await hears(kim, "talk-sound", ANA_HZ)
        assert await hears_no_more(ana, "talk-sound", KIM_HZ)
        await kim.get_by_role("button", name="Fluister").click()
        await told(kim, "De beller hoort u niet")
        assert await hears(ana, "talk-sound", KIM_HZ)
        assert await centre.caller.hears_no_more(KIM_HZ)
        assert await centre.caller.hears(ANA_HZ)
        await kim.get_by_role("button", name="Neem over").click()
        await told(ana, "heeft het gesprek overgenomen")
        assert await centre.caller.hears(KIM_HZ)
        assert await centre.caller.hears_no_more(ANA_HZ)
