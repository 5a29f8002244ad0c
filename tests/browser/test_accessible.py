"""Every page is fit for who reads with the ears, works by keyboard, or sees little contrast."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from bot.clock import utc_now
from handoff.store.journal import DurableJournal
from tests.browser.conftest import Visit, log_in
from tests.serving import Served, data_folder, serving
from tests.studio.learners import calls_with, misunderstood

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.timeout(600)]

PAGES = (
    *("/", "/desk", "/desk?show=closed", "/desk/care", "/desk/care/team", "/desk/incidents"),
    *("/desk/team", "/desk/team/rules", "/desk/forecast", "/studio/intents"),
    *("/studio/intents/check_payment", "/studio/answers", "/studio/answers/greeting"),
    *("/studio/flows", "/studio/flows/check_payment", "/studio/inbox", "/studio/try"),
    *("/studio/numbers", "/studio/publish", "/studio/versions", "/studio/new/answer"),
    *("/studio/new/flow", "/studio/flows/check_payment/steps"),
    *("/studio/flows/payment_plan/steps/6", "/studio/flows/check_payment/steps/1-0-0"),
)


async def _a_call(data: Path) -> str:
    async with DurableJournal(f"sqlite+aiosqlite:///{data / 'kalm.db'}", utc_now) as journal:
        await calls_with(journal, misunderstood("mijn buurman heeft geen licht", "outage"))
        return next(iter(await journal.summaries("bot", "waiting", "closed"))).call_id


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    data = data_folder(tmp_path_factory.mktemp("accessible"))
    call_id = asyncio.run(_a_call(data))
    with serving(data) as started:
        yield started, call_id


async def wrong(page: Page) -> list[str]:
    """Return what axe-core finds wrong with a page, by rule and the first place."""
    found = (await Axe().run(page)).response["violations"]
    return [f"{page.url} {each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_axe_finds_nothing_wrong(
    visit: Visit, served: tuple[Served, str], dark: bool
) -> None:
    """No page of caller, agent, supervisor or owner has a fault that axe-core knows."""
    kalm, call_id = served
    found: list[str] = []
    async with visit(f"{kalm.url}/login", dark=dark) as page:
        found += await wrong(page)
        await log_in(page, "admin", kalm.password)
        await expect(page.get_by_role("button", name="Uitloggen")).to_be_visible()
        for path in (*PAGES, f"/desk/calls/{call_id}"):
            answer = await page.goto(kalm.url + path)
            assert answer is not None and answer.ok, path
            found += await wrong(page)
    assert found == []
