"""On a desk that is open, mood and danger show by themselves, and nobody loses their place."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect

from bot.events import (
    Body,
    BoundarySet,
    CallStarted,
    HandoffRequested,
    Level,
    MoodChanged,
    MoodHeard,
    OfferAccepted,
    Returned,
    Understood,
)
from handoff import mount
from handoff.accounts import Accounts
from handoff.desk import alarms
from handoff.store import DurableJournal
from tests.browser import conftest
from tests.browser.conftest import PASSWORD, Visit
from tests.handoff.calls import PAYMENT, nl
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.line.serving import served

pytestmark = pytest.mark.browser

__all__ = ["PASSWORD"]

STARTED = CallStarted(line="twilio", language="nl", caller_number="+31687654321")
CRISIS = HandoffRequested(reason="crisis")


@dataclass
class Desk:
    """A desk that is served, and what happens behind it."""

    url: str
    journal: DurableJournal
    clock: HandClock


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = HandClock()
    async with DurableJournal(f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}", clock) as journal:
        accounts = Accounts(journal.database, clock)
        for name in ("Ana", "Sem"):
            await accounts.add_user(name, PASSWORD)
        app = FastAPI()
        mount(app, journal, accounts, clock, AMSTERDAM)
        async with served(app) as address:
            yield Desk(f"http://{address}", journal, clock)


async def log_in(page: Page, name: str = "Ana") -> None:
    await conftest.log_in(page, name)
    await expect(page.locator("nav.list")).to_be_visible()
    # What happens from here must reach a page that is not loaded anew.
    await page.evaluate("window.sameDocument = true")


def mood(of: int, anger: float, *bodies: Body) -> list[Body]:
    level: Level = "angry" if anger > 0.6 else "frustrated"
    heard = MoodHeard(of=of, anger=anger, by_words=anger, signs=("frustrated",))
    changed = MoodChanged(level=level, trend="rising", anger_kind="undecided", anger=anger)
    return [heard, changed, *bodies]


async def test_an_alarm_comes_to_an_open_desk_and_goes_when_somebody_accepts(
    visit: Visit, desk: Desk
) -> None:
    """Without a reload, for everybody; one key opens the card and one accepts it."""
    await desk.journal.open("c1", *PAYMENT)
    async with visit(f"{desk.url}/desk") as ana, visit(f"{desk.url}/desk/calls/c1") as sem:
        await log_in(ana)
        await log_in(sem, "Sem")
        await desk.journal.open("c2", STARTED, nl("ik maak er een eind aan"), CRISIS)
        for page in (ana, sem):
            alarm = page.get_by_role("alert")
            await expect(alarm).to_contain_text("Noodsituatie: 06 87654321 wacht")
            await expect(page).to_have_title("(!) (2) " + (await plain_title(page)))
            rows = page.locator("#waiting li")
            await expect(rows).to_have_count(2)
            assert [await row.get_attribute("data-call") for row in await rows.all()] == [
                "c2",
                "c1",
            ]
            assert await page.evaluate("window.sameDocument")
        # Who is reading a card is not moved away from it.
        assert sem.url.endswith("/desk/calls/c1")
        await expect(sem.get_by_role("heading", name="Mw. J. de Vries")).to_be_visible()

        await ana.keyboard.press("F2")
        await ana.wait_for_url("**/desk/calls/c2")
        await expect(ana.get_by_text("Bent u op dit moment veilig?")).to_be_visible()
        await ana.keyboard.press("Enter")
        await expect(ana.get_by_text("Aangenomen door Ana", exact=True)).to_be_visible()
        await expect(ana.get_by_role("alert")).to_have_count(0)
        await expect(sem.get_by_role("alert")).to_have_count(0)
        await expect(sem).to_have_title("(1) " + (await plain_title(sem)))
        assert await sem.evaluate("window.sameDocument")


async def plain_title(page: Page) -> str:
    title: str = await page.evaluate(
        """() => {
          const name = document.querySelector('#card h1')?.cloneNode(true);
          name?.querySelectorAll('button').forEach((button) => button.remove());
          return name?.textContent ?? 'Balie';
        }"""
    )
    return f"{title} - Kalm"


async def test_who_works_on_a_card_keeps_it(visit: Visit, desk: Desk) -> None:
    """The caller in danger opens beside it: a note that is being written is not lost."""
    await desk.journal.open("c1", *PAYMENT, OfferAccepted(agent="Ana"))
    async with visit(f"{desk.url}/desk/calls/c1") as page:
        await log_in(page)
        note = page.get_by_label("Notitie")
        await note.fill("belt morgen terug")
        await desk.journal.open("c2", STARTED, CRISIS)
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(note).to_be_focused()
        async with page.context.expect_page() as opened:
            await page.keyboard.press("F2")
        beside = await opened.value
        await beside.wait_for_url("**/desk/calls/c2")
        await expect(note).to_have_value("belt morgen terug")


SPY = """() => {
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    window.tones += 1;
    return start.apply(this, when);
  };
}"""


async def test_an_alarm_sounds_softly_again_while_nobody_accepts(
    visit: Visit, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two notes at the start and at each repetition; none for who switched the sound off."""
    monkeypatch.setattr(alarms, "REPEAT_SECONDS", 0.3)
    async with visit(f"{desk.url}/desk") as page:
        await log_in(page)
        await page.evaluate(SPY)
        sound = page.get_by_role("button", name="Alarmgeluid")
        await sound.click()
        await expect(sound).to_have_text("Alarmgeluid: uit")
        await desk.journal.open("c1", STARTED, CRISIS)
        await expect(page.get_by_role("alert")).to_contain_text("Noodsituatie")
        desk.clock.forward(seconds=0.35)
        await expect(page.get_by_role("alert")).to_contain_text("heeft niemand aangenomen")
        assert await page.evaluate("window.tones") == 0
        # Switching it on lets hear what it will be.
        await sound.click()
        await expect(sound).to_have_text("Alarmgeluid: aan")
        await expect(page.locator("#alarm")).to_have_attribute("data-sounded", "1")
        assert await page.evaluate("window.tones") == 2
        desk.clock.forward(seconds=0.35)
        await expect(page.locator("#alarm")).to_have_attribute("data-sounded", "2")
        assert await page.evaluate("window.tones") == 4
        await page.reload()
        await expect(sound).to_have_text("Alarmgeluid: aan")


async def test_the_mood_of_an_open_card_follows_the_call(visit: Visit, desk: Desk) -> None:
    """The line grows, an unfolded table stays so, and each point leads to the words."""
    await desk.journal.open("c1", STARTED, nl("het duurt lang"), *mood(2, 0.4))
    await desk.journal.append("c1", HandoffRequested(reason="upset"))
    async with visit(f"{desk.url}/desk/calls/c1", size=(1400, 900)) as page:
        await log_in(page)
        points = page.locator("svg.course a")
        await expect(points).to_have_count(1)
        await page.get_by_text("Verloop als tabel").click()
        desk.clock.forward(seconds=10)
        meant = Understood(of=6, intent="complain", confidence=0.8)
        limit = BoundarySet(of=6, sign="insult_person")
        await desk.journal.append("c1", nl("jij bent een trut"), meant, *mood(6, 0.8, limit))
        await expect(points).to_have_count(2)
        await expect(page.locator("#card")).to_contain_text("boos, wordt bozer")
        await expect(page.get_by_role("cell", name="80")).to_be_visible()
        await expect(page.locator("ol.moments")).to_contain_text("grens gesteld")
        await expect(page.locator("#e6")).to_contain_text("gefrustreerd")
        # One stop for Tab; left and right go along the line, Enter goes to the words.
        await expect(page.locator("svg.course a[tabindex='0']")).to_have_count(1)
        await points.last.focus()
        await page.keyboard.press("ArrowLeft")
        await expect(points.first).to_be_focused()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**#e2")
        await expect(page.locator("#e2")).to_be_in_viewport()
        await points.last.click()
        await page.wait_for_url("**#e6")
        assert await page.evaluate("window.sameDocument")


async def test_who_threatens_moves_up_and_the_rest_stays(visit: Visit, desk: Desk) -> None:
    """A row that becomes urgent goes up, with the focus that was on it; others keep their order."""
    for name in ("c1", "c2", "c3"):
        await desk.journal.open(name, STARTED, nl("hallo"), HandoffRequested(reason="key_0"))
        desk.clock.forward(seconds=30)
    async with visit(f"{desk.url}/desk") as page:
        await log_in(page)
        rows = page.locator("#waiting a")
        await rows.nth(2).focus()
        threat = MoodHeard(of=2, anger=0.9, by_words=0.9, signs=("threat",))
        await desk.journal.append("c3", threat)
        await expect(rows.first).to_contain_text("dreiging")
        await expect(rows.first).to_be_focused()
        order = "[...document.querySelectorAll('#waiting li')].map((row) => row.dataset.call)"
        assert await page.evaluate(order) == ["c3", "c1", "c2"]
        await desk.journal.open("c4", STARTED, HandoffRequested(reason="key_0"))
        await expect(rows).to_have_count(4)
        assert await page.evaluate(order) == ["c3", "c1", "c2", "c4"]
        await desk.journal.append("c2", CRISIS)
        await expect(rows.first).to_contain_text("noodsituatie")
        assert await page.evaluate(order) == ["c2", "c3", "c1", "c4"]
        await expect(page.get_by_role("alert")).to_be_visible()


async def test_a_lost_agents_caller_waits_again_and_a_returned_one_leaves(
    visit: Visit, desk: Desk
) -> None:
    """The list shows where each call stands, without a reload."""
    accepted = OfferAccepted(agent="Sem")
    for name in ("c1", "c2"):
        asked = HandoffRequested(reason="key_0")
        await desk.journal.open(name, STARTED, nl("hallo"), asked, accepted)
        desk.clock.forward(seconds=30)
    await desk.journal.open("c3", STARTED, HandoffRequested(reason="key_0"))
    async with visit(f"{desk.url}/desk") as page:
        await log_in(page)
        waiting = page.locator("#waiting li")
        await expect(waiting).to_have_count(1)
        await desk.journal.append("c1", Returned(agent="Sem", why="lost"))
        await expect(waiting).to_have_count(2)
        assert await waiting.first.get_attribute("data-call") == "c1"  # it kept its place
        await expect(page).to_have_title("(2) Balie - Kalm")
        await desk.journal.append("c2", Returned(agent="Sem", why="given_back"))
        await expect(page.locator("[data-call='c2']")).to_have_count(0)
        assert await page.evaluate("window.sameDocument")
