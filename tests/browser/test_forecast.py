"""Two weeks ahead on a page: read by eyes and by ears, in light and dark, and taken along."""

from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import expect

from handoff import mount
from handoff.accounts import Accounts
from handoff.past_calls import PastCall
from handoff.store import DurableJournal
from tests.browser.conftest import PASSWORD, Visit, log_in
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.handoff.test_forecast import drawn
from tests.line.serving import served
from tests.pictures import picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_it_is_reached_read_and_taken_along(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dark: bool
) -> None:
    """From the team's page, by keyboard; axe-core finds nothing; the file is what is shown."""
    clock = HandClock()

    async def past(_database: object) -> list[PastCall]:
        return drawn(42, clock().date() - timedelta(42))

    monkeypatch.setattr("handoff.desk.forecast.from_record", past)
    async with DurableJournal(f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}", clock) as journal:
        accounts = Accounts(journal.database, clock)
        await accounts.add_user("Kim", PASSWORD, role="supervisor")
        app = FastAPI()
        mount(app, journal, accounts, clock, AMSTERDAM)
        async with (
            served(app) as address,
            visit(f"http://{address}/desk/team", dark=dark, size=(1100, 900)) as page,
        ):
            await log_in(page, "Kim")
            await page.get_by_role("link", name="Verwachting voor twee weken").press("Enter")
            lines = page.get_by_role("img", name="Bellers per half uur")
            await expect(lines).to_be_visible()
            table = page.get_by_role("table", name="Dag voor dag")
            await expect(table.get_by_role("row")).to_have_count(15)
            await page.get_by_role("main").get_by_text("maandag 23 november").last.press("Enter")
            half = page.get_by_role("row", name="08:30").locator("visible=true")
            await expect(half).to_have_count(1)
            found = (await Axe().run(page)).response["violations"]
            assert [f"{each['id']}: {each['nodes'][0]['html']}" for each in found] == []
            if not dark:
                await page.evaluate("scrollTo(0, 0)")
                await picture(page, "forecast")
            async with page.expect_download() as download:
                await page.get_by_role("link", name="Download als CSV").press("Enter")
            assert (await download.value).suggested_filename == "kalm-forecast-2026-11-21.csv"
